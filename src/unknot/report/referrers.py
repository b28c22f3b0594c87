"""objgraph's DOT read as a graph of objects and named references; the rest of it is dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from unknot.agent.census import ALIASES
from unknot.report.trace import type_label
from unknot.text import clip, visible

__all__ = ["Node", "Reference", "Referrers", "read_referrers", "sentences"]

_LONGEST = 200_000
_MOST_NODES = 120
_MOST_REFERENCES = 300
_LONGEST_DETAIL = 32

_TEXT = r'"((?:[^"\\]|\\.)*)"'
_NODE = re.compile(rf"  (\w+)\[label={_TEXT}[^\"]*?(?:\"[^\"]*\"[^\"]*)*\];")
_FIRST = re.compile(r"  (o\d+)\[fontcolor=red\];")
_REFERENCE = re.compile(
    rf"  (\w+) ?-> ?(\w+)(?: \[label={_TEXT}(?:,weight=\d+)?\]|\[color=red.*\])?;"
)
_GLOBALS = ("__globals__", "f_globals")
_ESCAPED = re.compile(r"\\(.)")
_FINALIZER = "_has_a_del"
_MORE = "too_many_"
_TELLING = ("module", "function", "frame", "type")
"""Types in ``builtins`` whose objects are told apart by what objgraph shows of them."""


class Node(NamedTuple):
    """An object: its type, and what else tells it, such as a module's name.

    With ``rest`` it is no object: ``kind`` says how many more referrers there are.
    """

    kind: str
    detail: str = ""
    rest: bool = False

    @property
    def text(self) -> str:
        between = ", " if self.detail.endswith(" items") else " "
        return between.join(filter(None, (self.kind, self.detail)))


class Reference(NamedTuple):
    """From ``source`` to ``target``, both numbers of nodes."""

    source: int
    target: int
    name: str = ""


class Referrers(NamedTuple):
    """What refers to node 0, directly or not; the nearest first."""

    nodes: tuple[Node, ...]
    references: tuple[Reference, ...]


class _Found(NamedTuple):
    """A reference as objgraph names objects and their references."""

    source: str
    target: str
    name: str


def read_referrers(dot: str) -> Referrers | None:
    """The graph in objgraph's DOT, of bounded size, every text safe; ``None`` where there is none.

    The dict of a module or of an instance is not shown as an object of its own: what it holds are
    attributes. Nor are functions that hold something only as a global of their module.
    """
    lines = dot[:_LONGEST].split("\n")  # no other end of a line is escaped in a name
    first = next((match[1] for line in lines if (match := _FIRST.fullmatch(line))), "")
    labels = {
        match[1]: _plain(match[2])
        for line in lines
        if (match := _NODE.fullmatch(line)) and not match[1].endswith(_FINALIZER)
    }
    if first not in labels:
        return None
    found = [
        one
        for match in map(_REFERENCE.fullmatch, lines)
        if match and match[1] in labels and match[2] in labels
        if (one := _Found(match[1], match[2], _plain(match[3] or ""))).name not in _GLOBALS
    ]
    owners = _owners_of_dicts(found, labels)
    found = [one for one in found if one.target not in owners or not _is_rest(one.source)]
    near = _nearest(first, found)[:_MOST_NODES]
    numbers = {name: i for i, name in enumerate(name for name in near if name not in owners)}
    references = dict.fromkeys(
        Reference(numbers[owner], numbers[target], _name(label, labels[source], source in owners))
        for source, target, label in found
        if (owner := owners.get(source, source)) in numbers and target in numbers
    )
    nodes = tuple(_node(name, labels[name]) for name in numbers)
    return Referrers(nodes, tuple(references)[:_MOST_REFERENCES])


def sentences(referrers: Referrers) -> Iterator[str]:
    """Each reference in words: ``module app .REGISTRY holds list 315 items``."""
    for source, target, name in referrers.references:
        holder = referrers.nodes[source]
        held = referrers.nodes[target].text
        if holder.rest:
            yield f"{holder.text} to {held}"
        else:
            yield f"{' '.join(filter(None, (holder.text, name)))} holds {held}"


def _nearest(first: str, found: list[_Found]) -> list[str]:
    """``first``, what refers to it, what refers to that, and so on."""
    sources: dict[str, list[str]] = {}
    for source, target, _ in found:
        sources.setdefault(target, []).append(source)
    near = {first: None}
    queue = [first]
    for name in queue:
        new = [source for source in sources.get(name, ()) if source not in near]
        near.update(dict.fromkeys(new))
        queue += dict.fromkeys(new)
    return list(near)


def _owners_of_dicts(found: list[_Found], labels: dict[str, str]) -> dict[str, str]:
    """For each dict that one object alone refers to, as its ``__dict__``, that object."""
    referred: dict[str, list[_Found]] = {}
    for one in found:
        if not _is_rest(one.source):
            referred.setdefault(one.target, []).append(one)
    return {
        target: several[0].source
        for target, several in referred.items()
        if labels[target].startswith("builtins.dict\n")
        and len(several) == 1
        and several[0].name == "__dict__"
    }


def _name(label: str, source: str, attribute: bool) -> str:
    """The reference as code would have it."""
    text = clip(visible(label.partition("\n")[2] or label), _LONGEST_DETAIL)
    if not text or attribute or not source.startswith("builtins.dict\n"):
        return f".{text}" if text else ""
    return f"[{text}]" if "\n" in label else f"['{text}']"


def _node(name: str, label: str) -> Node:
    if _is_rest(name):
        return Node(clip(visible(label), _LONGEST_DETAIL), rest=True)
    full, _, shown = label.partition("\n")
    kind = type_label(ALIASES.get(full, full))
    if kind not in _TELLING and not shown.endswith(" items"):
        return Node(kind)  # the rest of what objgraph shows is an address, or the program's data
    shown = re.sub(r"^<\w+ | at 0x.*|>$", "", shown)
    return Node(kind, clip(visible(shown), _LONGEST_DETAIL))


def _is_rest(name: str) -> bool:
    return name.startswith(_MORE)


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text)

"""Draws what refers to a leaked object, by Graphviz if it is installed.

A result is untrusted, so its DOT is not passed to Graphviz: objects, references and names are read
from it and rewritten. The SVG is shown as an image, in which no script runs and nothing is
fetched.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from typing import NamedTuple

from unknot.agent.census import ALIASES
from unknot.records import Holders, Result
from unknot.report.document import Picture
from unknot.report.palette import FOREGROUND, MUTED
from unknot.report.wording import type_label
from unknot.text import clip, visible

_LONGEST_DOT = 200_000
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
"""Types in ``builtins`` for which objgraph shows a useful name."""


class Node(NamedTuple):
    """An object: its type, and further detail such as a module's name.

    With ``rest`` it stands for more referrers, and ``kind`` says how many.
    """

    kind: str
    detail: str = ""
    rest: bool = False

    @property
    def text(self) -> str:
        between = ", " if self.detail.endswith(" items") else " "
        return between.join(filter(None, (self.kind, self.detail)))


class Reference(NamedTuple):
    """``source`` and ``target`` are indexes of nodes."""

    source: int
    target: int
    name: str = ""


class Referrers(NamedTuple):
    """Direct and indirect referrers of node 0, nearest first."""

    nodes: tuple[Node, ...]
    references: tuple[Reference, ...]


class _Found(NamedTuple):
    """A reference in objgraph's names."""

    source: str
    target: str
    name: str


def read_referrers(dot: str) -> Referrers | None:
    """The graph in objgraph's DOT, of bounded size and with safe text; ``None`` if there is none.

    The ``__dict__`` of a module or an instance is merged into its owner. Functions that refer to
    something only as a global of their module are omitted.
    """
    lines = dot[:_LONGEST_DOT].split("\n")  # no other end of a line is escaped in a name
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
    """Each reference as a sentence: ``module app .REGISTRY holds list 315 items``."""
    for source, target, name in referrers.references:
        holder = referrers.nodes[source]
        held = referrers.nodes[target].text
        if holder.rest:
            yield f"{holder.text} to {held}"
        else:
            yield f"{' '.join(filter(None, (holder.text, name)))} holds {held}"


def _nearest(first: str, found: list[_Found]) -> list[str]:
    """``first`` and its referrers in breadth-first order."""
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
    """The owner of each dict whose only referrer has it as its ``__dict__``."""
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
    """The reference in Python's syntax."""
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


_TIME_LIMIT = 10.0
"""Timeout of Graphviz in seconds per picture."""
_LARGEST = 1_000_000
"""Maximum size of an SVG in bytes."""
_LONGEST = 2_000
_MOST = 8

_HELD = "#D55E00"
_MODULE = "#E3F2EC"
_PLAIN = "#F6F6F4"


def holders_pictures(result: Result) -> list[Picture]:
    """A picture of each of the first graphs in the result."""
    return [_picture(holders) for holders in result.holders[:_MOST]]


def _picture(holders: Holders) -> Picture:
    leaker = visible(holders.variant) or "the workload"
    title = f"What refers to {type_label(holders.type)}, which {leaker} leaks"
    referrers = read_referrers(holders.dot)
    if referrers is None:
        return Picture("", absent="no graph of objects is in the result", title=title, kind="graph")
    words = clip(". ".join(sentences(referrers)) or "Nothing that can be seen holds it", _LONGEST)
    svg, absent = _svg(write_dot(referrers))
    source = f"data:image/svg+xml;base64,{b64encode(svg).decode('ascii')}" if svg else ""
    return Picture(f"{words}.", source, absent=absent, title=title, kind="graph")


def write_dot(referrers: Referrers) -> str:
    """The graph in DOT, with holders on the left of what they hold."""
    return "\n".join(("digraph {", *_lines(referrers), "}"))


def _lines(referrers: Referrers) -> Iterator[str]:
    font = 'fontname="Helvetica,Arial,sans-serif"'
    yield "graph [rankdir=LR, bgcolor=white, pad=0.15, nodesep=0.12, ranksep=0.35];"
    yield f'node [shape=box, style="filled,rounded", {font}, fontsize=11, height=0.3, '
    yield f'margin="0.1,0.04", color="{MUTED}", fontcolor="{FOREGROUND}", fillcolor="{_PLAIN}"];'
    yield f'edge [{font}, fontsize=10, arrowsize=0.6, color="{MUTED}", fontcolor="{FOREGROUND}"];'
    for number, node in enumerate(referrers.nodes):
        yield f"n{number} [label={_quoted(node.text)}{_look(number, node)}];"
    for source, target, name in referrers.references:
        dotted = ", style=dotted, arrowhead=none" if referrers.nodes[source].rest else ""
        yield f"n{source} -> n{target} [label={_quoted(name)}{dotted}];"


def _look(number: int, node: Node) -> str:
    if number == 0:
        return f', color="{_HELD}", penwidth=2.5, fillcolor=white'
    if node.rest:
        return ", shape=plaintext, style=solid"
    return f', shape=folder, fillcolor="{_MODULE}"' if node.kind == "module" else ""


def _quoted(text: str) -> str:
    """``text`` as a DOT string, in which an ampersand would begin an entity."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{escaped}"'


def _svg(dot: str) -> tuple[bytes, str]:
    """The picture, or an empty one and why."""
    program = shutil.which("dot")
    if program is None:
        return b"", "Graphviz, which draws it, is not installed (its program dot is not on PATH)"
    try:
        done = subprocess.run(
            [program, "-Tsvg"],
            input=dot.encode("utf-8", "backslashreplace"),
            capture_output=True,
            timeout=_TIME_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return b"", f"Graphviz took longer than {_TIME_LIMIT:g} s"
    except OSError as error:
        return b"", f"Graphviz cannot be started: {error.strerror}"
    if done.returncode or not done.stdout:
        return b"", f"Graphviz failed with exit status {done.returncode}"
    if len(done.stdout) > _LARGEST:
        return b"", "the picture is too large for a page"
    return done.stdout, ""

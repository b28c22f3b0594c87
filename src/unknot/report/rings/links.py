"""The references of a cycle or chain that are drawn, and the drawing in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from unknot.records import Cut, Cycle, Leak, Step
from unknot.report.wording import freed, type_label
from unknot.text import amount, clip, count, memory, rate, visible

MOST = 10
"""Maximum number of links that are all drawn."""
HEAD, TAIL = 5, 3
"""Links of a longer cycle that are drawn, besides the first cuts."""
MOST_CUTS = 2
HELD = "\N{NO-BREAK SPACE}"
"""A space at which a line must not break."""


class Link(NamedTuple):
    """An object and its reference to the next, or a gap for links left out."""

    source: str
    label: str
    target: str
    cut: bool = False
    times: int = 1
    """Number of equal consecutive steps, drawn as one."""
    hidden: int = 0
    """Number of steps left out, or 0; a gap has no names."""
    hidden_cuts: int = 0

    @property
    def steps(self) -> int:
        """Number of steps that it stands for."""
        return self.hidden or self.times


def links_of(steps: Sequence[Step]) -> list[Link]:
    """At most a dozen links that stand for all steps, including the first cuts."""
    links = [_link(step, len(list(equal))) for step, equal in groupby(steps)]
    if len(links) <= MOST:
        return links
    cuts = [at for at, link in enumerate(links) if link.cut]
    kept = {*range(HEAD), *range(len(links) - TAIL, len(links)), *cuts[:MOST_CUTS]}
    shown: list[Link] = []
    for keep, run in groupby(enumerate(links), lambda pair: pair[0] in kept and _named(pair[1])):
        between = [link for _, link in run]
        shown += between if keep or len(between) == 1 else [_without(between)]
    return shown


def _link(step: Step, times: int) -> Link:
    """The link of a step; without a source, the label says how many steps are missing."""
    if step.source:
        return Link(step.source, step.label, step.target, step.cut, times)
    said = re.search(r"\d[\d,]*", step.label)
    missing = int(said[0].replace(",", "")) if said else 1
    return Link("", "", step.target, hidden=max(missing, 1) * times)


def _named(link: Link) -> bool:
    return not link.hidden


def _without(links: Iterable[Link]) -> Link:
    left_out = list(links)
    return Link(
        "",
        "",
        left_out[-1].target,
        hidden=sum(link.steps for link in left_out),
        hidden_cuts=sum(link.hidden_cuts + link.cut * link.times for link in left_out),
    )


LONGEST = 300
"""Maximum length of a name in a tooltip or a sentence."""


def drawn(links: Sequence[Link]) -> int:
    """Number of objects that are drawn."""
    return sum(link.times for link in links if not link.hidden)


def left_out(link: Link) -> str:
    """``… 9,984 more``, and how many of them are cuts."""
    cuts = f", {count(link.hidden_cuts)} cut" if link.hidden_cuts else ""
    return f"… {count(link.hidden)} more{cuts}"


def ring_sentence(cycle: Cycle, links: Sequence[Link]) -> str:
    """The description of a ring."""
    copies = amount(cycle.per_op, "reference cycle")
    sentences = [
        f"{copies} per operation, {inside(cycle, drawn(links))}",
        *_references(links, cycle.cut),
    ]
    sentences += filter(None, [hanging(cycle).removeprefix("+ ")])
    return ". ".join(sentences) + "."


def chain_sentence(leak: Leak, links: Sequence[Link]) -> str:
    """The description of a chain."""
    first = f"{type_label(leak.type)} stays reachable, {leaks(leak)}"
    return ". ".join([first, *_references(links, None)]) + "."


def _references(links: Sequence[Link], cut: Cut | None) -> list[str]:
    said = []
    for link in links:
        if link.hidden:
            verb = "is" if link.hidden == 1 else "are"
            said.append(f"{amount(link.hidden, 'more reference')} {verb} not shown")
            continue
        label = clip(visible(link.label), LONGEST)
        often = f", {count(link.times)} times" if link.times > 1 else ""
        here = f" (cut here: {gain(cut)})" if link.cut and cut is not None else ""
        source, target = type_label(link.source), type_label(link.target)
        said.append(f"{source} refers by {label} to {target}{often}{here}")
    return said


def cut_verdict(cut: Cut, first: bool) -> str:
    """Shown in a drawing beside a reference to cut."""
    return f"cut: {freed(cut, HELD)}" if first else "cut too"


def gain(cut: Cut) -> str:
    """``frees 2.11 KB per operation: 14 of 14 objects``; without bytes if they are unknown."""
    objects = f"{rate(cut.frees_per_op)} of {amount(cut.of_per_op, 'object')}"
    if cut.bytes_per_op:
        return f"frees {memory(cut.bytes_per_op)} per operation: {objects}"
    return f"frees {objects} per operation"


def inside(cycle: Cycle, shown: int) -> str:
    """The size of one copy's strongly connected component, of which ``shown`` are drawn."""
    few = f", {count(shown)} shown" if shown < cycle.component else ""
    return f"{amount(cycle.component, 'object')} in the circle{few}"


def hanging(cycle: Cycle) -> str:
    """What else one copy keeps alive; may be empty."""
    if not cycle.per_op:
        return ""
    more = round(cycle.objects_per_op / cycle.per_op - cycle.component, 3)
    if more <= 0:
        return ""
    return f"+ {amount(more, 'object')} {'hangs' if more == 1 else 'hang'} from it"


def leaks(leak: Leak) -> str:
    """How much leaks, including other objects with the same holder."""
    if not leak.per_op:
        return "and fills"
    objects = amount(leak.per_op, "object")
    said = f"{objects} per operation {'leaks' if leak.per_op == 1 else 'leak'}"
    if leak.bytes_per_op:
        said = f"{memory(leak.bytes_per_op)} per operation leak: {objects}"
    more = leak.objects_per_op - leak.per_op
    return f"{said}, and {rate(more)} more with it" if more > 0 else said

"""The references of a cycle that are drawn: equal ones as one, of many the first and the last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from unknot.records import Step

MOST = 10
"""Links that are drawn whole."""
HEAD, TAIL = 5, 3
"""Of a longer cycle, besides the first that are to be cut."""
MOST_CUTS = 2


class Link(NamedTuple):
    """An object and its reference to the next, or what is left out between two."""

    source: str
    label: str
    target: str
    cut: bool = False
    times: int = 1
    """Equal steps that follow each other and are drawn as one."""
    hidden: int = 0
    """Steps left out; then it has no names."""
    hidden_cuts: int = 0

    @property
    def steps(self) -> int:
        """How many steps of the cycle it stands for."""
        return self.hidden or self.times


def links_of(steps: Sequence[Step]) -> list[Link]:
    """At most a dozen links, that stand for all steps. The first to be cut are among them."""
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
    """A step without a source is an excerpt's: its label says how many are missing."""
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

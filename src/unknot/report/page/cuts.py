"""What to cut: the first cycles as rings, the first leaks as chains, and the rest as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unknot.records import Cycle, Growth, Leak, Result
from unknot.report.findings import Finding, findings
from unknot.report.rings import Ring, chain_of, ring_of
from unknot.text import clip, visible

__all__ = ["Cuts", "Figure", "Group", "cuts"]

MOST_RINGS = 12
MOST_LEAKS = 12
MOST_TEXTS = 40


class Figure(NamedTuple):
    """One cycle or leak on the page."""

    finding: Finding
    where: str
    """In what cases, and in which other variants."""
    ring: Ring | None = None

    @property
    def says(self) -> str:
        """What a ring does not say itself: how to cut; of what is not drawn, all of it."""
        what = self.finding.what
        if self.ring is None or not isinstance(what, Cycle):
            return self.finding.says
        return clip(visible(what.cut.instruction), 400)

    @property
    def signature(self) -> str:
        """The cycle's; empty for a leak."""
        what = self.finding.what
        return visible(what.signature) if isinstance(what, Cycle) else ""


class Group(NamedTuple):
    """The figures of one variant."""

    variant: str
    name: str
    figures: list[Figure]


class Cuts(NamedTuple):
    """All of them."""

    groups: list[Group]
    rest: list[Figure]
    """Shown as text alone."""
    left_out: int
    """Those that are in the result's JSON alone."""


def cuts(result: Result) -> Cuts | None:
    """``None`` where there is nothing to cut. A cycle of several variants stands with the first."""
    found: dict[str, list[Finding]] = {}
    for finding in findings(result):
        found.setdefault(finding.key, []).append(finding)
    if not found:
        return None
    figures = [_figure(equal) for equal in sorted(found.values(), key=_rank)]
    rings = [one for one in figures if isinstance(one.finding.what, Cycle)]
    leaks = [one for one in figures if not isinstance(one.finding.what, Cycle)]
    shown = [*map(_drawn, rings[:MOST_RINGS]), *map(_drawn, leaks[:MOST_LEAKS])]
    rest = [*rings[MOST_RINGS:], *leaks[MOST_LEAKS:]]
    order = list(dict.fromkeys(finding.variant for finding in findings(result)))
    groups = [
        Group(variant, mine[0].finding.name, mine)
        for variant in order
        if (mine := [one for one in shown if one.finding.variant == variant])
    ]
    return Cuts(groups, rest[:MOST_TEXTS], len(rest[MOST_TEXTS:]))


def _figure(equal: Sequence[Finding]) -> Figure:
    first, *others = equal
    where = [f"in {first.where}" if first.where else "", first.shown]
    for other in others:
        said = f", {other.figure}" if other.figure not in (first.figure, "") else ""
        where.append(f"also {other.subject}{said if said not in other.subject else ''}")
    return Figure(first, "; ".join(filter(None, where)))


def _drawn(figure: Figure) -> Figure:
    what = figure.finding.what
    if isinstance(what, Leak):
        return figure._replace(ring=chain_of(what))
    if isinstance(what, Growth):
        return figure
    return figure._replace(ring=ring_of(what)) if what.steps else figure


def _rank(equal: Sequence[Finding]) -> tuple[bool, float]:
    """Own code before the standard library's, then what frees most."""
    what = equal[0].what
    if isinstance(what, Cycle):
        return what.origin == "library", -what.objects_per_op
    return False, -what.per_op

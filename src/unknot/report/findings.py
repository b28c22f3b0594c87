"""The findings of a result, equal ones merged, and which of them are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from unknot.records import Cell, Cycle, Growth, Leak, Result
from unknot.report.cases import at_odds, cases, counted, differing
from unknot.report.document import Trace
from unknot.report.rings.ring import chain_of, ring_of
from unknot.report.wording import What, says, task, titled, trace_of, where_made
from unknot.text import amounts, clip, memory, span, visible

KINDS = {Cycle: "cycle", Leak: "leak", Growth: "growth"}

_MOST_DRAWN = 12
_MOST_TEXTS = 40
_MOST_CASES = 4
"""Maximum number of cases that are named; more are only counted."""


class Finding(NamedTuple):
    """A cycle, leak or growth of one variant, in one or more cases."""

    variant: str
    cases: tuple[str, ...]
    """Names of the cases, in the order of :attr:`each`."""
    of: int
    """Number of counted cases of this variant."""
    each: tuple[What, ...]
    """Its record in each case; the figures may differ."""
    workload: str = ""
    """The workload of the first case."""

    @property
    def what(self) -> What:
        """Its record in the first case."""
        return self.each[0]

    @property
    def cycle(self) -> Cycle:
        """:attr:`what`, which must be a cycle."""
        assert isinstance(self.what, Cycle)
        return self.what

    @property
    def name(self) -> str:
        """The variant's name, safe and clipped."""
        return clip(visible(self.variant), 40) or "workload"

    @property
    def where(self) -> str:
        """The cases, and the figure if it differs between them; may be empty."""
        differs = len({_figure(one) for one in self.each}) > 1
        return ", ".join(filter(None, (self._cases, self.figure if differs else "")))

    @property
    def _cases(self) -> str:
        number = len(self.cases)
        if number > 1 and number == self.of:
            return f"all {number} cases"
        if number > _MOST_CASES:
            return f"{number} of {self.of} cases"
        return ", ".join(filter(None, self.cases))

    @property
    def kind(self) -> str:
        """``cycle``, ``leak`` or ``growth``."""
        return KINDS[type(self.what)]

    @property
    def figure(self) -> str:
        """``11 to 23 objects per op``; empty for a container that fills."""
        if isinstance(self.what, Growth):
            return ""
        figures = [_figure(one) for one in self.each]
        is_memory = isinstance(self.what, Leak) and self.what.is_memory
        noun = "block" if is_memory else "object"
        return f"{amounts(figures, noun)} per op" if any(figures) else ""

    @property
    def brief(self) -> str:
        """``2.11 KB per op: clear Session.me``: bytes, or else objects, and what to do."""
        said = task(self.cycle) if isinstance(self.what, Cycle) else self.says
        octets = [0.0 if isinstance(one, Growth) else one.bytes_per_op for one in self.each]
        size = f"{span(octets, show=memory)} per op" if all(octets) else self.figure
        return clip(f"{size}: {said}" if size else said, 160)

    @property
    def subject(self) -> str:
        """The variant and :attr:`where`."""
        return f"{self.name}: {self.where}" if self.where else self.name

    @property
    def shown(self) -> str:
        """Which case :attr:`trace` shows; empty if it is the same in all."""
        alike = len(set(map(trace_of, self.each))) == 1
        return "" if alike else f"shown: {self.cases[0]}"

    @property
    def says(self) -> str:
        """``Cut Session.worker_task: it frees 11 of 11 objects``, or what holds a leak."""
        return says(self.each)

    @property
    def trace(self) -> str:
        """The text form."""
        return trace_of(self.what)

    @property
    def key(self) -> str:
        """Identifies the finding, across variants too."""
        if isinstance(self.what, Cycle):
            return self.what.signature
        kind = self.what.kind if isinstance(self.what, Growth) else ""
        return " ".join((kind, self.what.type, *self.what.path))


def findings(result: Result) -> list[Finding]:
    """All findings by variant and case, equal ones of several cases merged."""
    found: dict[tuple[str, str], Finding] = {}
    known = cases(result)
    every: dict[str, int] = {}
    for (variant, case), cell in counted(result).items():
        every[variant] = every.get(variant, 0) + 1
        for what in _of(cell):
            one = Finding(variant, (clip(differing(case, known), 60),), 0, (what,), cell.workload)
            before = found.get((variant, one.key))
            if before is not None:
                one = before._replace(
                    cases=(*before.cases, *one.cases), each=(*before.each, *one.each)
                )
            found[variant, one.key] = one
    for cell in at_odds(result):
        words = clip(f"{differing(cell.case.work, known)} collector {cell.gc}".strip(), 60)
        for what in _of(cell):
            one = Finding(cell.variant, (words,), 0, (what,), cell.workload)
            found.setdefault((cell.variant, one.key), one)
    return [one._replace(of=every.get(one.variant, 0)) for one in found.values()]


def _of(cell: Cell) -> Iterator[What]:
    yield from cell.cycles
    yield from cell.leaks
    yield from cell.growths


def _figure(what: What) -> float:
    if isinstance(what, Growth):
        return what.per_op
    return max(what.objects_per_op, 0.0 if isinstance(what, Cycle) else what.per_op)


class Placed(NamedTuple):
    """A finding, merged across variants: that of the first variant, and where it occurs."""

    finding: Finding
    where: str
    """The cases, and the other variants."""
    key: str
    """Its anchor on a page."""

    @property
    def trace(self) -> Trace:
        """The finding as text."""
        note = ", ".join(filter(None, (self.finding.name, self.where)))
        return Trace(*titled(self.finding.each), note, key=self.key)

    @property
    def drawing(self) -> Trace:
        """The finding as a ring or a chain, with how to fix it as its title."""
        what = self.finding.what
        drawn = Trace(*titled(self.finding.each, advised=True), self.where, key=self.key)
        if isinstance(what, Leak):
            made = filter(None, (self.where, where_made(what)))
            return drawn._replace(note="; ".join(made), ring=chain_of(what))
        if not isinstance(what, Cycle):
            return drawn
        ring = ring_of(what) if what.steps else None
        return drawn._replace(signature=visible(what.signature), ring=ring)


def ranked(result: Result) -> list[Placed]:
    """All findings: own code before the standard library's, then by the bytes that they free."""
    found: dict[str, list[Finding]] = {}
    for finding in findings(result):
        found.setdefault(finding.key, []).append(finding)
    order = sorted(found.values(), key=_rank)
    return [_placed(equal, f"finding-{number}") for number, equal in enumerate(order, start=1)]


def worst_cycles(result: Result) -> list[Finding]:
    """The cycles whose steps are known, in the order of :func:`ranked`."""
    every = [one.finding for one in ranked(result)]
    return [one for one in every if isinstance(one.what, Cycle) and one.what.steps]


class Cuts(NamedTuple):
    """The findings to draw, ordered by variant, those to show as text, and how many remain."""

    drawn: list[Placed]
    rest: list[Placed]
    left_out: int

    @property
    def total(self) -> int:
        """Number of findings."""
        return len(self.drawn) + len(self.rest) + self.left_out


def cuts(result: Result) -> Cuts:
    """The findings of ``result``; the first dozen cycles and the first dozen others are drawn."""
    every = ranked(result)
    cycles = [one for one in every if isinstance(one.finding.what, Cycle)]
    others = [one for one in every if not isinstance(one.finding.what, Cycle)]
    order = list(dict.fromkeys(finding.variant for finding in findings(result)))
    drawn = sorted(
        [*cycles[:_MOST_DRAWN], *others[:_MOST_DRAWN]],
        key=lambda one: order.index(one.finding.variant),
    )
    rest = [*cycles[_MOST_DRAWN:], *others[_MOST_DRAWN:]]
    return Cuts(drawn, rest[:_MOST_TEXTS], len(rest[_MOST_TEXTS:]))


def _placed(equal: Sequence[Finding], key: str) -> Placed:
    first, *others = equal
    where = [f"in {first.where}" if first.where else "", first.shown]
    for other in others:
        said = f", {other.figure}" if other.figure not in (first.figure, "") else ""
        where.append(f"also {other.subject}{said if said not in other.subject else ''}")
    return Placed(first, "; ".join(filter(None, where)), key)


def _rank(equal: Sequence[Finding]) -> tuple[bool, bool, float, float]:
    what = equal[0].what
    if isinstance(what, Cycle):
        library, effect, objects = what.rank
        return library, effect, -what.bytes_per_op, objects
    return False, True, 0.0 if isinstance(what, Growth) else -what.bytes_per_op, -what.per_op

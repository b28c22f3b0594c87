"""Every cycle and leak of a result once, with the variant and the cases that it was found in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from unknot.records import Cell, Cycle, Leak, Result
from unknot.report.name import clip, visible
from unknot.report.number import amount, rate
from unknot.report.scenario import Case, cases, counted
from unknot.report.trace import cycle_trace, leak_trace, type_label

__all__ = ["Finding", "findings"]

_MOST_CASES = 4
"""Cases that are named; where there are more they are counted."""


class Finding(NamedTuple):
    """One cycle, or what holds one leaked type."""

    variant: str
    cases: tuple[str, ...]
    """Shapes and endings, as words."""
    of: int
    """Cases of this variant that were counted."""
    what: Cycle | Leak
    """As it is in the first of the cases."""

    @property
    def name(self) -> str:
        """The variant's, short and safe."""
        return clip(visible(self.variant), 40) or "workload"

    @property
    def where(self) -> str:
        """In what cases; empty where there is only one."""
        number = len(self.cases)
        if number > 1 and number == self.of:
            return f"all {number} cases"
        if number > _MOST_CASES:
            return f"{number} of {self.of} cases"
        return ", ".join(filter(None, self.cases))

    @property
    def subject(self) -> str:
        """Who left it, and in what cases."""
        return f"{self.name}: {self.where}" if self.where else self.name

    @property
    def says(self) -> str:
        """``Cut Session.worker_task: it frees 11 of 11 objects``; of a leak, what holds it."""
        what = self.what
        if isinstance(what, Cycle):
            frees, of = rate(what.cut.frees_per_op), amount(what.cut.of_per_op, "object")
            edges = " and ".join(clip(visible(edge), 80) for edge in what.cut.edges)
            return f"Cut {edges}: it frees {frees} of {of}"
        label = "Memory" if what.type == "allocated blocks" else type_label(what.type)
        if not what.steps:
            return f"{label} leaks, and no holder was found"
        held = visible(f"{what.steps[0].source}{what.steps[0].label}")
        return f"{label} leaks, held by {clip(held, 120)}"

    @property
    def trace(self) -> str:
        """The text form."""
        what = self.what
        if isinstance(what, Cycle) and not what.steps:
            return f"signature {visible(what.signature)}"
        return "\n".join(cycle_trace(what) if isinstance(what, Cycle) else leak_trace(what))

    @property
    def key(self) -> str:
        """What tells it from other findings: equal in every variant."""
        if isinstance(self.what, Cycle):
            return self.what.signature
        return " ".join((self.what.type, *self.what.path))


def findings(result: Result) -> list[Finding]:
    """In the order of variants and cases; equal ones of several cases are one."""
    found: dict[tuple[str, str], Finding] = {}
    known = cases(result)
    every: dict[str, int] = {}
    for (variant, case), cell in counted(result).items():
        every[variant] = every.get(variant, 0) + 1
        for what in _of(cell):
            one = Finding(variant, (_words(case, known),), 0, what)
            before = found.get((variant, one.key))
            if before is not None:
                one = before._replace(cases=(*before.cases, *one.cases))
            found[variant, one.key] = one
    return [one._replace(of=every[one.variant]) for one in found.values()]


def _of(cell: Cell) -> Iterator[Cycle | Leak]:
    yield from cell.cycles
    yield from cell.leaks


def _words(case: Case, known: list[Case]) -> str:
    """The parts of the case that differ from one to the other, and its shape and ending."""
    several = [len({one[part] for one in known}) > 1 for part in range(2)]
    python = f"Python {case.python}" if several[1] else ""
    parts = (case.workload if several[0] else "", python, case.shape, case.ending)
    return clip(visible(" ".join(filter(None, parts))), 60)

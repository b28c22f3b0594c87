"""Every cycle and leak of a result once, with the variant and the cases that it was found in."""

from __future__ import annotations

from typing import NamedTuple

from unknot.records import Cell, Result
from unknot.report.name import clip, visible
from unknot.report.scenario import counted
from unknot.report.trace import cycle_trace, leak_trace

__all__ = ["Finding", "findings"]


class Finding(NamedTuple):
    """One cycle, or what holds one leaked type."""

    variant: str
    cases: tuple[str, ...]
    """Shapes and endings, as words."""
    trace: str

    @property
    def subject(self) -> str:
        """Who left it, and in what cases."""
        where = f": {', '.join(self.cases)}" if self.cases else ""
        return f"{self.variant or 'workload'}{where}"


def findings(result: Result) -> list[Finding]:
    """In the order of variants and cases; equal ones of several cases are one."""
    found: dict[tuple[str, str], tuple[list[str], str]] = {}
    for (variant, _), cell in counted(result).items():
        name = clip(visible(variant), 40)
        for key, trace in _traces(cell):
            cases, _ = found.setdefault((name, key), ([], trace))
            if case := " ".join(filter(None, (cell.shape, cell.ending))):
                cases.append(clip(visible(case), 40))
    return [Finding(variant, tuple(cases), trace) for (variant, _), (cases, trace) in found.items()]


def _traces(cell: Cell) -> list[tuple[str, str]]:
    """What tells a finding from others, and its text."""
    cycles = [(cycle.signature, "\n".join(cycle_trace(cycle))) for cycle in cell.cycles]
    leaks = [
        (" ".join((leak.type, *leak.path)), "\n".join(leak_trace(leak))) for leak in cell.leaks
    ]
    return cycles + leaks

"""Frozen records of a judgement: made by the gate, shown by the report, which share nothing else.

Units are those of :mod:`unknot.records`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from unknot.records import Case, Cycle, Difference

__all__ = ["Figure", "Finding", "Judgement", "Level"]

Level = Literal["failure", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of one cell beside the baseline's, changed or not."""

    case: Case
    measure: str
    unit: Literal["objects", "blocks", "bytes", "seconds"]
    before: float | None
    """``None`` where nothing was measured before."""
    after: float
    significant: bool
    """Whether the two differ by more than what repeating would give."""
    judged: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that the gate has to say. Only a failure fails it."""

    level: Level
    kind: Literal[
        "count",
        "signature",
        "growth",
        "verdict",
        "budget",
        "time",
        "error",
        "missing",
        "improved",
        "unused",
        "excused",
        "not judged",
        "stale",
        "unconfirmed",
    ]
    case: Case
    text: str
    """One line: what, from what to what, what to do."""
    cycle: Cycle | None = None
    """The cycle that is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is to be said of one result; it passes unless there is a failure."""

    findings: tuple[Finding, ...]
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    cells: tuple[Case, ...]
    """All cells of the result."""
    compared: int
    """Cells that had one to compare with in the baseline."""
    budgeted: int
    """Cells that have a budget."""
    factor: float

    def of(self, level: Level) -> list[Finding]:
        """The findings of one level, in order."""
        return [finding for finding in self.findings if finding.level == level]

    @property
    def passed(self) -> bool:
        return not self.of("failure")

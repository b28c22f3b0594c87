"""Frozen records of a judgement, created by the gate and shown by the report.

Units are those of :mod:`unknot.records`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from unknot.records import Case, Cycle, Difference

__all__ = ["Figure", "GateMessage", "Judgement", "Level"]

Level = Literal["failure", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of one cell and its value in the baseline."""

    case: Case
    measure: str
    unit: Literal["objects", "blocks", "bytes", "seconds"]
    before: float | None
    """``None`` if nothing was measured before."""
    after: float
    significant: bool
    """Whether the two differ by more than the variation between repetitions."""
    judged: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GateMessage:
    """One message of the gate. Only failures make the gate fail."""

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
    """One line: what changed, from what to what, and what to do."""
    cycle: Cycle | None = None
    """The new or more frequent cycle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The gate's judgement of one result, which passes unless there is a failure."""

    findings: tuple[GateMessage, ...]
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    cells: tuple[Case, ...]
    """The cases of all cells of the result."""
    compared: int
    """Number of cells with a counterpart in the baseline."""
    budgeted: int
    """Number of cells with a budget."""
    factor: float

    def of(self, level: Level) -> list[GateMessage]:
        """The findings of one level, in order."""
        return [finding for finding in self.findings if finding.level == level]

    @property
    def passed(self) -> bool:
        return not self.of("failure")

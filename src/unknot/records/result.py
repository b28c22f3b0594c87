"""The result of one run, and comparisons between its cells."""

from __future__ import annotations

from typing import Literal

import msgspec

from unknot.records.allocations import Allocations, Holders
from unknot.records.case import Case, case_of
from unknot.records.cell import Cell
from unknot.records.collector import GcMode
from unknot.records.environment import Environment
from unknot.records.latency import Latency
from unknot.records.plan import Part, Plan
from unknot.records.quantity import Count

__all__ = ["Comparison", "Difference", "Result"]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Live objects of one type in two variants after the same operations.

    ``*_live`` are counts at the end of the sustained stage with the collector off, and peaks with
    it on. ``ratio`` is baseline divided by candidate; ``None`` if the candidate has none.
    """

    baseline: str
    candidate: str
    shape: str | None
    ending: str | None
    gc: GcMode
    type: str
    workload: str = ""
    python: str = ""
    measure: Literal["after", "peak"]
    baseline_live: Count
    candidate_live: Count
    ratio: float | None
    backend: str = "asyncio"
    in_flight: int = 1
    requirements: list[str] = []

    @property
    def case(self) -> Case:
        """What the figures belong to."""
        return case_of(self, self.candidate)


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a cell that differs between two results."""

    workload: str
    shape: str | None
    ending: str | None
    gc: GcMode
    python: str
    baseline: str
    """Variant of the earlier cell; :attr:`candidate` is that of the later cell."""
    candidate: str
    subject: Literal["total", "type", "signature"]
    name: str
    """What is counted: a type's name, a signature, or a field of :class:`PerOp` for a total."""
    measure: Literal["cyclic", "leaked", "retained", "blocks", "blocks_leaked", "bytes", "copies"]
    before: float
    after: float
    change: Literal["gone", "new", "less", "more"]
    ratio: float | None
    """``after`` divided by ``before``; ``None`` if that was 0."""
    worse: bool
    backend: str = "asyncio"
    in_flight: int = 1
    requirements: list[str] = []

    @property
    def case(self) -> Case:
        """What the figures belong to."""
        return case_of(self, self.candidate)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one run."""

    schema: int
    unknot: str
    title: str
    environment: Environment
    cells: list[Cell]
    comparisons: list[Comparison] = []
    latencies: list[Latency] = []
    differences: list[Difference] = []
    allocations: list[Allocations] = []
    holders: list[Holders] = []
    interrupted: bool = False
    plan: Plan | None = None
    """What the whole run was to measure."""
    parts: list[Part] = []
    """Where its cells were measured, if they were joined from several runs."""

"""All of one run, and its cells beside each other."""

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
    """Live objects of one type after the same work, baseline over candidate.

    ``*_live`` are counts at the end of the sustained stage with the collector off, and peaks
    with it on. ``ratio`` is baseline over candidate, ``None`` where the candidate has none.
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
    """One figure of one cell, before and after; figures that agree have none."""

    workload: str
    shape: str | None
    ending: str | None
    gc: GcMode
    python: str
    baseline: str
    """Variant of the cell before; :attr:`candidate` that of the cell after."""
    candidate: str
    subject: Literal["total", "type", "signature"]
    name: str
    """What is counted: a type's name, a signature, or for a total its field of :class:`PerOp`."""
    measure: Literal["cyclic", "leaked", "retained", "blocks", "blocks_leaked", "bytes", "copies"]
    before: float
    after: float
    change: Literal["gone", "new", "less", "more"]
    ratio: float | None
    """After over before; ``None`` where there was nothing before."""
    worse: bool
    backend: str = "asyncio"
    in_flight: int = 1
    requirements: list[str] = []

    @property
    def case(self) -> Case:
        """What the figures belong to."""
        return case_of(self, self.candidate)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """All of one run."""

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
    """What was to be measured, all in all."""
    parts: list[Part] = []
    """Where its cells were measured, if not all by one run."""

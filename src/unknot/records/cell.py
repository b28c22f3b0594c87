"""One measurement, and the processes that it ran in."""

from __future__ import annotations

from typing import Literal

import msgspec

from unknot.records.case import Case, case_of
from unknot.records.collector import Collections, GcMode
from unknot.records.counts import Memory, PerOp, Series, TypeCount, Verdict, Window
from unknot.records.findings import Cycle, Growth, Leak, Unnamed
from unknot.records.plan import Machine
from unknot.records.quantity import Amount, Count

__all__ = ["Cell", "CellError", "Ended", "Process"]

Ended = Literal["exited", "killed", "silent"]
"""Of its own will; by a signal, or by ``os._exit`` without a word; or it answered no more."""


class CellError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a cell has no measurement, and the end of what its process printed."""

    kind: Literal["raised", "crashed", "timeout", "workload", "interrupted", "environment"]
    message: str
    traceback: str | None = None
    output: str = ""
    exit_status: int | None = None


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """What operations leave behind in one of the processes of a cell; rates are per operation.

    One that came after the first round, or left before the last, has no verdict and no rates.
    """

    number: Count
    """0 for the main process, which runs the operations, then in the order they came."""
    role: Literal["main", "child"]
    command: str
    python: str
    started: Literal["agent", "spawn", "fork"]
    """How its agent got there: as the cell's own process, through the environment, or by a fork."""
    rounds: Count
    """Rounds that it was there for from begin to end."""
    ended: Ended | None = None
    """How it ended, where it did so before the others."""
    verdict: Verdict | None = None
    per_op: PerOp | None = None
    types: dict[str, TypeCount] = {}
    cycles: list[Cycle] = []
    unnamed: Unnamed | None = None
    """Cycles of further kinds, which ``cycles`` does not name."""
    leaks: list[Leak] = []
    growths: list[Growth] = []
    notes: list[str] = []


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement: workload × variant × collector mode × interpreter, in fresh processes.

    Counts and rates are sums over all Python processes that the operations run in; where there
    are several, ``processes`` tells them apart. With ``error`` set there is no measurement, and
    every field after ``rounds`` may be empty.
    """

    workload: str
    variant: str
    shape: str | None
    ending: str | None
    gc: GcMode
    python: str
    ops: Count
    rounds: Count
    requirements: list[str] = []
    """What was installed to measure it, as asked for with ``--with``."""
    packages: dict[str, str] = {}
    """The versions in the environment made for ``requirements``."""
    projects: dict[str, str] = {}
    """The names of those ``requirements`` that are project folders, where their files tell them."""
    backend: str = "asyncio"
    in_flight: Count = 1
    """Operations that ran at the same time."""
    build: str = ""
    """Version and build of the measured interpreter."""
    gc_thresholds: list[int] = []
    """The collector's, as the measured process started."""
    collector: str = ""
    """``generational``, or ``incremental`` as in CPython 3.14.0 to 3.14.4."""
    jit: bool = False
    """Whether the interpreter compiled to machine code."""
    verdict: Verdict | None = None
    per_op: PerOp | None = None
    windows: list[Window] = []
    types: dict[str, TypeCount] = {}
    cycles: list[Cycle] = []
    unnamed: Unnamed | None = None
    """Cycles of further kinds, which ``cycles`` does not name."""
    leaks: list[Leak] = []
    growths: list[Growth] = []
    series: Series | None = None
    collections: Collections | None = None
    memory: Memory | None = None
    processes: list[Process] = []
    """Empty where there was only the main process."""
    notes: list[str] = []
    """What the measurement itself found odd, for instance two views that contradict."""
    error: CellError | None = None
    stderr: str = ""
    """The end of what its processes wrote to standard error."""
    unconfirmed: str | None = None
    """Why the verdict is not confirmed, where less was measured than planned."""
    seconds: Amount = 0.0
    """How long it took to measure, all in all."""
    machine: Machine | None = None
    """Which machine measured it, where several measure a plan."""
    workload_digest: str | None = None
    """Of the workload's file as it was measured; a result of another one is out of date."""

    @property
    def case(self) -> Case:
        """What the figures belong to."""
        return case_of(self, self.variant)

"""One measurement, and the processes in which it ran."""

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
"""Exited by itself; killed by a signal or by ``os._exit``; or stopped answering."""


class CellError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a cell has no measurement, and the end of its process's output."""

    kind: Literal["raised", "crashed", "timeout", "workload", "interrupted", "environment"]
    message: str
    traceback: str | None = None
    output: str = ""
    exit_status: int | None = None


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """What operations leave behind in one process of a cell. Rates are per operation.

    A process that started after the first round or ended before the last has no verdict and no
    rates.
    """

    number: Count
    """0 for the main process, which runs the operations; then in order of their start."""
    role: Literal["main", "child"]
    command: str
    python: str
    started: Literal["agent", "spawn", "fork"]
    """How its agent was started: by the controller, through the environment, or by a fork."""
    rounds: Count
    """Number of rounds during which it ran from start to end."""
    ended: Ended | None = None
    """How it ended, if it did so before the others."""
    verdict: Verdict | None = None
    per_op: PerOp | None = None
    types: dict[str, TypeCount] = {}
    cycles: list[Cycle] = []
    unnamed: Unnamed | None = None
    """Cycles of further kinds, which are not in ``cycles``."""
    leaks: list[Leak] = []
    growths: list[Growth] = []
    notes: list[str] = []


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement: workload × variant × collector mode × interpreter, in fresh processes.

    Counts and rates are sums over all Python processes in which the operations run; if there are
    several, ``processes`` has each. With ``error`` set there is no measurement, and every field
    after ``rounds`` may be empty.
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
    """What was installed for the measurement, as given by ``--with``."""
    packages: dict[str, str] = {}
    """Versions of the packages in the environment created for ``requirements``."""
    projects: dict[str, str] = {}
    """The names of those ``requirements`` that are project folders, if their files specify them."""
    backend: str = "asyncio"
    in_flight: Count = 1
    """Number of operations that ran concurrently."""
    build: str = ""
    """Version and build of the measured interpreter."""
    gc_thresholds: list[int] = []
    """The collector's thresholds when the measured process started."""
    collector: str = ""
    """``generational``, or ``incremental`` as in CPython 3.14.0 to 3.14.4."""
    jit: bool = False
    """Whether the interpreter's JIT compiler was enabled."""
    verdict: Verdict | None = None
    per_op: PerOp | None = None
    windows: list[Window] = []
    types: dict[str, TypeCount] = {}
    cycles: list[Cycle] = []
    unnamed: Unnamed | None = None
    """Cycles of further kinds, which are not in ``cycles``."""
    leaks: list[Leak] = []
    growths: list[Growth] = []
    series: Series | None = None
    collections: Collections | None = None
    memory: Memory | None = None
    processes: list[Process] = []
    """Empty if there was only the main process."""
    notes: list[str] = []
    """Anomalies in the measurement, such as two contradictory figures."""
    error: CellError | None = None
    stderr: str = ""
    """The end of what its processes wrote to standard error."""
    unconfirmed: str | None = None
    """Why the verdict is not confirmed, if less was measured than planned."""
    seconds: Amount = 0.0
    """Total duration of the measurement in seconds."""
    machine: Machine | None = None
    """Which machine measured it, where several measure a plan."""
    workload_digest: str | None = None
    """Digest of the workload's file when it was measured. If it has changed, the cell is stale."""

    @property
    def case(self) -> Case:
        """What the figures belong to."""
        return case_of(self, self.variant)

    @property
    def lost_a_process(self) -> bool:
        """Whether a process that was counted did not live to the end."""
        return any(process.ended in ("killed", "silent") for process in self.processes)

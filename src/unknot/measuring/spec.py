"""What to measure in a cell."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unknot.environments.as_of import end_of_day
from unknot.environments.requirements import project_names
from unknot.errors import UsageError
from unknot.measuring.source import digest_of
from unknot.records import Cell, GcMode

__all__ = ["BACKENDS", "CellSpec", "Effort", "cell_of"]

BACKENDS = ("asyncio", "uvloop", "trio")
"""Event loops that can run operations; see :mod:`unknot.agent.backends`."""


MOST_IN_FLIGHT = 100_000
"""Maximum number of operations in flight. Each is a task and needs memory."""

LONGEST = 1e6
"""Maximum time limit in seconds; timers accept no longer ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much to measure in a cell. More effort reduces doubt; counts do not change.

    Raises :class:`~unknot.errors.UsageError` for numbers out of range.
    """

    ops: int = 1000
    """Operations of the sustained stage; each round has ``ops / rounds``."""
    rounds: int = 4
    warmup: int = 64
    samples: int = 20
    """Points of the curve of live objects over the sustained stage."""
    forced_every: int = 120
    """Operations between two collections in mode ``forced``."""
    confirm_ops: int = 5000
    """Operations of the long round that confirms a suspected leak.

    More than the entries of usual caches: 4,096 is a common size for a large one.
    """
    extra_rounds: int = 12
    """Rounds that may be added while growth is in doubt."""
    time_limit: float = 120.0
    """Seconds that the whole cell may take."""

    def __post_init__(self) -> None:
        if self.rounds < 4:
            raise UsageError(
                f"rounds must be at least 4, to tell a leak from a cache, got {self.rounds}"
            )
        if self.ops < self.rounds:
            raise UsageError(
                f"ops must be at least {self.rounds}, one for each of the rounds, got {self.ops}"
            )
        for name in ("samples", "forced_every", "confirm_ops"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.warmup < 0 or self.extra_rounds < 0:
            raise UsageError("warmup and extra_rounds cannot be negative")
        if not 0 < self.time_limit <= LONGEST:
            raise UsageError(
                f"the time limit must be more than 0 and at most {LONGEST:,.0f} seconds, "
                f"got {self.time_limit:g}"
            )

    @property
    def round_ops(self) -> int:
        """Operations in each round."""
        return self.ops // self.rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSpec:
    """One cell: workload × variant × collector mode × interpreter."""

    workload: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    variant: str = "workload"
    shape: str | None = None
    ending: str | None = None
    gc: GcMode = "off"
    python: str = sys.executable
    requirements: tuple[str, ...] = ()
    """The requirements installed for the interpreter in ``python``, as requested."""
    as_of: str | None = None
    """The day, such as ``2024-05-31``, up to which releases are installed for them."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Versions in the environment created for them."""
    backend: str = "asyncio"
    in_flight: int = 1
    """Operations that run at the same time."""
    effort: Effort = field(default_factory=Effort)
    watch: tuple[str, ...] = ("asyncio.Task", "contextvars.Context")
    """Types whose live count is sampled over the operations."""
    makers: bool = False
    """Whether to trace, in an additional process, where the survivors of leaks were created."""

    workload_digest: str | None = field(init=False)
    """Digest of the workload's file, computed before it is measured."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "workload_digest", digest_of(self.workload))
        if self.as_of is not None and not self.requirements:
            raise UsageError("--as-of is about what --with installs: give --with, or leave it out")
        if self.as_of is not None:
            end_of_day(self.as_of)
        if self.in_flight < 1:
            raise UsageError(f"--in-flight must be at least 1, got {self.in_flight}")
        if self.in_flight > MOST_IN_FLIGHT:
            raise UsageError(
                f"--in-flight must be at most {MOST_IN_FLIGHT:,}, got {self.in_flight:,}"
            )
        if self.backend not in BACKENDS:
            raise UsageError(f"there is no backend {self.backend}; use {', '.join(BACKENDS)}")

    @property
    def label(self) -> str:
        """A short name for progress and errors."""
        return " ".join(filter(None, (self.variant, self.shape, self.ending, self.gc)))


def cell_of(spec: CellSpec, python: str = "", ops: int = 0, **fields: Any) -> Cell:
    """A record of the cell, with the measurements, or the error, as ``fields``."""
    return Cell(
        workload=spec.workload,
        variant=spec.variant,
        shape=spec.shape,
        ending=spec.ending,
        gc=spec.gc,
        python=python,
        ops=ops or spec.effort.ops,
        rounds=spec.effort.rounds,
        backend=spec.backend,
        in_flight=spec.in_flight,
        requirements=list(spec.requirements),
        packages=dict(spec.packages),
        projects=project_names(spec.requirements),
        workload_digest=spec.workload_digest,
        **fields,
    )

"""Where a result was measured."""

from __future__ import annotations

import msgspec

__all__ = ["Environment"]


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Where a result was measured. Counts are comparable between machines, times are not."""

    python: str
    implementation: str
    build: str
    gc_thresholds: tuple[int, ...]
    platform: str
    machine: str
    cpu_count: int
    hash_seed: str
    packages: dict[str, str]
    command: list[str]
    started: str
    """Start of the run, ISO 8601 with time zone."""
    duration_s: float
    jobs: int
    """Number of cells measured concurrently."""
    collector: str = ""
    """``generational``, or ``incremental`` as in CPython 3.14.0 to 3.14.4."""

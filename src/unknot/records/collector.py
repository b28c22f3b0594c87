"""What the collector did."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Collections", "CollectorPass", "GcMode"]

GcMode = Literal["off", "auto", "forced"]


class CollectorPass(msgspec.Struct, frozen=True, kw_only=True):
    """One pass of the collector; ``ops`` is the number of operations begun before it."""

    ops: int
    generation: int
    pause_s: float
    collected: int
    candidates: int | None = None
    """Objects that the pass looked at; known since CPython 3.15."""


class Collections(msgspec.Struct, frozen=True, kw_only=True):
    """What the collector did during the sustained stage."""

    passes: int
    passes_by_generation: list[int]
    collected: int
    uncollectable: int
    pause_total_s: float
    pause_max_s: float
    duration_s: float
    """Wall time of the sustained stage's operations, counting excluded."""
    log: list[CollectorPass]

"""What the collector did."""

from __future__ import annotations

from typing import Literal

import msgspec

from unknot.records.quantity import Amount, Count

__all__ = ["Collections", "CollectorPass", "GcMode"]

GcMode = Literal["off", "auto", "forced"]


class CollectorPass(msgspec.Struct, frozen=True, kw_only=True):
    """One pass of the collector; ``ops`` is the number of operations begun before it."""

    ops: Count
    generation: Count
    pause_s: Amount
    collected: Count
    candidates: int | None = None
    """Objects that the pass looked at; known since CPython 3.15."""


class Collections(msgspec.Struct, frozen=True, kw_only=True):
    """What the collector did during the sustained stage."""

    passes: Count
    passes_by_generation: list[Count]
    collected: Count
    uncollectable: Count
    pause_total_s: Amount
    pause_max_s: Amount
    duration_s: Amount
    """Wall time of the sustained stage's operations, counting excluded."""
    log: list[CollectorPass]

"""The activity of the cyclic collector."""

from __future__ import annotations

from typing import Literal

import msgspec

from unknot.records.quantity import Amount, Count

__all__ = ["Collections", "CollectorPass", "GcMode"]

GcMode = Literal["off", "auto", "forced"]


class CollectorPass(msgspec.Struct, frozen=True, kw_only=True):
    """One pass of the collector. ``ops`` is the number of operations begun before it."""

    ops: Count
    generation: Count
    pause_s: Amount
    collected: Count
    candidates: int | None = None
    """Number of objects that the pass examined; known since CPython 3.15."""


class Collections(msgspec.Struct, frozen=True, kw_only=True):
    """The collector's passes during the sustained stage."""

    passes: Count
    passes_by_generation: list[Count]
    collected: Count
    uncollectable: Count
    pause_total_s: Amount
    pause_max_s: Amount
    duration_s: Amount
    """Wall time of the sustained stage's operations in seconds, without counting."""
    log: list[CollectorPass]

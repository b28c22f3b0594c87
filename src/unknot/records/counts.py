"""What operations leave behind, as counts."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Memory", "PerOp", "Series", "TypeCount", "Verdict", "Window"]

Verdict = Literal[
    "clean", "cyclic", "leaking", "cyclic+leaking", "growing", "cyclic+growing", "undecided"
]
"""``growing``: no object leaks, and the process gains memory or files all the same."""


class PerOp(msgspec.Struct, frozen=True, kw_only=True):
    """What one operation leaves behind, collector off; see :mod:`unknot.measure.growth`."""

    retained: float
    cyclic: float
    leaked: float
    garbage: float
    """The heart of ``cyclic``: what trial deletion found before anything was collected."""
    blocks: float
    blocks_leaked: float
    asyncgen_finalizers: float


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """One round of equal length: run, settle, count, collect to a fixed point, count again."""

    ops: int
    base: int
    """Objects when the round began."""
    live: int
    """Objects when the round's operations had settled, nothing collected."""
    garbage: int
    """Of those, what no reference from outside the tracked objects reaches."""
    survived: int
    """Objects after collection to a fixed point."""
    blocks: int
    """Allocated blocks gained since the round began, nothing collected."""
    blocks_survived: int
    asyncgen_finalizers: int


class TypeCount(msgspec.Struct, frozen=True, kw_only=True):
    """Live objects of one type over the sustained stage, and its rates from the rounds."""

    before: int
    after: int
    peak: int
    retained_per_op: float
    cyclic_per_op: float
    leaked_per_op: float
    garbage_per_op: float
    cyclic_spread: float = 0.0
    """Between the least and the greatest cyclic rate of a round; 0 where all rounds agree."""
    leaked_spread: float = 0.0


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Live objects over operations in the sustained stage, sampled while it ran.

    Where a collection was forced there are two samples at one place: before it and after.
    """

    ops: list[int]
    total: list[int]
    types: dict[str, list[int]]

    def __post_init__(self) -> None:
        """Raises :class:`ValueError`, which a reader reports, unless each has every sample."""
        if {len(self.ops)} != {len(each) for each in (self.total, *self.types.values())}:
            raise ValueError("a series in which samples are missing")


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Resident and unique set size of the measured process in bytes; ``None`` where unknown."""

    rss_before: int
    rss_after: int
    uss_before: int | None
    uss_after: int | None

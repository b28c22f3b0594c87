"""What operations leave behind, as counts."""

from __future__ import annotations

from typing import Literal

import msgspec

from unknot.records.quantity import Amount, Count

__all__ = ["Memory", "PerOp", "Series", "TypeCount", "Verdict", "Window"]

Verdict = Literal[
    "clean", "cyclic", "leaking", "cyclic+leaking", "growing", "cyclic+growing", "undecided"
]
"""``growing``: no object leaks, and the process gains memory or files all the same."""


class PerOp(msgspec.Struct, frozen=True, kw_only=True):
    """What one operation leaves behind, collector off; see :mod:`unknot.measure.growth`."""

    retained: Amount
    cyclic: Amount
    leaked: Amount
    garbage: Amount
    """The heart of ``cyclic``: what trial deletion found before anything was collected."""
    blocks: Amount
    blocks_leaked: Amount
    asyncgen_finalizers: Amount
    bytes: Amount | None = None
    """Allocated and not given back, nothing collected; blocks count as large as their size class.
    ``None`` where the C library or the interpreter does not tell."""
    bytes_leaked: Amount | None = None
    """What of them outlives collection."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """One round of equal length: run, settle, count, collect to a fixed point, count again."""

    ops: Count
    base: Count
    """Objects when the round began."""
    live: Count
    """Objects when the round's operations had settled, nothing collected."""
    garbage: Count
    """Of those, what no reference from outside the tracked objects reaches."""
    survived: Count
    """Objects after collection to a fixed point."""
    blocks: int
    """Allocated blocks gained since the round began, nothing collected."""
    blocks_survived: int
    asyncgen_finalizers: Count
    bytes: int | None = None
    """Allocated since the round began and not given back, nothing collected."""
    bytes_survived: int | None = None


class TypeCount(msgspec.Struct, frozen=True, kw_only=True):
    """Live objects of one type over the sustained stage, and its rates from the rounds."""

    before: Count
    after: Count
    peak: Count
    retained_per_op: Amount
    cyclic_per_op: Amount
    leaked_per_op: Amount
    garbage_per_op: Amount
    cyclic_spread: Amount = 0.0
    """Between the least and the greatest cyclic rate of a round; 0 where all rounds agree."""
    leaked_spread: Amount = 0.0
    bytes_per_op: Amount = 0.0
    """Of those that wait for the collector or leak, with the untracked objects that only they keep;
    0 where unknown."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Live objects over operations in the sustained stage, sampled while it ran.

    Where a collection was forced there are two samples at one place: before it and after.
    """

    ops: list[Count]
    total: list[Count]
    types: dict[str, list[Count]]

    def __post_init__(self) -> None:
        """Raises :class:`ValueError`, which a reader reports, unless each has every sample."""
        if {len(self.ops)} != {len(each) for each in (self.total, *self.types.values())}:
            raise ValueError("a series in which samples are missing")


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Resident and unique set size of the measured process in bytes; ``None`` where unknown."""

    rss_before: Count
    rss_after: Count
    uss_before: Count | None
    uss_after: Count | None

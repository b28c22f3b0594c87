"""Counts of what operations leave behind."""

from __future__ import annotations

from typing import Literal

import msgspec

from unknot.records.quantity import Amount, Count

__all__ = ["Memory", "PerOp", "Series", "TypeCount", "Verdict", "Window"]

Verdict = Literal[
    "clean", "cyclic", "leaking", "cyclic+leaking", "growing", "cyclic+growing", "undecided"
]
"""``growing``: no object leaks, but the process gains memory, files or other resources."""


class PerOp(msgspec.Struct, frozen=True, kw_only=True):
    """What an operation leaves behind, the collector off; see :mod:`unknot.measuring.growth`."""

    retained: Amount
    cyclic: Amount
    leaked: Amount
    garbage: Amount
    """The part of ``cyclic`` in or reachable only from cycles, found by trial deletion."""
    blocks: Amount
    blocks_leaked: Amount
    asyncgen_finalizers: Amount
    bytes: Amount | None = None
    """Bytes allocated and not freed before any collection, with blocks rounded up to their size
    class; ``None`` if the C library or the interpreter does not count them."""
    bytes_leaked: Amount | None = None
    """The part of ``bytes`` that survives collection."""
    bytes_of_folders: Amount = 0.0
    """The part of ``bytes`` that is names of folders where code lies, such as those in a traceback
    kept as text. The gate leaves it out; 0 if unknown."""
    strings_with_folders: Amount = 0.0
    """How many strings and bytes have such names. The allocator rounds each up."""


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """One round of equal length: run, settle, count, collect to a fixed point, count again."""

    ops: Count
    base: Count
    """Number of objects when the round began."""
    live: Count
    """Number of objects once the round's operations had settled, before any collection."""
    garbage: Count
    """How many of those are not reachable from outside the tracked objects."""
    survived: Count
    """Number of objects after collection to a fixed point."""
    blocks: int
    """Allocated blocks gained since the round began, before any collection."""
    blocks_survived: int
    asyncgen_finalizers: Count
    bytes: int | None = None
    """Bytes allocated since the round began and not freed, before any collection."""
    bytes_survived: int | None = None


class TypeCount(msgspec.Struct, frozen=True, kw_only=True):
    """Live objects of one type in the sustained stage, and its rates from the rounds."""

    before: Count
    after: Count
    peak: Count
    retained_per_op: Amount
    cyclic_per_op: Amount
    leaked_per_op: Amount
    garbage_per_op: Amount
    cyclic_spread: Amount = 0.0
    """Difference between the greatest and the least cyclic rate of a round."""
    leaked_spread: Amount = 0.0
    bytes_per_op: Amount = 0.0
    """Bytes of the cyclic and leaked objects, including untracked objects that only they hold; 0 if
    unknown."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Live objects over operations, sampled during the sustained stage.

    A forced collection has two samples with equal ``ops``: before and after it.
    """

    ops: list[Count]
    total: list[Count]
    types: dict[str, list[Count]]

    def __post_init__(self) -> None:
        """Raises :class:`ValueError`, which a reader reports, if the lengths differ."""
        if {len(self.ops)} != {len(each) for each in (self.total, *self.types.values())}:
            raise ValueError("some samples are missing in a series")


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Resident and unique set size of the measured process in bytes; ``None`` if unknown."""

    rss_before: Count
    rss_after: Count
    uss_before: Count | None
    uss_after: Count | None

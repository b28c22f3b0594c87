"""A heap as arrays: objects are numbered 0 … n-1 and references are pairs of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from unknot.errors import UnknotError
from unknot.heap.adjacency import Adjacency

__all__ = ["Identities", "IntArray", "Mask", "Numbers", "Places", "Snapshot", "parts_of"]

IntArray = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
Identities = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

PART = 1 << 16
"""Elements of a large array that are handled at a time, small enough for the CPU's cache."""
ALIGNMENT = 5
"""Bits of an address that two tracked objects share: none takes less than 32 bytes."""

MANY = 255
"""The reference count from which the agent sends it apart."""

DTYPES = {"ids": "u8", "types": "u8", "counts": "u1", "large": "u8", "referents": "u8"}


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """n tracked objects, numbered in order of creation, and the m references among them.

    Duplicate references are kept. References to untracked objects are omitted, because such
    objects cannot be part of a cycle.
    """

    ids: Identities
    """(n,) identities, by which the agent knows the objects."""
    type_names: tuple[str, ...]
    types: Numbers
    """(n,) index into ``type_names``."""
    counts: IntArray | Numbers
    """(n,) reference counts, without the references that the snapshot itself held."""
    sources: Numbers
    """(m,) the referring object of each reference, ascending."""
    targets: Numbers
    """(m,) the object referred to."""
    degrees: npt.NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, np.uint32))
    """(n,) number of references of each object, to untracked objects too; empty if unknown."""
    python: tuple[int, ...] = ()
    """Major and minor version of the interpreter; empty if unknown."""

    def __len__(self) -> int:
        return len(self.counts)

    def without_holders(self, holders: Mask) -> Snapshot:
        """The snapshot without the references of the masked objects."""
        kept = ~holders[self.sources]
        return replace(self, sources=self.sources[kept], targets=self.targets[kept])

    @property
    def successors(self) -> Adjacency:
        """The references as a graph, made anew each time."""
        return Adjacency.of(self.sources, self.targets, len(self))

    @classmethod
    def from_raw(cls, message: Mapping[str, Any], buffers: Sequence[bytes | bytearray]) -> Snapshot:
        """The snapshot sent by an agent (:mod:`unknot.agent.snapshot`).

        Raises :class:`~unknot.errors.UnknotError` if the arrays do not match.
        """
        fields = message["fields"]
        if list(fields) != list(DTYPES) or len(buffers) != len(DTYPES):
            raise UnknotError(f"snapshot with unknown fields {fields}")
        ids, types, counts, large, referents = (
            np.frombuffer(buffer, dtype=dtype)
            for buffer, dtype in zip(buffers, DTYPES.values(), strict=True)
        )
        type_ids = np.sort(np.array([int(key) for key in message["names"]], dtype=np.uint64))
        sources, targets, degrees = _read_references(ids, referents, int(message["fence"]))
        if not len(ids) == len(types) == len(counts) == len(degrees):
            raise UnknotError("snapshot arrays do not match")
        return cls(
            ids=ids,
            type_names=tuple(message["names"][str(identity)] for identity in type_ids),
            types=_number_types(type_ids, types),
            counts=_read_counts(counts, large, int(message["overhead"])),
            sources=sources,
            targets=targets,
            python=tuple(map(int, message.get("python", ()))),
            degrees=degrees,
        )


def _number_types(type_ids: Identities, types: Identities) -> Numbers:
    """(n,) the place of each type among the sorted ``type_ids``."""
    numbered = np.empty(len(types), dtype=np.int32)
    for part in parts_of(types):
        numbered[part] = np.searchsorted(type_ids, types[part])
    return numbered


def _read_counts(small: npt.NDArray[np.uint8], large: Identities, overhead: int) -> Numbers:
    """(n,) reference counts without the ``overhead``; the most that fit are as good as more.

    Raises :class:`~unknot.errors.UnknotError` if the arrays do not match.
    """
    counts = small.astype(np.int32)
    many = np.flatnonzero(small == MANY)
    if len(many) != len(large):
        raise UnknotError("snapshot arrays do not match")
    counts[many] = np.minimum(large, np.uint64(np.iinfo(np.int32).max))
    counts -= np.int32(overhead)
    return counts


def parts_of(values: npt.NDArray[Any]) -> Iterator[slice]:
    """Slices that cover the values. Temporary arrays as large as a heap take time to be made."""
    return (slice(begin, begin + PART) for begin in range(0, len(values), PART))


def _read_references(
    ids: Identities, referents: Identities, fence: int
) -> tuple[Numbers, Numbers, npt.NDArray[np.uint32]]:
    """Sources and targets of the references to tracked objects, and the number of all of each.

    Raises :class:`~unknot.errors.UnknotError` if referents follow the last fence.
    """
    places = Places(ids)
    most = max(0, len(referents) - len(ids))
    sources, targets = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
    degrees = np.empty(len(ids), dtype=np.uint32)
    count = ended = rest = 0
    for begin in range(0, len(referents), PART):
        part = referents[begin : begin + PART]
        fences = part == np.uint64(fence)
        ends = np.flatnonzero(fences)
        if ended + len(ends) > len(ids):
            raise UnknotError("snapshot arrays do not match")
        degrees[ended : ended + len(ends)] = np.diff(ends, prepend=-1 - rest) - 1
        rest = len(part) - 1 - int(ends[-1]) if len(ends) else rest + len(part)
        found = places.find(part)
        known = np.flatnonzero(found >= 0)
        row = slice(count, count + len(known))
        if row.stop > most:
            raise UnknotError("snapshot arrays do not match")
        np.take(found, known, out=targets[row])
        np.add(np.cumsum(fences, dtype=np.int32)[known], np.int32(ended), out=sources[row])
        count, ended = row.stop, ended + len(ends)
    if ended != len(ids) or rest:
        raise UnknotError("snapshot arrays do not match")
    return sources[:count], targets[:count], degrees


class Places:
    """Finds identities among ``ids``, which must be distinct.

    A hash table instead of a sort. The hash is the address without its alignment bits, so
    neighbours in memory are neighbours in the table. Of several identities with one hash, the
    table has one; the few others are found by bisection.
    """

    def __init__(self, ids: Identities) -> None:
        self._ids = ids
        self._size = 1 << (4 * len(ids)).bit_length()
        self._table = np.zeros(self._size, dtype=np.int32)
        numbers = np.arange(len(ids), dtype=np.int32)
        lost = np.zeros(len(ids), dtype=bool)
        for part in parts_of(ids):
            self._table[self._hash(ids[part])] = numbers[part]
        for part in parts_of(ids):
            np.not_equal(self._table[self._hash(ids[part])], numbers[part], out=lost[part])
        rest = np.flatnonzero(lost)
        self._rest = rest[np.argsort(ids[rest])]
        self._rest_ids = ids[self._rest]

    def find(self, wanted: Identities) -> Numbers:
        """(k,) the index of each of ``wanted``; -1 if it is not there."""
        found = np.full(len(wanted), -1, dtype=np.int32)
        if len(self._ids):
            for part in parts_of(wanted):
                found[part] = self._find(wanted[part])
        return found

    def _find(self, wanted: Identities) -> Numbers:
        ids, rest = self._ids, self._rest
        places = self._table[self._hash(wanted)]
        missing = np.flatnonzero(ids[places] != wanted)
        places[missing] = -1
        if len(rest):
            found = np.searchsorted(self._rest_ids, wanted[missing]).clip(max=len(rest) - 1)
            hit = self._rest_ids[found] == wanted[missing]
            places[missing[hit]] = rest[found[hit]]
        return places

    def _hash(self, identities: Identities) -> IntArray:
        hashes = identities >> np.uint64(ALIGNMENT)
        hashes &= np.uint64(self._size - 1)
        return hashes.view(np.int64)

"""A heap as arrays: objects are numbered 0 … n-1 and references are pairs of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NewType

import numpy as np
import numpy.typing as npt

from unknot.errors import UnknotError
from unknot.heap.adjacency import Adjacency
from unknot.heap.order import PART

__all__ = [
    "Identities",
    "Identity",
    "IntArray",
    "Mask",
    "Numbers",
    "Places",
    "Snapshot",
    "locate",
    "match",
    "parts_of",
]

IntArray = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
Identities = npt.NDArray[np.uint64]
Identity = NewType("Identity", int)
"""Of one object; a type of its own, so that no place is sent to an agent in its stead."""
Mask = npt.NDArray[np.bool_]

ALIGNMENT = 5
"""Bits of an address that two tracked objects share: none takes less than 32 bytes."""

ODD = 0x9E3779B97F4A7C15
"""A multiplier whose products differ in their upper bits where the factors differ in any."""

MANY = 255
"""The reference count from which the agent sends it apart."""
FAR = 255
"""The position from which positions of references are not told apart."""

DTYPES = {"ids": "u8", "types": "u8", "counts": "u1", "large": "u8", "referents": "u8"}


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """n tracked objects, numbered in order of creation, and the m references among them.

    Duplicate references are kept. References to untracked objects are omitted, because such
    objects cannot be part of a cycle.
    """

    ids: Identities
    """(n,) identities, by which the agent knows the objects. All else speaks of their places: 0 …
    n-1."""
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
    type_ids: Identities = field(default_factory=lambda: np.zeros(0, np.uint64))
    """By index into ``type_names``, the identity of the type, ascending; empty if unknown."""
    positions: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    """(m,) each reference's position among all of its object, ``FAR`` at most; empty if unknown."""

    def __len__(self) -> int:
        return len(self.counts)

    def identities(self, places: Iterable[int]) -> list[Identity]:
        """What the agent calls those objects."""
        found: list[Identity] = self.ids[np.fromiter(places, dtype=np.int64)].tolist()
        return found

    def places(self, identities: Iterable[Identity]) -> dict[Identity, int]:
        """Places by identity, without identities that are not there."""
        wanted = np.unique(np.fromiter(identities, dtype=np.uint64))
        found, which = match(self.ids, wanted)
        return dict(zip(wanted[which].tolist(), found.tolist(), strict=True))

    def in_both(self, before: Snapshot) -> tuple[IntArray, Numbers]:
        """Places in ``before`` and here of the objects whose identity is in both."""
        return match(before.ids, self.ids)

    def without_holders(self, holders: Mask) -> Snapshot:
        """The snapshot without the references of the masked objects."""
        kept = ~holders[self.sources]
        return replace(
            self,
            sources=self.sources[kept],
            targets=self.targets[kept],
            positions=self.positions[kept] if len(self.positions) else self.positions,
        )

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
        if not len(ids) == len(types) == len(counts):
            raise UnknotError("snapshot arrays do not match")
        references = _read_references(ids, referents, int(message["fence"]))
        return cls(
            ids=ids,
            type_names=tuple(message["names"][str(identity)] for identity in type_ids),
            types=_number_types(type_ids, types),
            counts=_read_counts(counts, large, int(message["overhead"])),
            python=tuple(map(int, message.get("python", ()))),
            type_ids=type_ids,
            **references,
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


def locate(wanted: Identities, among: Identities) -> IntArray:
    """(k,) the index in ``among`` of each of a few identities; -1 if it is not there.

    Those of each are distinct.
    """
    places, which = match(among, wanted)
    found = np.full(len(wanted), -1, dtype=np.int64)
    found[which] = places
    return found


def parts_of(values: npt.NDArray[Any]) -> Iterator[slice]:
    """Slices that cover the values. Temporary arrays as large as a heap take time to be made."""
    return (slice(begin, begin + PART) for begin in range(0, len(values), PART))


def _read_references(ids: Identities, referents: Identities, fence: int) -> dict[str, Any]:
    """The fields of a snapshot about references to tracked objects, and the degrees.

    Raises :class:`~unknot.errors.UnknotError` if there is not one fence for each object.
    """
    numbers = Places(ids)
    most = max(0, len(referents) - len(ids))
    sources, targets = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
    positions = np.empty(most, dtype=np.uint8)
    degrees = np.empty(len(ids), dtype=np.uint32)
    count = ended = rest = 0  # references and objects so far, and entries of the next object
    for begin in range(0, len(referents), PART):
        part = referents[begin : begin + PART]
        fences = part == np.uint64(fence)
        ends = np.flatnonzero(fences)
        if ended + len(ends) > len(ids):
            raise UnknotError("snapshot arrays do not match")
        starts = np.concatenate([[-rest], ends + 1])
        degrees[ended : ended + len(ends)] = ends - starts[:-1]
        rest = len(part) - int(starts[-1])
        found = numbers.find(part)
        known = np.flatnonzero(found >= 0)
        row = slice(count, count + len(known))
        if row.stop > most:
            raise UnknotError("snapshot arrays do not match")
        source = np.cumsum(fences, dtype=np.int32).take(known)
        positions[row] = np.minimum(known - starts.take(source), FAR)
        targets[row] = found.take(known)
        np.add(source, np.int32(ended), out=sources[row])
        count, ended = row.stop, ended + len(ends)
    if ended != len(ids) or rest:
        raise UnknotError("snapshot arrays do not match")
    return {
        "sources": sources[:count],
        "targets": targets[:count],
        "positions": positions[:count],
        "degrees": degrees,
    }


class Places:
    """Finds identities among ``ids``, which must be distinct.

    A hash table instead of a sort. The hash is the address without its alignment bits, so
    neighbours in memory are neighbours in the table. Where several identities have one hash, the
    table has one of them, complemented; the others are in a table of their own, whose hash is
    another, and which is asked for nothing else.
    """

    def __init__(self, ids: Identities, depth: int = 0) -> None:
        self._ids = ids
        self._depth = depth
        self._bits = max(1, (4 * len(ids)).bit_length())
        self._table = np.zeros(1 << self._bits, dtype=np.int32)
        numbers = np.arange(len(ids), dtype=np.int32)
        lost = np.zeros(len(ids), dtype=bool)
        for part in parts_of(ids):
            self._table[self._hash(ids[part])] = numbers[part]
        for part in parts_of(ids):
            np.not_equal(self._table.take(self._hash(ids[part])), numbers[part], out=lost[part])
        self._rest = numbers[lost]
        if len(self._rest):
            contested = self._hash(ids[self._rest])
            self._table[contested] = ~self._table[contested]
            self._others = Places(ids[self._rest], depth + 1)

    def find(self, wanted: Identities) -> Numbers:
        """(k,) the index of each of ``wanted``; -1 if it is not there."""
        if not len(self._ids):
            return np.full(len(wanted), -1, dtype=np.int32)
        if len(wanted) <= PART:
            return self._find(wanted)
        found = np.empty(len(wanted), dtype=np.int32)
        for part in parts_of(wanted):
            found[part] = self._find(wanted[part])
        return found

    def _find(self, wanted: Identities) -> Numbers:
        places = self._table.take(self._hash(wanted))
        if not len(self._rest):
            return self._confirm(places, wanted)
        shared = np.flatnonzero(places < 0)
        places[shared] = ~places[shared]
        places = self._confirm(places, wanted)
        shared = shared[places[shared] < 0]
        others = self._others.find(wanted[shared])
        hit = others >= 0
        places[shared[hit]] = self._rest[others[hit]]
        return places

    def _confirm(self, places: Numbers, wanted: Identities) -> Numbers:
        """The places at which ``wanted`` is; -1 for others."""
        return np.where(self._ids.take(places) == wanted, places, np.int32(-1))

    def _hash(self, identities: Identities) -> IntArray:
        """(k,) indices into the table."""
        if self._depth:
            hashes = identities * np.uint64(pow(ODD, self._depth, 1 << 64))
            hashes >>= np.uint64(64 - self._bits)
        else:
            hashes = identities >> np.uint64(ALIGNMENT)
            hashes &= np.uint64((1 << self._bits) - 1)
        return hashes.view(np.int64)


def match(ids: Identities, others: Identities) -> tuple[IntArray, Numbers]:
    """Indices of the identities that both have, ascending in ``ids``. Those of each are distinct.

    A sort of two large heaps, as of ``np.intersect1d`` and ``np.isin``, takes ten times as long.
    """
    found = Places(others).find(ids)
    known = np.flatnonzero(found >= 0)
    return known, found[known]

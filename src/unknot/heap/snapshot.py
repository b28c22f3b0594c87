"""A heap as arrays: objects are numbered 0 … n-1 and references are pairs of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from unknot.errors import UnknotError
from unknot.heap.adjacency import Adjacency

__all__ = ["Identities", "IntArray", "Mask", "Numbers", "Snapshot", "find_places"]

IntArray = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
Identities = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

DTYPES = {"ids": "u8", "types": "u8", "counts": "i8", "referents": "u8"}


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
    counts: IntArray
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
        raw = {
            name: np.frombuffer(buffer, dtype=DTYPES[name])
            for name, buffer in zip(fields, buffers, strict=True)
        }
        count = len(raw["ids"])
        fences = raw["referents"] == np.uint64(message["fence"])
        ends = np.flatnonzero(fences)
        if not (
            count == len(raw["types"]) == len(raw["counts"]) == len(ends)
            and (ends[-1] if count else -1) + 1 == len(fences)
        ):
            raise UnknotError("snapshot arrays do not match")
        type_ids = np.sort(np.array([int(key) for key in message["names"]], dtype=np.uint64))
        targets = find_places(raw["ids"], raw["referents"])
        known = np.flatnonzero(targets >= 0)
        return cls(
            ids=raw["ids"],
            type_names=tuple(message["names"][str(identity)] for identity in type_ids),
            types=np.searchsorted(type_ids, raw["types"]).astype(np.int32),
            counts=raw["counts"] - int(message["overhead"]),
            sources=np.cumsum(fences, dtype=np.int32)[known],
            targets=targets[known],
            python=tuple(map(int, message.get("python", ()))),
            degrees=np.diff(ends, prepend=-1).astype(np.uint32) - np.uint32(1),
        )


def find_places(ids: Identities, wanted: Identities) -> Numbers:
    """The index of each of ``wanted`` in ``ids``, which must be distinct; -1 if it is not there.

    Uses a hash table instead of a sort. The hash is the address without its alignment bits, so
    neighbours in memory are neighbours in the table. Of several identities with one hash, the
    table has one; the few others are found by bisection.
    """
    size = 1 << (8 * len(ids)).bit_length()
    table = np.zeros(size, dtype=np.int32)
    hashes = _hash(ids, size)
    table[hashes] = np.arange(len(ids), dtype=np.int32)
    places = table[_hash(wanted, size)]
    if not len(ids):
        return places - np.int32(1)
    places = np.where(ids[places] == wanted, places, np.int32(-1))
    rest = np.flatnonzero(ids[table[hashes]] != ids)
    if len(rest):
        rest = rest[np.argsort(ids[rest])]
        missing = np.flatnonzero(places < 0)
        found = rest[np.searchsorted(ids[rest], wanted[missing]).clip(max=len(rest) - 1)]
        hit = ids[found] == wanted[missing]
        places[missing[hit]] = found[hit]
    return places


def _hash(identities: Identities, size: int) -> IntArray:
    hashes = identities >> np.uint64(4)
    hashes &= np.uint64(size - 1)
    return hashes.view(np.int64)

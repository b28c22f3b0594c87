"""Tracked objects and the untracked objects reachable from them as arrays, with their sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from unknot.errors import UnknotError
from unknot.heap.snapshot import Identities, IntArray, Numbers, Places, Snapshot, locate

__all__ = ["Survey"]

DTYPES = {
    "ids": "u8",
    "types": "u8",
    "counts": "i8",
    "referents": "u8",
    "chunks": "u8",
    "sizes": "u8",
    "lengths": "u8",
    "keys": "u8",
}
INT = "builtins.int"
IMMORTAL = 1 << 31
"""Reference counts from this one on are not changed by references, and are no number of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """n objects, of which the first ``tracked`` are the collector's, and their m references."""

    type_names: tuple[str, ...]
    tracked: int
    ids: Identities
    types: Numbers
    """(n,) index into ``type_names``."""
    sizes: IntArray
    """(n,) bytes."""
    counts: IntArray
    """(n,) reference counts, without the references that the survey itself held."""
    degrees: npt.NDArray[np.uint32]
    """(n,) references of each to others of the n."""
    targets: Numbers
    """(m,) what they lead to, by source: what the collector visits, and then keys of dicts."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def sources(self) -> Numbers:
        """(m,) ascending."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.degrees)

    def all_objects(self, python: tuple[int, ...] = ()) -> Snapshot:
        """The n objects as a snapshot, in which they have the same places."""
        return Snapshot(
            ids=self.ids,
            type_names=self.type_names,
            types=self.types,
            counts=self.counts,
            sources=self.sources,
            targets=self.targets,
            degrees=self.degrees,
            python=python,
        )

    def tracked_objects(self, python: tuple[int, ...] = ()) -> Snapshot:
        """The tracked objects as a snapshot, in which they have the same places."""
        sources, end = self.sources, self.tracked
        inside = (sources < end) & (self.targets < end)
        return Snapshot(
            ids=self.ids[:end],
            type_names=self.type_names,
            types=self.types[:end],
            counts=self.counts[:end],
            sources=sources[inside],
            targets=self.targets[inside],
            degrees=self.degrees[:end],
            python=python,
        )

    def places_in(self, heap: Snapshot) -> IntArray:
        """(tracked,) the place of each tracked object in ``heap``; -1 if it has none."""
        return locate(self.ids[: self.tracked], heap.ids)

    def places_of(self, identities: Iterable[int]) -> IntArray:
        """(k,) the place here of each of those objects; -1 if it is not there."""
        return locate(np.fromiter(identities, dtype=np.uint64), self.ids)

    @classmethod
    def from_raw(cls, message: Mapping[str, Any], buffers: Sequence[bytes | bytearray]) -> Self:
        """The survey sent by an agent (:mod:`unknot.agent.survey`).

        Raises :class:`~unknot.errors.UnknotError` if the arrays do not match.
        """
        try:
            return cls._from_raw(message, buffers)
        except (IndexError, KeyError, ValueError) as error:
            raise UnknotError(f"survey arrays do not match: {error!r}") from error

    @classmethod
    def _from_raw(cls, message: Mapping[str, Any], buffers: Sequence[bytes | bytearray]) -> Self:
        raw = {
            name: np.frombuffer(buffer, dtype=dtype)
            for (name, dtype), buffer in zip(DTYPES.items(), buffers, strict=True)
        }
        ids: Identities = raw["ids"]
        if not len(ids) == len(raw["types"]) == len(raw["counts"]) == len(raw["sizes"]):
            raise ValueError("a column for each object has another length")
        if raw["chunks"].sum() != len(ids) or raw["lengths"].sum() != len(raw["keys"]):
            raise ValueError("chunks or lengths have another sum")
        type_ids = np.sort(np.array([int(key) for key in message["names"]], dtype=np.uint64))
        type_names = tuple(message["names"][str(identity)] for identity in type_ids)
        types = np.searchsorted(type_ids, raw["types"]).astype(np.int32)
        is_int = np.array([name == INT for name in type_names], dtype=bool)[types]
        headers = np.array([message["headers"][str(each)] for each in type_ids], dtype=np.int64)
        chunks = np.repeat(np.arange(len(raw["chunks"])), raw["chunks"].astype(np.int64))
        order = np.argsort(chunks * len(type_ids) + types, kind="stable")
        sizes = headers[types]
        sizes[order] += raw["sizes"].astype(np.int64)
        sizes[is_int] = np.maximum(sizes[is_int], int(message["integer"]))
        tracked = int(message["tracked"])
        is_mapping = np.isin(type_ids, np.array(message["mappings"], dtype=np.uint64))
        read = order[is_mapping[types[order]]].astype(np.int32)
        places = Places(ids)
        referents, keys = places.find(raw["referents"]), places.find(raw["keys"])
        fences = raw["referents"] == np.uint64(message["fence"])
        visited = np.diff(np.flatnonzero(fences), prepend=-1) - 1
        if len(visited) != len(ids) or not 0 <= tracked <= len(ids):
            raise ValueError("the referents are of other objects")
        mappings, lengths, keys = _in_order(read, raw["lengths"].astype(np.int64), keys)
        degrees, targets = _references(visited, referents[~fences], mappings, lengths, keys)
        counts = raw["counts"] - int(message["overhead"])
        listed = np.repeat(places.find(type_ids), np.bincount(types, minlength=len(type_ids)))
        for held in (referents, keys, listed):
            below = held[held >= tracked]
            below = below[counts[below] < IMMORTAL]
            counts -= np.bincount(below, minlength=len(ids))
        return cls(
            type_names=type_names,
            tracked=tracked,
            ids=ids,
            types=types,
            sizes=sizes,
            counts=counts,
            degrees=degrees.astype(np.uint32),
            targets=targets,
        )


def _references(
    visited: IntArray, referents: Numbers, mappings: Numbers, lengths: IntArray, keys: Numbers
) -> tuple[IntArray, Numbers]:
    """How many references each object has, and where they lead.

    The collector has ``visited`` so many ``referents`` of each; ``mappings`` have so many ``keys``.
    """
    size = len(visited)
    seen, seen_targets = _known(np.repeat(np.arange(size, dtype=np.int32), visited), referents)
    # Where not all keys of a dict are strings, the collector visits both keys and values.
    unvisited = visited[mappings] < 2 * lengths
    keyed, key_targets = _known(
        np.repeat(mappings[unvisited], lengths[unvisited]), keys[np.repeat(unvisited, lengths)]
    )
    seen_degrees = np.bincount(seen, minlength=size)
    key_degrees = np.bincount(keyed, minlength=size)
    # Both are in the order of the objects, so they are merged without a sort.
    targets = np.empty(len(seen) + len(keyed), dtype=np.int32)
    keys_before = np.cumsum(key_degrees) - key_degrees
    targets[np.arange(len(seen)) + np.repeat(keys_before, seen_degrees)] = seen_targets
    seen_until = np.cumsum(seen_degrees)
    targets[np.arange(len(keyed)) + np.repeat(seen_until, key_degrees)] = key_targets
    return seen_degrees + key_degrees, targets


def _in_order(
    mappings: Numbers, lengths: IntArray, keys: Numbers
) -> tuple[Numbers, IntArray, Numbers]:
    """Mappings, ascending, how many keys each has, and the keys."""
    order = np.argsort(mappings, kind="stable")
    starts = (np.cumsum(lengths) - lengths)[order]
    lengths = lengths[order]
    moved = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return mappings[order], lengths, keys[np.arange(len(keys)) + moved]


def _known(sources: Numbers, targets: Numbers) -> tuple[Numbers, Numbers]:
    """The references that lead to an object of the survey."""
    known = targets >= 0
    return sources[known], targets[known]

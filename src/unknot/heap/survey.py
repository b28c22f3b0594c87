"""Tracked objects and the untracked objects reachable from them as arrays, with their sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from unknot.heap.snapshot import Identities, IntArray, Numbers, Places

__all__ = ["Survey"]

DTYPES = {
    "ids": "u8",
    "types": "u8",
    "sizes": "u8",
    "counts": "i8",
    "referents": "u8",
    "mappings": "u8",
    "lengths": "u8",
    "keys": "u8",
}
INT = "builtins.int"


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

    @property
    def sources(self) -> Numbers:
        """(m,) ascending."""
        return np.repeat(np.arange(len(self.ids), dtype=np.int32), self.degrees)

    @classmethod
    def from_raw(cls, message: Mapping[str, Any], buffers: Sequence[bytes | bytearray]) -> Self:
        """The survey sent by an agent (:mod:`unknot.agent.survey`)."""
        raw = {
            name: np.frombuffer(buffer, dtype=dtype)
            for (name, dtype), buffer in zip(DTYPES.items(), buffers, strict=True)
        }
        ids: Identities = raw["ids"]
        type_ids = np.sort(np.array([int(key) for key in message["names"]], dtype=np.uint64))
        type_names = tuple(message["names"][str(identity)] for identity in type_ids)
        types = np.searchsorted(type_ids, raw["types"]).astype(np.int32)
        is_int = np.array([name == INT for name in type_names], dtype=bool)[types]
        sizes = raw["sizes"].astype(np.int64)
        sizes[is_int] = np.maximum(sizes[is_int], int(message["integer"]))
        degrees, targets = _references(ids, raw, np.uint64(message["fence"]))
        return cls(
            type_names=type_names,
            tracked=int(message["tracked"]),
            ids=ids,
            types=types,
            sizes=sizes,
            counts=raw["counts"] - int(message["overhead"]),
            degrees=degrees.astype(np.uint32),
            targets=targets,
        )


def _references(
    ids: Identities, raw: Mapping[str, npt.NDArray[Any]], fence: np.uint64
) -> tuple[IntArray, Numbers]:
    """How many references each object has, and where they lead."""
    places = Places(ids)
    fences = raw["referents"] == fence
    visited = np.diff(np.flatnonzero(fences), prepend=-1) - 1
    seen, seen_targets = _known(
        np.repeat(np.arange(len(ids), dtype=np.int32), visited),
        places.find(raw["referents"][~fences]),
    )
    # Where not all keys of a dict are strings, the collector visits both keys and values.
    lengths = raw["lengths"].astype(np.int64)
    holders = places.find(raw["mappings"])
    unvisited = visited[holders] < 2 * lengths
    keyed, key_targets = _known(
        np.repeat(holders[unvisited], lengths[unvisited]),
        places.find(raw["keys"][np.repeat(unvisited, lengths)]),
    )
    seen_degrees = np.bincount(seen, minlength=len(ids))
    key_degrees = np.bincount(keyed, minlength=len(ids))
    # Both are in the order of the objects, so they are merged without a sort.
    targets = np.empty(len(seen) + len(keyed), dtype=np.int32)
    keys_before = np.cumsum(key_degrees) - key_degrees
    targets[np.arange(len(seen)) + np.repeat(keys_before, seen_degrees)] = seen_targets
    seen_until = np.cumsum(seen_degrees)
    targets[np.arange(len(keyed)) + np.repeat(seen_until, key_degrees)] = key_targets
    return seen_degrees + key_degrees, targets


def _known(sources: Numbers, targets: Numbers) -> tuple[Numbers, Numbers]:
    """The references that lead to an object of the survey."""
    known = targets >= 0
    return sources[known], targets[known]

"""How many bytes go when some objects go: theirs, and those of all that only they keep.

Trial deletion again, downwards: an untracked object goes with the last object that refers to it,
so it goes where all its references come from what goes. Shared strings and interned names stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unknot.heap.snapshot import Identities, IntArray, Numbers, Snapshot, find_places

__all__ = ["Weights", "pair_up"]


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Some tracked objects, and all that is untracked below them; n in all."""

    ids: Identities
    sizes: IntArray
    """(n,) bytes."""
    counts: IntArray
    """(n,) reference counts."""
    tracked: int
    """How many are tracked; these come first."""
    sources: Numbers
    """(m,) ascending; the references among the n objects."""
    targets: Numbers

    @classmethod
    def from_raw(cls, message: Mapping[str, Any], buffers: Sequence[bytes | bytearray]) -> Weights:
        """What an agent sent (:mod:`unknot.agent.weights`)."""
        ids, sizes, counts, referents, mappings, keys = (
            np.frombuffer(buffer, dtype=dtype)
            for buffer, dtype in zip(buffers, ("u8", "u8", "i8", "u8", "u8", "u8"), strict=True)
        )
        fence = np.uint64(message["fence"])
        sources, targets = pair_up(ids, referents, fence)
        holders, named = pair_up(ids, keys, fence)
        holders = find_places(ids, mappings)[holders]
        order = np.argsort(np.append(sources, holders), kind="stable")
        return cls(
            ids=ids,
            sizes=sizes.astype(np.int64),
            counts=counts - int(message["overhead"]),
            tracked=int(message["tracked"]),
            sources=np.append(sources, holders)[order],
            targets=np.append(targets, named)[order],
        )

    def of(self, ids: Collection[int]) -> int:
        """Bytes that go when the tracked objects of those identities go."""
        return int(self.split(dict.fromkeys(ids, 0), 1)[0])

    def by_type(self, snapshot: Snapshot, numbers: IntArray) -> dict[str, int]:
        """Bytes that go when all those objects of a snapshot go, by the name of their type."""
        types, places = np.unique(snapshot.types[numbers], return_inverse=True)
        groups = dict(zip(snapshot.ids[numbers].tolist(), places.tolist(), strict=True))
        found: Counter[str] = Counter()
        for kind, weight in zip(types, self.split(groups, len(types)).tolist(), strict=True):
            found[snapshot.type_names[kind]] += weight
        return dict(found)

    def split(self, groups: Mapping[int, int], number: int) -> IntArray:
        """(number,) bytes that go when all those tracked objects go, by the group of each.

        ``groups`` has a group for each identity. An untracked object that several groups keep
        together counts for one of them, so the parts add up.
        """
        owner = np.array([groups.get(one, -1) for one in self.ids[: self.tracked].tolist()])
        owner = np.append(owner, np.full(len(self.ids) - self.tracked, -1)).astype(np.int64)
        while True:  # as often as untracked objects are nested
            freed = owner[self.sources] >= 0
            inside = np.bincount(self.targets[freed], minlength=len(owner))
            more = (inside >= self.counts) & (inside > 0) & (owner < 0)
            more[: self.tracked] = False
            if not more.any():
                break
            leads = np.flatnonzero(freed & more[self.targets])
            owner[self.targets[leads]] = owner[self.sources[leads]]
            more[self.targets[leads]] = False
            if more.any():  # nothing refers to it at all: it was gone when the agent looked
                break
        gone = owner >= 0
        weights = np.bincount(owner[gone], weights=self.sizes[gone], minlength=number)
        return weights.astype(np.int64)


def pair_up(ids: Identities, referents: Identities, fence: np.uint64) -> tuple[Numbers, Numbers]:
    """Which row each referent among ``ids`` is of, and its number; a fence ends a row."""
    fences = referents == fence
    targets = find_places(ids, referents)
    known = np.flatnonzero((targets >= 0) & ~fences)
    return np.cumsum(fences, dtype=np.int32)[known], targets[known]

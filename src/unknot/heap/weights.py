"""Counts the bytes freed with some objects: their own, and those of objects that only they hold.

This is trial deletion applied downwards: an untracked object is freed if all its references come
from freed objects. Shared strings and interned names stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from unknot.heap.snapshot import IntArray, Numbers, Snapshot
from unknot.heap.survey import Survey

__all__ = ["FolderNames", "Weights"]


class FolderNames(NamedTuple):
    """Names of folders where code lies, in strings."""

    size: int
    """Bytes."""
    strings: int
    """How many have some."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Some tracked objects and the untracked objects reachable from them, n in all."""

    places: IntArray
    """(tracked,) the place of each tracked object in ``whole`` ones of a snapshot; -1 if it has
    none."""
    whole: int
    sizes: IntArray
    """(n,) sizes in bytes."""
    counts: IntArray
    """(n,) reference counts."""
    tracked: int
    """Number of tracked objects, which come first."""
    sources: Numbers
    """(m,) ascending; the m references among the n objects."""
    targets: Numbers
    folders: Mapping[int, int] = field(default_factory=dict)
    """Of a string among the n, the bytes that are names of folders where code lies."""

    @classmethod
    def from_raw(
        cls, message: Mapping[str, Any], buffers: Sequence[bytes | bytearray], heap: Snapshot
    ) -> Weights:
        """The weights sent by an agent (:mod:`unknot.agent.survey`) of objects of ``heap``."""
        survey = Survey.from_raw(message, buffers)
        named = survey.places_of(map(int, message["folders"])).tolist()
        return cls(
            places=survey.places_in(heap),
            whole=len(heap),
            sizes=survey.sizes,
            counts=survey.counts,
            tracked=survey.tracked,
            sources=survey.sources,
            targets=survey.targets,
            folders=dict(zip(named, message["folders"].values(), strict=True)),
        )

    def of(self, places: Collection[int]) -> int:
        """Bytes freed with the objects at those places."""
        return int(self.split(dict.fromkeys(places, 0), 1)[0])

    def by_type(self, snapshot: Snapshot, numbers: IntArray | Numbers) -> dict[str, int]:
        """Bytes freed with all those objects of a snapshot, by type name."""
        types, kinds = np.unique(snapshot.types[numbers], return_inverse=True)
        groups = dict(zip(numbers.tolist(), kinds.tolist(), strict=True))
        found: Counter[str] = Counter()
        for kind, weight in zip(types, self.split(groups, len(types)).tolist(), strict=True):
            found[snapshot.type_names[kind]] += weight
        return dict(found)

    def split(self, groups: Mapping[int, int], number: int) -> IntArray:
        """(number,) bytes freed with all those tracked objects, by group.

        ``groups`` maps each place to its group. An untracked object that several groups hold
        together counts for one of them, so the parts add up.
        """
        owner = self._owners(groups)
        gone = owner >= 0
        weights = np.bincount(owner[gone], weights=self.sizes[gone], minlength=number)
        return weights.astype(np.int64)

    def folder_names(self, places: Collection[int]) -> FolderNames:
        """What is freed with the objects at those places."""
        if not self.folders:
            return FolderNames(0, 0)
        freed = self._owners(dict.fromkeys(places, 0)) >= 0
        sizes = [size for number, size in self.folders.items() if freed[number]]
        return FolderNames(sum(sizes), len(sizes))

    def _owners(self, groups: Mapping[int, int]) -> IntArray:
        """(n,) the group with which each object is freed, -1 where it is not."""
        group = np.full(self.whole + 1, -1, dtype=np.int64)  # the last entry is for place -1
        group[[*groups]] = [*groups.values()]
        owner = np.full(len(self.sizes), -1, dtype=np.int64)
        owner[: self.tracked] = group[self.places]
        grouped = np.flatnonzero(owner >= 0)
        while len(grouped):  # once per level of nested untracked objects
            freed = owner[self.sources] >= 0
            inside = np.bincount(self.targets[freed], minlength=len(owner))
            more = (inside >= self.counts) & (inside > 0) & (owner < 0)
            more[: self.tracked] = False
            if not more.any():
                break
            leads = np.flatnonzero(freed & more[self.targets])
            owner[self.targets[leads]] = owner[self.sources[leads]]
            more[self.targets[leads]] = False
            if more.any():  # freed before the agent looked: nothing refers to it
                break
        return owner

"""The heap of a process as it is kept: arrays of all objects, and the names of a few of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from unknot.heap import GarbageGraph, Snapshot, Traits
from unknot.heap.dominators import UNREACHED, Tree
from unknot.heap.holders import predecessors
from unknot.heap.labels import LabelledObject, parse_labels
from unknot.heap.snapshot import Identities, IntArray, Numbers
from unknot.heap.survey import Survey
from unknot.heap.weights import Weights
from unknot.records.look import Facts

__all__ = ["Dump", "RawTraits", "from_survey"]


@dataclass(frozen=True, eq=False)
class RawTraits:
    """What :meth:`unknot.heap.Traits.from_raw` reads."""

    texts: list[tuple[str, str, str, int, int]] = field(default_factory=list)
    columns: tuple[Identities, Identities, Identities] = field(
        default_factory=lambda: (np.zeros(0, np.uint64),) * 3
    )


@dataclass(frozen=True, eq=False)
class Dump:
    """n objects, of which the first ``tracked`` are the collector's, and their m references."""

    facts: Facts
    type_names: tuple[str, ...]
    tracked: int
    ids: Identities
    types: Numbers
    """(n,) index into ``type_names``."""
    sizes: IntArray
    counts: IntArray
    """(n,) reference counts."""
    degrees: npt.NDArray[np.uint32]
    """(n,) references of each."""
    targets: Numbers
    """(m,) what they lead to, by source."""
    raw_traits: RawTraits = field(default_factory=RawTraits)
    """Of the objects in cycles of garbage."""
    labels: list[dict[str, Any]] = field(default_factory=list)
    """Names of some objects and of their references, as the agent has them."""

    @cached_property
    def sources(self) -> Numbers:
        """(m,) ascending."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.degrees)

    @property
    def python(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.facts.python.split(".")[:2])

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def whole(self) -> Snapshot:
        """All objects, the untracked too."""
        return Snapshot(
            ids=self.ids,
            type_names=self.type_names,
            types=self.types,
            counts=self.counts,
            sources=self.sources,
            targets=self.targets,
            degrees=self.degrees,
            python=self.python,
        )

    @cached_property
    def ways(self) -> Tree:
        """A shortest way to each, from a module or else from what something outside holds."""
        before = predecessors(self.whole, np.zeros(len(self), dtype=bool))[:-1]
        return Tree(np.where(before < 0, UNREACHED, before).astype(np.int32))

    # What measuring asks of a process, answered from what is kept. Tracked objects come first, so
    # that places in either snapshot are places here.

    def snapshot(self, *, keep: bool = False) -> Snapshot:
        """The tracked objects."""
        inside = (self.sources < self.tracked) & (self.targets < self.tracked)
        return Snapshot(
            ids=self.ids[: self.tracked],
            type_names=self.type_names,
            types=self.types[: self.tracked],
            counts=self.counts[: self.tracked],
            sources=self.sources[inside],
            targets=self.targets[inside],
            degrees=self.degrees[: self.tracked],
            python=self.python,
        )

    def traits(self, graph: GarbageGraph) -> Traits:
        return Traits.from_raw(
            {"texts": self.raw_traits.texts},
            [column.tobytes() for column in self.raw_traits.columns],
        )

    def weigh(self, heap: Snapshot, places: Sequence[int]) -> Weights:
        return Weights(
            places=np.arange(self.tracked),
            whole=len(self),
            sizes=self.sizes,
            counts=self.counts,
            tracked=self.tracked,
            sources=self.sources,
            targets=self.targets,
        )

    @cached_property
    def names(self) -> Mapping[int, LabelledObject]:
        """The objects that have names, by place."""
        return parse_labels({"objects": self.labels}, self.whole)

    def label(self, heap: Snapshot, places: Iterable[int]) -> dict[int, LabelledObject]:
        return {each: self.names[each] for each in places if each in self.names}


def from_survey(facts: Facts, survey: Survey) -> Dump:
    """What a survey found, nothing of it named yet."""
    return Dump(
        facts=facts,
        type_names=survey.type_names,
        tracked=survey.tracked,
        ids=survey.ids,
        types=survey.types,
        sizes=survey.sizes,
        counts=survey.counts,
        degrees=survey.degrees,
        targets=survey.targets,
    )

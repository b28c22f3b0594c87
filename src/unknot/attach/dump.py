"""The dump of a process: arrays of all objects, and the names of a few of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from unknot.heap import GarbageGraph, Snapshot, Traits, parse_labels
from unknot.heap.dominators import UNREACHED, Tree
from unknot.heap.holders import predecessors
from unknot.heap.labels import LabelledObject
from unknot.heap.survey import Survey
from unknot.heap.weights import Weights
from unknot.measuring.heap_duties import Labelled
from unknot.records.look import Facts

__all__ = ["NO_TRAITS", "Dump"]


NO_TRAITS = Traits((), np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32))


@dataclass(frozen=True, eq=False)
class Dump:
    """A survey of a process, and the names of some of its objects."""

    facts: Facts
    survey: Survey
    named: Traits = NO_TRAITS
    """Of the objects in cycles of garbage."""
    labels: list[Labelled] = field(default_factory=list)

    @property
    def python(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.facts.python.split(".")[:2])

    def __len__(self) -> int:
        return len(self.survey)

    def type_name(self, place: int) -> str:
        return self.survey.type_names[int(self.survey.types[place])]

    @cached_property
    def whole(self) -> Snapshot:
        """All objects, the untracked too."""
        return self.survey.all_objects(self.python)

    @cached_property
    def ways(self) -> Tree:
        """A shortest way to each, from a module or else from what something outside holds."""
        before = predecessors(self.whole, np.zeros(len(self), dtype=bool))[:-1]
        return Tree(np.where(before < 0, UNREACHED, before).astype(np.int32))

    # The interface of :class:`unknot.measuring.probe.Heap`. Tracked objects come first, so that
    # places in either snapshot are places here.

    def snapshot(self, *, keep: bool = False) -> Snapshot:
        """The tracked objects."""
        return self.survey.tracked_objects(self.python)

    def traits(self, graph: GarbageGraph) -> Traits:
        return self.named

    def weigh(self, heap: Snapshot, places: Sequence[int]) -> Weights:
        return Weights(
            places=np.arange(self.survey.tracked),
            whole=len(self),
            sizes=self.survey.sizes,
            counts=self.survey.counts,
            tracked=self.survey.tracked,
            sources=self.whole.sources,
            targets=self.survey.targets,
        )

    @cached_property
    def names(self) -> Mapping[int, LabelledObject]:
        """The objects that have names, by place."""
        return parse_labels({"objects": self.labels}, self.whole)

    def label(self, heap: Snapshot, places: Iterable[int]) -> dict[int, LabelledObject]:
        return {each: self.names[each] for each in places if each in self.names}

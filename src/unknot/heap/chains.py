"""A chain of references from a root to an object, shown in the same form as a cycle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from unknot.heap.folding import CONTAINERS, Folded, fold
from unknot.heap.labels import ANY, UNKNOWN, LabelledObject, Labels, Reference, unlabelled
from unknot.heap.paths import PathStep, obscurity
from unknot.heap.sample import Sample
from unknot.heap.snapshot import Snapshot

__all__ = ["AGENT", "Chain", "read_chain"]

ITEM = Reference(0, "item")
AGENT = "unknot_agent."
"""Prefix of the agent's own types, which are left out of reports."""


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """A sequence of objects, each referring to the next."""

    objects: tuple[LabelledObject, ...]
    references: tuple[Reference, ...]
    """One fewer than the objects."""

    def __add__(self, other: Chain) -> Chain:
        """The chain continued by ``other``, whose first object is the last one of this chain."""
        return Chain(self.objects + other.objects[1:], self.references + other.references)

    @property
    def steps(self) -> tuple[PathStep, ...]:
        """The references as a person would write them, with the interpreter's plumbing folded."""
        folded = self._fold()
        steps: list[PathStep] = []
        at, last = 0, len(self.objects) - 1
        while at < last:
            (step,) = folded.steps(at)
            steps.append(PathStep(folded.title(at), step.label, folded.title(step.target)))
            at = step.target
        return tuple(steps)

    @property
    def obscurity(self) -> int:
        """The obscurity of the last object (see :func:`~unknot.heap.paths.obscurity`)."""
        return obscurity(self._fold(), len(self.objects) - 1)

    def _fold(self) -> Folded:
        size = len(self.objects)
        places = np.arange(size, dtype=np.int32)
        sample = Sample(
            size=size,
            total=size,
            objects=list(self.objects),
            colours=np.zeros(size, dtype=np.uint64),
            sources=places[:-1],
            targets=places[1:],
            references=list(self.references),
            out=[*([number] for number in range(size - 1)), []],
            into=[[], *([number] for number in range(size - 1))],
        )
        folded = fold(sample)
        roles = ["", *folded.roles[1:-1], ""]  # the ends are always shown
        return replace(folded, roles=roles[:size])


def read_chain(
    snapshot: Snapshot, numbers: Sequence[int], labels: Labels, *, any_key: int | None = None
) -> Chain:
    """The chain of those objects, without the agent's own objects at its head.

    The key or name of reference number ``any_key`` differs in every operation and is left out.
    """
    objects = tuple(_look_up(snapshot, number, labels) for number in numbers)
    references = [
        _find_reference(one, target)
        for one, (_, target) in zip(objects, pairwise(numbers), strict=False)
    ]
    if any_key is not None and references[any_key].name is not None:
        references[any_key] = references[any_key]._replace(name=ANY)
    own = [one.type.startswith(AGENT) for one in objects]
    begin = own.index(False) if False in own else len(own) - 1
    return Chain(objects[begin:], tuple(references[begin:]))


def _look_up(snapshot: Snapshot, number: int, labels: Labels) -> LabelledObject:
    """The agent's label for the object, or its type alone if the object no longer existed."""
    return labels.get(number) or unlabelled(snapshot.type_names[snapshot.types[number]])


def _find_reference(holder: LabelledObject, wanted: int) -> Reference:
    """Untracked objects have no names; what a container holds is one of its items at least."""
    named = (one for one in holder.references if one.to == wanted)
    return next(named, ITEM if holder.type in CONTAINERS else UNKNOWN)

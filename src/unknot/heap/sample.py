"""One copy of a kind of cycle as a small graph whose objects and references have names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from unknot.heap.colours import Colours
from unknot.heap.cycles import Kind
from unknot.heap.graph import Mask
from unknot.heap.labels import UNKNOWN, LabelledObject, Labels, Reference, unlabelled
from unknot.heap.snapshot import Numbers

__all__ = ["Sample", "draw_sample", "inner_references"]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A component and what hangs from it: objects 0 … n-1, the component's own come first."""

    size: int
    """Objects in the component."""
    total: int
    """n, what hangs from it included."""
    objects: list[LabelledObject]
    """(size,) an object that the agent did not find any more has its type and nothing else."""
    labelled: list[bool]
    colours: Colours
    """(size,)"""
    sources: Numbers
    targets: Numbers
    """(m,) references; those inside the component come first."""
    references: list[Reference]
    """Names of the references inside the component."""
    out: list[list[int]]
    into: list[list[int]]
    """(size,) numbers of the references inside the component, by source and by target."""

    def ends(self, reference: int) -> tuple[int, int]:
        return int(self.sources[reference]), int(self.targets[reference])


def draw_sample(kind: Kind, copy: int, labels: Labels) -> Sample:
    """One copy, with the names that the agent gave its references."""
    members, hanging = kind.members[copy], kind.hanging_from(copy)
    sources, targets = inner_references(kind, np.concatenate([members, hanging]))
    size = len(members)
    inside = (sources < size) & (targets < size)
    order = np.concatenate([np.flatnonzero(inside), np.flatnonzero(~inside)])
    sources, targets = sources[order], targets[order]
    ids = kind.ids(copy)
    snapshot = kind.graph.snapshot
    types = snapshot.types[kind.graph.numbers[members]].tolist()
    objects = [
        (labels.get(identity) or unlabelled(snapshot.type_names[number])).without(kind.passing)
        for identity, number in zip(ids, types, strict=True)
    ]
    count = int(inside.sum())
    pairs = list(zip(sources[:count].tolist(), targets[:count].tolist(), strict=True))
    out: list[list[int]] = [[] for _ in range(size)]
    into: list[list[int]] = [[] for _ in range(size)]
    for number, (source, target) in enumerate(pairs):
        out[source].append(number)
        into[target].append(number)
    return Sample(
        size=size,
        total=size + len(hanging),
        objects=objects,
        labelled=[identity in labels for identity in ids],
        colours=kind.colouring.colours[members],
        sources=sources,
        targets=targets,
        references=_name(pairs, ids, objects),
        out=out,
        into=into,
    )


def inner_references(kind: Kind, objects: Numbers) -> tuple[Numbers, Numbers]:
    """The references among ``objects``, as places in it, by source and in the source's order."""
    graph = kind.graph
    order = np.argsort(objects, kind="stable")
    ascending = objects[order]
    first = np.searchsorted(graph.sources, ascending, side="left")
    last = np.searchsorted(graph.sources, ascending, side="right")
    lengths = last - first
    starts = np.cumsum(lengths) - lengths
    rows = np.repeat(first - starts, lengths) + np.arange(int(lengths.sum()))
    sources = np.repeat(order, lengths)
    place = np.searchsorted(ascending, graph.targets[rows])
    place[place == len(ascending)] = 0
    inside: Mask = ascending[place] == graph.targets[rows]
    return sources[inside].astype(np.int32), order[place[inside]].astype(np.int32)


def _name(
    pairs: list[tuple[int, int]], ids: list[int], objects: list[LabelledObject]
) -> list[Reference]:
    """Give each reference of the snapshot the name that the agent gave it.

    Of several from one object to another, the first gets the first name, and so on.
    """
    names: defaultdict[tuple[int, int], list[Reference]] = defaultdict(list)
    places = {identity: place for place, identity in enumerate(ids)}
    for source, found in enumerate(objects):
        for reference in found.references:
            target = places.get(reference.to)
            if target is not None:
                names[source, target].append(reference)
    named = []
    for pair in pairs:
        waiting = names.get(pair)
        named.append(waiting.pop(0) if waiting else UNKNOWN)
    return named

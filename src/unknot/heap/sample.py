"""One copy of a kind of cycle as a small graph with labelled objects and references."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from unknot.heap.colours import Colours
from unknot.heap.cycles import Kind
from unknot.heap.labels import UNKNOWN, LabelledObject, Labels, Reference, unlabelled
from unknot.heap.snapshot import Mask, Numbers

__all__ = ["Sample", "draw_sample", "inner_references"]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A component and what hangs from it: n objects, of which the component's come first."""

    size: int
    """Objects in the component."""
    total: int
    """n, including what hangs from the component."""
    objects: list[LabelledObject]
    """(size,) objects that no longer existed when the agent looked have only a type."""
    colours: Colours
    """(size,)"""
    sources: Numbers
    targets: Numbers
    """(m,) references, of which those inside the component come first."""
    references: list[Reference]
    """(k,) labels of the k references inside the component."""
    out: list[list[int]]
    into: list[list[int]]
    """(size,) numbers of the references inside the component, by source and by target."""

    def ends(self, reference: int) -> tuple[int, int]:
        return int(self.sources[reference]), int(self.targets[reference])


def draw_sample(kind: Kind, copy: int, labels: Labels) -> Sample:
    """One copy, with the labels that the agent gave its references."""
    members, hanging = kind.members[copy], kind.hanging_from(copy)
    sources, targets = inner_references(kind, np.concatenate([members, hanging]))
    size = len(members)
    inside = (sources < size) & (targets < size)
    order = np.concatenate([np.flatnonzero(inside), np.flatnonzero(~inside)])
    sources, targets = sources[order], targets[order]
    places = kind.places(copy)
    snapshot = kind.graph.snapshot
    types = snapshot.types[kind.graph.numbers[members]].tolist()
    objects = [
        (labels.get(place) or unlabelled(snapshot.type_names[number])).without(kind.varying)
        for place, number in zip(places, types, strict=True)
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
        colours=kind.colouring.colours[members],
        sources=sources,
        targets=targets,
        references=_label(pairs, places, objects),
        out=out,
        into=into,
    )


def inner_references(kind: Kind, objects: Numbers) -> tuple[Numbers, Numbers]:
    """The references among ``objects``, as indices into it, in the order of the snapshot."""
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


def _label(
    pairs: list[tuple[int, int]], places: list[int], objects: list[LabelledObject]
) -> list[Reference]:
    """The agent's label for each reference of the snapshot.

    Several references from one object to another are matched in order.
    """
    names: defaultdict[tuple[int, int], list[Reference]] = defaultdict(list)
    numbers = {place: number for number, place in enumerate(places)}
    for source, found in enumerate(objects):
        for reference in found.references:
            target = numbers.get(reference.to)
            if target is not None:
                names[source, target].append(reference)
    named = []
    for pair in pairs:
        waiting = names.get(pair)
        named.append(waiting.pop(0) if waiting else UNKNOWN)
    return named

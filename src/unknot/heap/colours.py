"""Colours of objects: equal if two objects have the same role in equal cycles.

Weisfeiler and Lehman's colour refinement with 64-bit hashes of type names and, if traits of the
objects are known, of their code and the names of their references.

A name that differs in every copy, such as a key made from a number, is data. Such names are
detected by how rarely they are repeated and left out, so that the copies remain one kind.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from unknot.heap.graph import GarbageGraph
from unknot.heap.snapshot import IntArray, Mask, Numbers, Places, parts_of
from unknot.heap.traits import Trait, Traits

__all__ = ["Colouring", "Colours", "colour_by_shape", "colour_by_traits", "colour_components"]

Colours: TypeAlias = npt.NDArray[np.uint64]

ROUNDS = 3
"""Rounds of colour refinement: the distance, in references, that a colour depends on."""

OUT, IN = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
"""Weights by direction; random, so that sums of a few colours do not collide."""

MOST_NAMES = 12
"""Number of names in one place of a cycle up to which each is a kind, however rare it is."""
RARE = 0.25
"""Copies per operation up to which a name may be data."""
UNREPEATED = 3
"""Number of names, none of them repeated, from which the names are data."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacedTraits:
    """The traits of objects in a graph."""

    sources: Numbers
    targets: Numbers
    """(k,) numbers of objects, as in the graph."""
    numbers: Numbers
    """(k,) index into ``Traits.found``."""

    def select(self, kept: Mask) -> tuple[Numbers, Numbers, Numbers]:
        """The arrays, without copying them if all is kept."""
        if kept.all():
            return self.sources, self.targets, self.numbers
        return self.sources[kept], self.targets[kept], self.numbers[kept]


@dataclass(frozen=True, slots=True, eq=False)
class WeightedReferences:
    """References inside a component that have a name."""

    sources: Numbers
    targets: Numbers
    names: Numbers
    """(k,) index of each one's name."""
    hashes: Colours
    """By name."""

    def add_to(self, sums: Colours, colours: Colours) -> None:
        """Adds to the sum of each end the weighted colour of the other."""
        for part in parts_of(self.sources):
            source, target = self.sources[part], self.targets[part]
            weights = self.hashes[self.names[part]]
            np.add.at(sums, source, IN * (weights * colours[target]))
            np.add.at(sums, target, OUT * (weights * colours[source]))


@dataclass(frozen=True, slots=True, eq=False)
class Colouring:
    """The colour of each of the g objects of a graph."""

    colours: Colours
    """(g,)"""
    codes: IntArray
    """(g,) index into ``traits`` of the object's code; -1 if it has none or the code is data."""
    traits: tuple[Trait, ...] = ()
    varying: dict[int, frozenset[str]] = field(default_factory=dict)
    """By component, the names that differ in every copy."""


def colour_by_shape(graph: GarbageGraph) -> Colouring:
    """Colours by type names and by references inside a component."""
    colours = _refine(_colour_types(graph), graph)
    return Colouring(colours, np.full(len(colours), -1, dtype=np.int64))


def colour_by_traits(graph: GarbageGraph, traits: Traits, ops: int) -> Colouring:
    """Colours by type names, references, and those traits that recur over ``ops`` operations."""
    traced = _trace(graph, traits)
    first = _colour(graph, traits, traced)
    sums = colour_components(graph, first.colours)[graph.components]
    copies = np.unique(sums, return_counts=True)[1]
    if copies.min(initial=ops + 1) > RARE * ops:  # a name is at least as frequent as its copy
        return first
    data, varying = _find_data(graph, traits, traced, ops)
    if not data.any():
        return first
    kept = PlacedTraits(traced.sources[~data], traced.targets[~data], traced.numbers[~data])
    return replace(_colour(graph, traits, kept), varying=varying)


def colour_components(graph: GarbageGraph, colours: Colours) -> Colours:
    """(components,) one colour for each component."""
    return _mix(_sum_into(graph.component, colours, graph.count))


def _trace(graph: GarbageGraph, traits: Traits) -> PlacedTraits:
    """The traits of objects in the graph and of references inside a component."""
    places = Places(graph.ids)
    placed = []
    for part in parts_of(traits.sources):
        source, target = places.find(traits.sources[part]), places.find(traits.targets[part])
        inside = graph.component[source] == graph.component[target]
        inside &= (source >= 0) & (target >= 0)
        placed.append((source[inside], target[inside], traits.numbers[part][inside]))
    none = np.zeros(0, dtype=np.int32)
    sources, targets, numbers = map(np.concatenate, zip((none,) * 3, *placed, strict=True))
    # An object with a variable in a cell refers to the cell, not to the value.
    in_cell = np.array([each.kind == "cell" for each in traits.found], dtype=bool)[numbers]
    return PlacedTraits(sources, np.where(in_cell, sources, targets), numbers)


def _colour(graph: GarbageGraph, traits: Traits, traced: PlacedTraits) -> Colouring:
    hashes = np.array([_hash_text(repr(tuple(each))) for each in traits.found], dtype=np.uint64)
    size = len(graph.numbers)
    alone = np.array([each.kind != "name" for each in traits.found], dtype=bool)[traced.numbers]
    colours = _colour_types(graph)
    colours += _sum_into(traced.sources[alone], hashes[traced.numbers[alone]], size)
    named = WeightedReferences(*traced.select(~alone), hashes)
    is_code = np.array([each.kind == "code" for each in traits.found], dtype=bool)[traced.numbers]
    codes = np.full(size, -1, dtype=np.int64)
    codes[traced.sources[is_code]] = traced.numbers[is_code]
    return Colouring(_refine(_mix(colours), graph, named), codes, traits.found)


def _find_data(
    graph: GarbageGraph, traits: Traits, traced: PlacedTraits, ops: int
) -> tuple[Mask, dict[int, frozenset[str]]]:
    """(k,) mask of the traits that are data, and their names by component.

    Traits in the same place of components of one shape are compared. Traits that every copy has
    are not data, however many there are: a ring of a thousand entries is one cycle.
    """
    shape = colour_by_shape(graph).colours
    of_component = colour_components(graph, shape)
    component = graph.component[traced.sources]
    kinds = np.array([_hash_text(each.kind) for each in traits.found], dtype=np.uint64)
    place = _mix(_mix(shape[traced.sources]) + OUT * shape[traced.targets])
    place = _mix(place ^ of_component[component]) + kinds[traced.numbers]
    place = np.unique(place, return_inverse=True)[1].astype(np.int64)
    rows = np.stack([place, traced.numbers, component.astype(np.int64)], axis=1)
    once, back = np.unique(rows, axis=0, return_inverse=True)  # one row per trait and copy
    pairs, pair_of, having = np.unique(once[:, :2], axis=0, return_inverse=True, return_counts=True)
    shapes, copies = np.unique(of_component[graph.components], return_counts=True)
    of_pair = np.zeros(len(pairs), dtype=np.int64)
    of_pair[pair_of] = copies[np.searchsorted(shapes, of_component[once[:, 2]])]
    lasting = np.array([each.is_lasting for each in traits.found], dtype=bool)
    varies = (having < of_pair) & (having <= RARE * ops) & ~lasting[pairs[:, 1]]
    size = int(place.max(initial=-1)) + 1
    different = np.bincount(pairs[varies, 0], minlength=size)
    total = np.bincount(pairs[varies, 0], weights=having[varies], minlength=size)
    endless = (different > MOST_NAMES) | ((different == total) & (different >= UNREPEATED))
    data: Mask = (varies & endless[pairs[:, 0]])[pair_of][back.ravel()]
    return data, _names_by_component(graph, traits.found, traced, data, of_component)


def _names_by_component(
    graph: GarbageGraph, found: tuple[Trait, ...], traced: PlacedTraits, data: Mask, shapes: Colours
) -> dict[int, frozenset[str]]:
    by_shape: defaultdict[int, set[str]] = defaultdict(set)
    component = graph.component[traced.sources[data]]
    for shape, number in zip(
        shapes[component].tolist(), traced.numbers[data].tolist(), strict=True
    ):
        by_shape[shape].add(found[number].name)
    names = {shape: frozenset(some) for shape, some in by_shape.items()}
    places = {shape: np.flatnonzero(shapes == np.uint64(shape)).tolist() for shape in names}
    return {each: names[shape] for shape, some in places.items() for each in some}


def _colour_types(graph: GarbageGraph) -> Colours:
    snapshot = graph.snapshot
    names = {name: _hash_text(name) for name in set(snapshot.type_names)}
    by_type = np.array([names[name] for name in snapshot.type_names], dtype=np.uint64)
    colours: Colours = by_type[snapshot.types[graph.numbers]]
    return colours


def _inner_references(graph: GarbageGraph) -> tuple[Numbers, Numbers]:
    """Sources and targets of the references inside a component."""
    near = graph.component[graph.sources] == graph.component[graph.targets]
    return graph.sources[near], graph.targets[near]


def _refine(
    colours: Colours, graph: GarbageGraph, named: WeightedReferences | None = None
) -> Colours:
    """Colours refined by references, and by ``named`` references, weighted by name hashes.

    ``colours`` is modified.
    """
    sources, targets = _inner_references(graph)
    if not len(sources):
        return colours
    near = np.empty_like(colours)
    for _ in range(ROUNDS):  # sums wrap around; duplicate references count each time
        near[:] = colours
        for part in parts_of(sources):
            source, target = sources[part], targets[part]
            np.add.at(near, source, OUT * colours[target])
            np.add.at(near, target, IN * colours[source])
        if named is not None:
            named.add_to(near, colours)
        _mix(near, out=colours)
    return colours


def _hash_text(text: str) -> int:
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def _mix(values: Colours, out: Colours | None = None) -> Colours:
    """The finalizer of splitmix64 (Steele, Lea and Flood, 2014). ``values`` is not modified."""
    mixed = np.empty_like(values) if out is None else out
    for part in parts_of(values):
        some = values[part]
        some = some ^ (some >> np.uint64(30))
        some *= np.uint64(0xBF58476D1CE4E5B9)
        some ^= some >> np.uint64(27)
        some *= np.uint64(0x94D049BB133111EB)
        np.bitwise_xor(some, some >> np.uint64(31), out=mixed[part])
    return mixed


def _sum_into(places: Numbers, values: Colours, size: int) -> Colours:
    """(size,) sums of ``values`` by place, in 64 bits where ``bincount`` has 53."""
    sums = np.zeros(size, dtype=np.uint64)
    for part in parts_of(values):
        np.add.at(sums, places[part], values[part])
    return sums

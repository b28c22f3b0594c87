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
from typing import NamedTuple, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from unknot.heap.graph import GarbageGraph
from unknot.heap.snapshot import FAR, IntArray, Mask, Numbers, parts_of
from unknot.heap.traits import PositionedNames, Trait, Traits

__all__ = ["Colouring", "Colours", "Kinds", "colour_by_shape", "colour_by_traits"]

Colours: TypeAlias = npt.NDArray[np.uint64]
Names: TypeAlias = Numbers | npt.NDArray[np.int16]

ROUNDS = 3
"""Rounds of colour refinement: the distance, in references, that a colour depends on."""

OUT, IN = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
"""Weights by direction; random, so that sums of a few colours do not collide."""

NAMELESS, OUTSIDE = -1, -2
"""Of references without a name, and of those that lead out of a component: places of their weights
from the end."""

MOST_NAMES = 12
"""Number of names in one place of a cycle up to which each is a kind, however rare it is."""
RARE = 0.25
"""Copies per operation up to which a name may be data."""
UNREPEATED = 3
"""Number of names, none of them repeated, from which the names are data."""


@dataclass(frozen=True, slots=True, eq=False)
class NamedReferences:
    """References, and which of them have a name."""

    sources: Numbers
    targets: Numbers
    names: Names
    """(k,) index of each one's name; ``NAMELESS`` if it has none, ``OUTSIDE`` if it leads out of a
    component."""

    def add_to(self, sums: Colours, colours: Colours, outward: Colours, inward: Colours) -> None:
        """Adds to the sum of each end the colour of the other, weighted by direction and name.

        The last of the weights are of references that lead out of a component, and of those without
        a name.
        """
        for part in parts_of(self.sources):
            source, target = self.sources[part], self.targets[part]
            name = self.names[part]
            np.add.at(sums, source, outward.take(name) * colours.take(target))
            np.add.at(sums, target, inward.take(name) * colours.take(source))

    def select(self, kept: Mask) -> NamedReferences:
        return NamedReferences(self.sources[kept], self.targets[kept], self.names[kept])


@dataclass(frozen=True, slots=True, eq=False)
class PlacedTraits:
    """The traits of objects in a graph."""

    references: NamedReferences
    """All references of the graph, those that are named by their position with the name."""
    others: NamedReferences
    """Traits besides: an object, what it refers to or itself again, and an index into ``found``."""

    def spread(self) -> NamedReferences:
        """All traits."""
        named = self.references.names >= 0
        if not named.any():
            return self.others
        both = (self.references.select(named), self.others)
        return NamedReferences(
            *(
                np.concatenate([getattr(each, column) for each in both])
                for column in ("sources", "targets", "names")
            )
        )


class Kinds(NamedTuple):
    """The distinct colours of cycles."""

    colours: Colours
    """(kinds,) ascending."""
    numbers: IntArray
    """(cycles,) index into ``colours``, in the order of ``GarbageGraph.components``."""
    copies: IntArray
    """(kinds,) how many cycles have it."""


@dataclass(frozen=True, slots=True, eq=False)
class Colouring:
    """The colour of each of the g objects of a graph."""

    colours: Colours
    """(g,)"""
    codes: Numbers
    """(g,) index into ``traits`` of the object's code; -1 if it has none or the code is data."""
    kinds: Kinds
    traits: tuple[Trait, ...] = ()
    varying: dict[int, frozenset[str]] = field(default_factory=dict)
    """By component, the names that differ in every copy."""


def colour_by_shape(graph: GarbageGraph) -> Colouring:
    """Colours by type names and by references inside a component."""
    references, none = _references(graph), np.zeros(0, dtype=np.uint64)
    colours = _refine(_colour_types(graph), references, none)
    return Colouring(colours, _no_codes(len(colours)), _find_kinds(graph, colours))


def colour_by_traits(graph: GarbageGraph, traits: Traits, ops: int) -> Colouring:
    """Colours by type names, references, and those traits that recur over ``ops`` operations."""
    traced = _trace(graph, traits)
    first = _colour(graph, traits, traced)
    if first.kinds.copies.min(initial=ops + 1) > RARE * ops:
        return first  # a name is at least as frequent as its copy
    spread = traced.spread()
    data, varying = _find_data(graph, traits, spread, ops)
    if not data.any():
        return first
    kept = PlacedTraits(_references(graph), spread.select(~data))
    return replace(_colour(graph, traits, kept), varying=varying)


def colour_components(graph: GarbageGraph, colours: Colours) -> Colours:
    """(components,) one colour for each component."""
    return _mix(_sum_into(graph.component, colours, graph.count))


def _find_kinds(graph: GarbageGraph, colours: Colours) -> Kinds:
    of_cycles = colour_components(graph, colours).take(graph.components)
    ordered = np.sort(of_cycles)  # np.unique sorts indices, which takes six times as long
    distinct = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    numbers = np.searchsorted(distinct, of_cycles)
    return Kinds(distinct, numbers, np.bincount(numbers, minlength=len(distinct)))


def _references(
    graph: GarbageGraph, positioned: tuple[PositionedNames, ...] = ()
) -> NamedReferences:
    """The references of the graph, and the names of those that have one by position.

    All of them, as copies of those inside a component would be as large.
    """
    named = bool(positioned) and len(graph.positions) > 0
    row_of, table = _tabulate(graph, positioned if named else ())
    names = np.empty(len(graph.sources), dtype=table.dtype)
    for part in parts_of(names):
        source, target = graph.sources[part], graph.targets[part]
        found: Names = table[:1]
        if named:
            places = row_of.take(source) * np.int32(FAR + 1)
            places += graph.positions[part]
            found = table.take(places)
        outside = graph.component.take(source) != graph.component.take(target)
        names[part] = np.where(outside, table.dtype.type(OUTSIDE), found)
    return NamedReferences(graph.sources, graph.targets, names)


def _tabulate(graph: GarbageGraph, positioned: tuple[PositionedNames, ...]) -> tuple[Names, Names]:
    """(g,) the row of each object in a table of names by position; the first row has none.

    A row has ``FAR + 1`` positions. They follow one another in the table.
    """
    snapshot = graph.snapshot
    most = max([len(positioned), *(number for each in positioned for _, number in each.names)])
    dtype = np.int16 if most <= np.iinfo(np.int16).max else np.int32
    table = np.full((len(positioned) + 1, FAR + 1), NAMELESS, dtype=dtype)
    row_of_kind = np.zeros((len(snapshot.type_names), FAR + 1), dtype=dtype)
    for row, each in enumerate(positioned, start=1):
        if each.degree < FAR:
            row_of_kind[each.type, each.degree] = row
            positions, names = zip(*each.names, strict=True)
            table[row, list(positions)] = names
    row_of = np.zeros(len(graph.numbers) if positioned else 0, dtype=dtype)
    for part in parts_of(row_of):
        numbers = graph.numbers[part]
        kinds = snapshot.types.take(numbers) * np.int32(FAR + 1)
        kinds += np.minimum(snapshot.degrees.take(numbers), FAR).astype(np.int32)
        row_of[part] = row_of_kind.ravel().take(kinds)
    return cast(Names, row_of), cast(Names, table.ravel())


def _trace(graph: GarbageGraph, traits: Traits) -> PlacedTraits:
    """The traits of objects in the graph and of references inside a component."""
    placed = []
    renumbered = graph.renumbered() if len(traits.sources) else np.zeros(0, dtype=np.int32)
    for part in parts_of(traits.sources):
        source, target = renumbered[traits.sources[part]], renumbered[traits.targets[part]]
        inside = graph.component[source] == graph.component[target]
        inside &= (source >= 0) & (target >= 0)
        placed.append((source[inside], target[inside], traits.numbers[part][inside]))
    none = np.zeros(0, dtype=np.int32)
    sources, targets, numbers = map(np.concatenate, zip((none,) * 3, *placed, strict=True))
    # An object with a variable in a cell refers to the cell, not to the value.
    in_cell = np.array([each.kind == "cell" for each in traits.found], dtype=bool)[numbers]
    others = NamedReferences(sources, np.where(in_cell, sources, targets), numbers)
    return PlacedTraits(_references(graph, traits.positioned), others)


def _colour(graph: GarbageGraph, traits: Traits, traced: PlacedTraits) -> Colouring:
    hashes = np.array([_hash_text(repr(tuple(each))) for each in traits.found], dtype=np.uint64)
    size = len(graph.numbers)
    others = traced.others
    alone = np.array([each.kind != "name" for each in traits.found], dtype=bool)[others.names]
    colours = _colour_types(graph)
    colours += _sum_into(others.sources[alone], hashes[others.names[alone]], size)
    is_code = np.array([each.kind == "code" for each in traits.found], dtype=bool)[others.names]
    codes = _no_codes(size)
    if is_code.any():
        codes = codes.copy()
        codes[others.sources[is_code]] = others.names[is_code]
    named = others.select(~alone)
    colours = _refine(_mix(colours, out=colours), traced.references, hashes, named)
    return Colouring(colours, codes, _find_kinds(graph, colours), traits.found)


def _no_codes(size: int) -> Numbers:
    """(size,) -1, in no memory."""
    return np.broadcast_to(np.int32(-1), (size,))


def _find_data(
    graph: GarbageGraph, traits: Traits, traced: NamedReferences, ops: int
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
    place = _mix(place ^ of_component[component]) + kinds[traced.names]
    place = np.unique(place, return_inverse=True)[1].astype(np.int64)
    rows = np.stack([place, traced.names, component.astype(np.int64)], axis=1)
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
    graph: GarbageGraph,
    found: tuple[Trait, ...],
    traced: NamedReferences,
    data: Mask,
    shapes: Colours,
) -> dict[int, frozenset[str]]:
    by_shape: defaultdict[int, set[str]] = defaultdict(set)
    component = graph.component[traced.sources[data]]
    for shape, number in zip(shapes[component].tolist(), traced.names[data].tolist(), strict=True):
        by_shape[shape].add(found[number].name)
    names = {shape: frozenset(some) for shape, some in by_shape.items()}
    places = {shape: np.flatnonzero(shapes == np.uint64(shape)).tolist() for shape in names}
    return {each: names[shape] for shape, some in places.items() for each in some}


def _colour_types(graph: GarbageGraph) -> Colours:
    snapshot = graph.snapshot
    names = {name: _hash_text(name) for name in set(snapshot.type_names)}
    by_type = np.array([names[name] for name in snapshot.type_names], dtype=np.uint64)
    colours = np.empty(len(graph.numbers), dtype=np.uint64)
    for part in parts_of(colours):
        colours[part] = by_type.take(snapshot.types.take(graph.numbers[part]))
    return colours


def _refine(
    colours: Colours,
    references: NamedReferences,
    hashes: Colours,
    named: NamedReferences | None = None,
) -> Colours:
    """Colours refined by all references, and once more by ``named`` ones, all of which have names.

    A name weighs what is at its index in ``hashes``. ``colours`` is modified.
    """
    outward, inward = IN * hashes, OUT * hashes
    outward_all = np.append(outward + OUT, np.array([0, OUT], dtype=np.uint64))
    inward_all = np.append(inward + IN, np.array([0, IN], dtype=np.uint64))
    near = np.empty_like(colours)
    for _ in range(ROUNDS):  # sums wrap around; duplicate references count each time
        near[:] = colours
        references.add_to(near, colours, outward_all, inward_all)
        if named is not None and len(named.sources):
            named.add_to(near, colours, outward, inward)
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

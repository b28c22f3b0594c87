"""Garbage as a graph: its strongly connected components, and what hangs from them.

Every step is a numpy operation over all objects, so the cost is linear in objects and references.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from unknot.heap.adjacency import Adjacency, breadth_first
from unknot.heap.components import strong_components
from unknot.heap.order import places_of, read, stable_order, tally
from unknot.heap.snapshot import FAR, Mask, Numbers, Snapshot, parts_of

__all__ = ["GarbageGraph", "NamedObjects", "connect"]

NAMELESS = {
    "builtins.cell",
    "builtins.frozenset",
    "builtins.list",
    "builtins.set",
    "builtins.traceback",
    "builtins.tuple",
    "collections.deque",
}
"""Types whose references have no name, or one that follows from the type."""


class NamedObjects(NamedTuple):
    """Objects in cycles whose traits are asked for, by type and number of references."""

    places: Numbers
    """(k,) numbers in the snapshot; ascending in each run."""
    runs: tuple[tuple[int, int | None], ...]
    """How many have one type and number of references, and that number; None if unknown."""

    @property
    def order(self) -> bytes:
        """The places as an agent reads them: 32 bits each, in the order of its own machine."""
        return self.places.tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class GarbageGraph:
    """The g garbage objects of a snapshot, renumbered, and the e references among them."""

    snapshot: Snapshot
    numbers: Numbers
    """(g,) each object's number in the snapshot."""
    sources: Numbers
    """(e,) ascending."""
    targets: Numbers
    positions: npt.NDArray[np.uint8]
    """(e,) each reference's position among all of its object; empty if unknown."""
    component: Numbers
    """(g,) each object's strongly connected component."""
    cyclic: Mask
    """(g,) whether the component is a cycle: several objects, or one that refers to itself."""
    components: Numbers
    """Numbers of the components that are cycles, ascending."""
    owner: Numbers
    """(g,) the component of the nearest cyclic object that leads to the object; its own if cyclic.
    -1 if none does, which happens only in synthetic heaps."""

    @property
    def count(self) -> int:
        """Number of components."""
        return int(self.component.max(initial=-1)) + 1

    def renumbered(self) -> Numbers:
        """(n,) the number here of each object of the snapshot; -1 of those that are no garbage."""
        found = np.full(len(self.snapshot), -1, dtype=np.int32)
        found[self.numbers] = np.arange(len(self.numbers), dtype=np.int32)
        return found

    def select_named(self) -> NamedObjects:
        """The objects of the snapshot that are in a cycle and may have traits."""
        snapshot = self.snapshot
        may = np.array([name not in NAMELESS for name in snapshot.type_names], dtype=bool)
        inside = self.numbers[self.cyclic]
        inside = inside[read(may, read(snapshot.types, inside))]
        runs = read(snapshot.types, inside)
        runs *= np.int32(FAR + 1)
        if len(snapshot.degrees):
            runs += np.minimum(read(snapshot.degrees, inside), FAR).astype(np.int32)
        else:
            runs += np.int32(FAR)
        order = stable_order(runs, len(may) * (FAR + 1))
        runs = runs.take(order)
        ends = np.flatnonzero(np.append(runs[:-1] != runs[1:], len(runs) > 0)) + 1
        degrees = (runs.take(ends - 1) & FAR).tolist()
        return NamedObjects(
            inside.take(order),
            tuple(
                (size, degree if degree < FAR else None)
                for size, degree in zip(np.diff(ends, prepend=0).tolist(), degrees, strict=True)
            ),
        )

    def type_counts(self, objects: Numbers) -> dict[str, int]:
        """Number of ``objects`` by type name."""
        types, counts = np.unique(self.snapshot.types[self.numbers[objects]], return_counts=True)
        names: Counter[str] = Counter()
        for index, count in zip(types.tolist(), counts.tolist(), strict=True):
            names[self.snapshot.type_names[index]] += count
        return dict(names)


def connect(snapshot: Snapshot, garbage: Mask) -> GarbageGraph:
    """The ``garbage`` of a snapshot as a graph with its components."""
    numbers = places_of(garbage)
    size = len(numbers)
    renumbered = np.cumsum(garbage, dtype=np.int32) - np.int32(1)
    most = len(snapshot.sources)
    sources, targets = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int32)
    positions = np.empty(len(snapshot.positions), dtype=np.uint8)
    count = 0
    for part in parts_of(snapshot.sources):
        source, target = snapshot.sources[part], snapshot.targets[part]
        inside = np.flatnonzero(garbage.take(source) & garbage.take(target))
        row = slice(count, count + len(inside))
        sources[row] = renumbered.take(source.take(inside))
        targets[row] = renumbered.take(target.take(inside))
        if len(positions):
            positions[row] = snapshot.positions[part].take(inside)
        count = row.stop
    sources, targets, positions = sources[:count], targets[:count], positions[:count]
    del renumbered
    component = strong_components(sources, targets, size)
    sizes = tally(component, int(component.max(initial=-1)) + 1)
    loops = sources == targets
    circular = sizes > 1
    circular[component[sources[loops]]] = True
    cyclic = read(circular, component)
    return GarbageGraph(
        snapshot=snapshot,
        numbers=numbers,
        sources=sources,
        targets=targets,
        positions=positions,
        component=component,
        cyclic=cyclic,
        components=np.flatnonzero(circular).astype(np.int32),
        owner=_find_owners(sources, targets, component, cyclic),
    )


def _find_owners(sources: Numbers, targets: Numbers, component: Numbers, cyclic: Mask) -> Numbers:
    """(g,) the component that each object is in or hangs from, by the fewest references."""
    owner = np.where(cyclic, component, np.int32(-1))
    hang = ~read(cyclic, targets)
    direct = hang & read(cyclic, sources)
    # In reverse, so that the first of several cyclic objects that lead to one wins.
    owner[targets[direct][::-1]] = component.take(sources[direct][::-1])
    deeper = hang & ~direct
    if not deeper.any():
        return owner
    # One breadth-first search from everything that hangs directly.
    size = len(cyclic)
    first = np.flatnonzero(~cyclic & (owner >= 0))
    before = breadth_first(Adjacency.of(sources[deeper], targets[deeper], size), first)[1]
    leader = np.where((before >= 0) & (before < size), before, np.arange(size, dtype=np.int32))
    # Pointer jumping takes as many steps as the logarithm of the longest chain.
    while not np.array_equal(following := read(leader, leader), leader):
        leader = following
    return read(owner, leader)

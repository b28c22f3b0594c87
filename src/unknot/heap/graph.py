"""Garbage as a graph: its strongly connected components, and what hangs from those.

Components are Tarjan's (scipy's ``connected_components``). Every step is one of numpy's or
scipy's over all objects, so the cost is linear in objects and references.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from unknot.heap.snapshot import Identities, IntArray, Numbers, Snapshot
from unknot.heap.sparse import breadth_first_order, matrix_of, strong_components

__all__ = ["GarbageGraph", "Mask", "connect"]

Mask: TypeAlias = npt.NDArray[np.bool_]

NAMELESS = {
    "builtins.cell",
    "builtins.frozenset",
    "builtins.list",
    "builtins.set",
    "builtins.traceback",
    "builtins.tuple",
    "collections.deque",
}
"""Types whose references have a name that follows from the type, or none."""


@dataclass(frozen=True, slots=True, eq=False)
class GarbageGraph:
    """The g garbage objects of a snapshot, numbered anew, and the references among them."""

    snapshot: Snapshot
    numbers: IntArray
    """(g,) the object's number in the snapshot."""
    sources: Numbers
    """(e,) ascending."""
    targets: Numbers
    component: Numbers
    """(g,) the strongly connected component."""
    cyclic: Mask
    """(g,) whether that is a cycle: more than one object, or one that refers to itself."""
    owner: Numbers
    """(g,) the component of the nearest cyclic object that leads here; its own where cyclic.
    -1 where none leads here, which no heap has but a made one may."""

    @property
    def count(self) -> int:
        """How many components there are."""
        return int(self.component.max(initial=-1)) + 1

    @property
    def components(self) -> IntArray:
        """The components that are cycles, in ascending order."""
        return np.flatnonzero(np.bincount(self.component[self.cyclic], minlength=self.count))

    @property
    def ids(self) -> Identities:
        """(g,) identities."""
        identities: Identities = self.snapshot.ids[self.numbers]
        return identities

    def select_named(self) -> Mask:
        """(n,) the objects of the snapshot that are in a cycle and may have traits."""
        names = self.snapshot.type_names
        may = np.array([name not in NAMELESS for name in names], dtype=bool)
        found = np.zeros(len(self.snapshot), dtype=bool)
        inside = self.numbers[self.cyclic]
        found[inside] = may[self.snapshot.types[inside]]
        return found

    def type_counts(self, objects: Numbers) -> dict[str, int]:
        """How many of ``objects`` there are of each type name."""
        types, counts = np.unique(self.snapshot.types[self.numbers[objects]], return_counts=True)
        names: Counter[str] = Counter()
        for index, count in zip(types.tolist(), counts.tolist(), strict=True):
            names[self.snapshot.type_names[index]] += count
        return dict(names)


def connect(snapshot: Snapshot, garbage: Mask) -> GarbageGraph:
    """The ``garbage`` of a snapshot as a graph with its components."""
    numbers = np.flatnonzero(garbage)
    size = len(numbers)
    renumbered = np.cumsum(garbage, dtype=np.int32) - np.int32(1)
    inside = garbage[snapshot.sources] & garbage[snapshot.targets]
    sources = renumbered[snapshot.sources[inside]]
    targets = renumbered[snapshot.targets[inside]]
    component = np.zeros(0, dtype=np.int32)
    if size:
        # scipy's search for strong components never ends on some graphs with a reference twice.
        matrix = matrix_of(sources, targets.copy(), size, np.float64)
        matrix.sum_duplicates()
        component = strong_components(matrix)[1]
    sizes = np.bincount(component, minlength=1)
    loops = sources == targets
    circular = sizes > 1
    circular[component[sources[loops]]] = True
    cyclic = circular[component] if size else np.zeros(0, dtype=bool)
    return GarbageGraph(
        snapshot=snapshot,
        numbers=numbers,
        sources=sources,
        targets=targets,
        component=component,
        cyclic=cyclic,
        owner=_find_owners(sources, targets, component, cyclic),
    )


def _find_owners(sources: Numbers, targets: Numbers, component: Numbers, cyclic: Mask) -> Numbers:
    """(g,) the component that each object is in, or hangs from by the fewest references."""
    owner = np.where(cyclic, component, np.int32(-1))
    hang = ~cyclic[targets]
    direct = hang & cyclic[sources]
    # Last to first: of several cyclic objects that lead to one, the first has the last word.
    owner[targets[direct][::-1]] = component[sources[direct][::-1]]
    deeper = hang & ~direct
    if not deeper.any():
        return owner
    # One more vertex, the last, leads to all that hangs directly: one breadth-first search from it.
    size = len(cyclic)
    first = np.flatnonzero(~cyclic & (owner >= 0)).astype(np.int32)
    matrix = matrix_of(
        np.concatenate([sources[deeper], np.full(len(first), size, dtype=np.int32)]),
        np.concatenate([targets[deeper], first]),
        size + 1,
        np.float64,
    )
    before = breadth_first_order(matrix, size)[1][:size]
    leader = np.where((before >= 0) & (before < size), before, np.arange(size, dtype=np.int32))
    # Pointer jumping: the steps are the logarithm of the longest chain, not its length.
    while not np.array_equal(following := leader[leader], leader):
        leader = following
    return owner[leader]

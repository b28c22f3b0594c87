"""Garbage as kinds of reference cycle: components, what hangs from them, and how often each exists.

Strongly connected components are Tarjan's (scipy's ``connected_components``), equality is that of
Weisfeiler and Lehman's colour refinement, by 64-bit hashes of type names. Every step is one of
numpy's or scipy's over all objects, so the cost is linear in objects and references, and no Python
loop sees a copy: it sees kinds.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from unknot.heap.snapshot import IntArray, Numbers, Snapshot

__all__ = ["GarbageGraph", "Kind", "find_kinds"]

Colours: TypeAlias = npt.NDArray[np.uint64]
Mask: TypeAlias = npt.NDArray[np.bool_]

ROUNDS = 3
"""Of colour refinement: an object's colour tells what is at most so many references away."""

OUT, IN = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
"""Weights of a colour by the direction in which it is near; random, so no sum of few is another."""


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
    colours: Colours
    """(g,) equal where type names, and those of what is near in the component, are."""

    def type_counts(self, objects: Numbers) -> dict[str, int]:
        """How many of ``objects`` there are of each type name."""
        types, counts = np.unique(self.snapshot.types[self.numbers[objects]], return_counts=True)
        names: Counter[str] = Counter()
        for index, count in zip(types.tolist(), counts.tolist(), strict=True):
            names[self.snapshot.type_names[index]] += count
        return dict(names)


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Components that are equal: the same type names, connected the same way.

    What hangs from a copy may differ between copies: a shared object hangs from one of them.
    """

    graph: GarbageGraph
    colour: int
    """Of the component as a whole; equal between processes for equal cycles."""
    members: Numbers
    """(copies, size) objects of the graph, one row a copy, in ascending order."""
    hanging: Numbers
    """(h,) what hangs from the copies, copy after copy."""
    starts: IntArray
    """(copies + 1,) where in ``hanging`` each copy's part starts."""
    samples: tuple[int, ...]
    """The copies to look at closely; the first is the representative."""
    uniform: bool = True
    """Not known to hold copies whose references have other names, which no colour tells."""
    passing: frozenset[str] = frozenset()
    """Names, of keys or of classes, that are others in every copy, and so say nothing."""

    @property
    def copies(self) -> int:
        return len(self.members)

    @property
    def size(self) -> int:
        """Objects in one component."""
        return int(self.members.shape[1])

    @property
    def objects(self) -> int:
        """All that would go with this kind: components and what hangs from them."""
        return self.members.size + len(self.hanging)

    @property
    def hanging_per_copy(self) -> float:
        return len(self.hanging) / self.copies

    @property
    def types(self) -> dict[str, int]:
        """Objects of each type name, over all copies, what hangs included."""
        return self.graph.type_counts(np.concatenate([self.members.ravel(), self.hanging]))

    def hanging_from(self, copy: int) -> Numbers:
        return self.hanging[self.starts[copy] : self.starts[copy + 1]]

    def select(self, copies: IntArray, samples: tuple[int, ...]) -> Kind:
        """Some of the copies; ``samples`` are places among them."""
        lengths = self.starts[copies + 1] - self.starts[copies]
        parts = [self.hanging_from(copy) for copy in copies.tolist()]
        return replace(
            self,
            members=self.members[copies],
            hanging=np.concatenate(parts),
            starts=np.concatenate([[0], np.cumsum(lengths)]),
            samples=samples,
            uniform=False,
        )

    def with_samples(self, number: int) -> Kind:
        """The same, with so many copies to look at closely, or as many as there are."""
        return replace(self, samples=_spread(self.copies, number))

    def ids(self, copy: int = 0) -> list[int]:
        """Identities of the objects in one component."""
        snapshot = self.graph.snapshot
        identities: list[int] = snapshot.ids[self.graph.numbers[self.members[copy]]].tolist()
        return identities


def find_kinds(snapshot: Snapshot, garbage: Mask, samples: int = 3) -> list[Kind]:
    """The kinds of cycle among the ``garbage`` of a snapshot, those with most objects first.

    Together the kinds hold every garbage object once: in a component, or hanging from the nearest.
    """
    graph = _connect(snapshot, garbage)
    if not graph.cyclic.any():
        return []
    count = int(graph.component.max()) + 1
    components = np.flatnonzero(np.bincount(graph.component[graph.cyclic], minlength=count))
    sums = _sum_into(graph.component, graph.colours, count)[components]
    colours, kind_of, copies = np.unique(_mix(sums), return_inverse=True, return_counts=True)
    # Sort objects by kind, then by component: a kind is one slice, and so is each of its copies.
    by_kind = components[np.argsort(kind_of, kind="stable")]
    place = np.full(count + 1, -1, dtype=np.int32)  # the last is that of owner -1
    place[by_kind] = np.arange(len(by_kind), dtype=np.int32)
    members, ends = _sort_by(np.where(graph.cyclic, place[graph.component], -1), len(by_kind))
    hanging, starts = _sort_by(np.where(graph.cyclic, -1, place[graph.owner]), len(by_kind))
    kinds = []
    first = 0
    for colour, number in zip(colours.tolist(), copies.tolist(), strict=True):
        last = first + number
        part = starts[first : last + 1]
        kinds.append(
            Kind(
                graph=graph,
                colour=colour,
                members=members[ends[first] : ends[last]].reshape(number, -1),
                hanging=hanging[part[0] : part[-1]],
                starts=part - part[0],
                samples=_spread(number, samples),
            )
        )
        first = last
    return sorted(kinds, key=lambda kind: (-kind.objects, kind.colour))


def _spread(copies: int, samples: int) -> tuple[int, ...]:
    """The first copy, and some more over the whole length."""
    taken = np.linspace(0, copies - 1, num=max(1, min(samples, copies)))
    return tuple(taken.astype(np.int64).tolist())


def _connect(snapshot: Snapshot, garbage: Mask) -> GarbageGraph:
    numbers = np.flatnonzero(garbage)
    size = len(numbers)
    renumbered = np.cumsum(garbage, dtype=np.int32) - np.int32(1)
    inside = garbage[snapshot.sources] & garbage[snapshot.targets]
    sources = renumbered[snapshot.sources[inside]]
    targets = renumbered[snapshot.targets[inside]]
    component = np.zeros(0, dtype=np.int32)
    if size:
        # scipy's search for strong components never ends on some graphs with a reference twice.
        matrix = _matrix(sources, targets.copy(), size, np.float64)
        matrix.sum_duplicates()
        component = connected_components(matrix, directed=True, connection="strong")[1]
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
        colours=_refine(snapshot, numbers, sources, targets, component),
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
    matrix = _matrix(
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


def _refine(
    snapshot: Snapshot, numbers: IntArray, sources: Numbers, targets: Numbers, component: Numbers
) -> Colours:
    """(g,) colours by Weisfeiler and Lehman's refinement over references inside a component."""
    size = len(numbers)
    names = {name: _hash_text(name) for name in set(snapshot.type_names)}
    by_type = np.array([names[name] for name in snapshot.type_names], dtype=np.uint64)
    colours = by_type[snapshot.types[numbers]]
    near = component[sources] == component[targets]
    if not near.any():
        return colours
    matrix = _matrix(sources[near], targets[near], size, np.uint64)
    backwards = matrix.T
    for _ in range(ROUNDS):  # sums wrap around, and count a reference as often as it is there
        colours = _mix(colours + OUT * (matrix @ colours) + IN * (backwards @ colours))
    return colours


def _hash_text(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _mix(values: Colours) -> Colours:
    """The finalizer of splitmix64 (Steele, Lea and Flood, 2014); leaves ``values`` alone."""
    shifted = values >> np.uint64(30)  # the one array for all shifts: fresh memory is what costs
    mixed = values ^ shifted
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= np.right_shift(mixed, np.uint64(27), out=shifted)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= np.right_shift(mixed, np.uint64(31), out=shifted)
    return mixed


def _matrix(sources: Numbers, targets: Numbers, size: int, dtype: npt.DTypeLike) -> csr_array:
    """Ascending ``sources`` are the rows of a sparse matrix as they stand, without a sort."""
    rows = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(sources, minlength=size), out=rows[1:])
    return csr_array((np.ones(len(targets), dtype=dtype), targets, rows), shape=(size, size))


def _sum_into(places: Numbers, values: Colours, size: int) -> Colours:
    """(size,) sums of ``values`` by place, in 64 bits where ``bincount`` has 53."""
    rows = np.arange(len(values) + 1, dtype=np.int32)
    matrix = csr_array(
        (np.ones(len(values), dtype=np.uint64), places, rows), shape=(len(values), size)
    )
    sums: Colours = matrix.T @ values
    return sums


def _sort_by(places: Numbers, size: int) -> tuple[Numbers, IntArray]:
    """Objects in the order of their places (counting sort), and where each place starts.

    Objects at place -1 are left out.
    """
    kept = np.flatnonzero(places >= 0).astype(np.int32)
    rows = np.arange(len(kept) + 1, dtype=np.int32)
    matrix = csr_array((kept, places[kept], rows), shape=(len(kept), size)).tocsc()
    return matrix.data, matrix.indptr.astype(np.int64)

"""The dominator tree of a heap, and the bytes that each object retains.

An object dominates another if every way from a root to that one passes it: without it, reference
counting or the collector would free both (Prosser 1959). The tree is rustworkx's, by Cooper,
Harvey and Kennedy's algorithm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unknot.heap.graph import Mask
from unknot.heap.snapshot import IntArray, Numbers

__all__ = ["UNREACHED", "Tree", "find_dominators"]

UNREACHED = -1

CHUNK = 1 << 18
"""References that are handed over at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A tree over n objects: of dominators, or of shortest ways. n is above its roots."""

    parents: Numbers
    """(n,) what is directly above each; n for the roots; -1 for what no root reaches."""

    def sums(self, sizes: IntArray) -> IntArray:
        """(n + 1,) the sizes of all that is below each object, and its own; of all at the end."""
        top = len(self.parents)
        above = np.where(self.parents < 0, np.arange(top), self.parents)
        order = np.argsort(-_depths(np.append(above, top)), kind="stable")
        parents = self.parents.tolist()
        parents.append(UNREACHED)
        sums: list[int] = np.where(self.parents < 0, 0, sizes).tolist()
        sums.append(0)
        for number in order.tolist():  # what is deepest comes first
            if parents[number] >= 0:
                sums[parents[number]] += sums[number]
        return np.array(sums, dtype=np.int64)

    def way(self, number: int) -> list[int]:
        """From a root down to that object; empty where no root reaches it."""
        found: list[int] = []
        while 0 <= number < len(self.parents):
            found.append(number)
            number = int(self.parents[number])
        return found[::-1] if number == len(self.parents) else []

    def children(self, number: int) -> Numbers:
        """What is directly below an object."""
        return np.flatnonzero(self.parents == number).astype(np.int32)


def find_dominators(sources: Numbers, targets: Numbers, roots: IntArray, size: int) -> Tree:
    """The dominators among ``size`` objects, of which the ``roots`` are held by something else.

    What leads nowhere and is led to from one object alone has that one as its dominator; in a real
    heap that is most of it, and the search is spared it.
    """
    sources = np.append(sources, np.full(len(roots), size, np.int32))
    targets = np.append(targets, roots).astype(np.int32)
    leads = sources != targets
    sources, targets = sources[leads], targets[leads]
    holder = np.full(size + 1, UNREACHED, dtype=np.int32)
    holder[targets] = sources
    alone = np.ones(size + 1, dtype=bool)
    alone[targets[holder[targets] != sources]] = False
    alone[sources] = False
    alone[size] = False
    kept = np.flatnonzero(~alone)
    numbers = np.cumsum(~alone, dtype=np.int32) - np.int32(1)
    inner = ~alone[targets]
    parents = np.where(alone, holder, UNREACHED)
    found = _search(numbers[sources[inner]], numbers[targets[inner]], len(kept))
    parents[kept[found >= 0]] = kept[found[found >= 0]]
    parents[np.flatnonzero(alone)[~_is_reached(parents, holder, alone, size)]] = UNREACHED
    return Tree(parents[:size].astype(np.int32))


def _is_reached(parents: Numbers, holder: Numbers, alone: Mask, top: int) -> Mask:
    """Whether the holders of what leads nowhere are reached themselves."""
    holders = holder[alone]
    reached: Mask = (holders >= 0) & ((holders == top) | (parents[holders] >= 0))
    return reached


def _search(sources: Numbers, targets: Numbers, size: int) -> IntArray:
    """(size,) the immediate dominators below the last vertex; -1 where there is none."""
    import rustworkx

    graph = rustworkx.PyDiGraph(node_count_hint=size, edge_count_hint=len(sources))
    graph.add_nodes_from([None] * size)
    for begin in range(0, len(sources), CHUNK):  # tuples take ten times as much memory as arrays
        part = slice(begin, begin + CHUNK)
        graph.add_edges_from_no_data(
            list(zip(sources[part].tolist(), targets[part].tolist(), strict=True))
        )
    said = rustworkx.immediate_dominators(graph, size - 1)
    said.pop(size - 1)
    found = np.full(size, UNREACHED, dtype=np.int64)
    found[np.fromiter(said.keys(), np.int64, len(said))] = np.fromiter(
        said.values(), np.int64, len(said)
    )
    return found


def _depths(above: IntArray) -> IntArray:
    """How many steps lead from each to what is above itself, by pointer jumping."""
    depths: IntArray = (above != np.arange(len(above))).astype(np.int64)
    while not np.array_equal(further := above[above], above):
        depths = depths + depths[above]
        above = further
    return depths

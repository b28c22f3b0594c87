"""The dominator tree of a heap, and the bytes that each object retains.

An object dominates another if every way from a root to that one passes it: without it, reference
counting or the collector would free both (Prosser 1959). The tree is rustworkx's, by Cooper,
Harvey and Kennedy's algorithm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import depth_first_order

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
        parents = np.append(self.parents, np.int32(UNREACHED))
        preorder = _preorder(parents, top)
        sums = np.concatenate([[0], np.cumsum(np.append(sizes, 0)[preorder])])
        begin = np.arange(len(preorder))
        found = np.zeros(top + 1, dtype=np.int64)
        found[preorder] = sums[begin + _members(parents, preorder, top)] - sums[begin]
        return found

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


def _preorder(parents: Numbers, top: int) -> Numbers:
    """The objects of a tree, each before all that is below it."""
    below = np.flatnonzero(parents >= 0).astype(np.int32)
    by_parent = below[np.argsort(parents[below], kind="stable")]
    rows = np.concatenate([[0], np.cumsum(np.bincount(parents[below], minlength=len(parents)))])
    tree = csr_array(
        (np.ones(len(by_parent), np.int8), by_parent, rows), shape=(len(parents), len(parents))
    )
    order: Numbers = depth_first_order(tree, top, return_predecessors=False).astype(np.int32)
    return order


def _members(parents: Numbers, preorder: Numbers, top: int) -> IntArray:
    """How many objects there are below each of ``preorder``, itself included.

    Preorder and postorder differ by the depth and by that number. Postorder, from the end, is the
    preorder of the mirrored tree.
    """
    size = len(preorder)
    places = np.zeros(top + 1, dtype=np.int64)
    places[preorder] = np.arange(size)
    mirrored = np.where(parents >= 0, top - parents, UNREACHED)[::-1].astype(np.int32)
    last = top - _preorder(mirrored, 0)
    post = np.zeros(top + 1, dtype=np.int64)
    post[last] = np.arange(size)[::-1]
    above = places[np.where(parents[preorder] < 0, top, parents[preorder])]
    members: IntArray = post[preorder] - np.arange(size) + _depths(above) + 1
    return members


def _depths(above: IntArray) -> IntArray:
    """How many steps lead from each to the first, by pointer jumping."""
    depths: IntArray = (above != np.arange(len(above))).astype(np.int64)
    while not np.array_equal(further := above[above], above):
        depths = depths + depths[above]
        above = further
    return depths

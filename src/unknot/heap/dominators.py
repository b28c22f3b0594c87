"""The dominator tree of a heap, and the bytes that each object retains.

An object dominates another if every path from a root to the other passes through it, so that
freeing it would free both (Prosser 1959). rustworkx computes the tree by the algorithm of Cooper,
Harvey and Kennedy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from unknot.heap.components import digraph
from unknot.heap.snapshot import IntArray, Mask, Numbers

__all__ = ["UNREACHED", "Tree", "find_dominators"]

UNREACHED = -1

WIDE = 32
"""Average number of objects at one depth from which on a call of numpy for each depth is faster."""


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A tree over n objects, of dominators or of shortest paths. Vertex n is above the roots."""

    parents: Numbers
    """(n,) parent of each object; n for roots; -1 for objects that no root reaches."""

    def sums(self, sizes: IntArray) -> IntArray:
        """(n + 1,) total size of each object's subtree, itself included; the total comes last."""
        top = len(self.parents)
        reached = self.parents >= 0
        depths = _depths(np.append(np.where(reached, self.parents, np.arange(top)), top))
        order = np.argsort(-depths, kind="stable")
        order = order[: np.count_nonzero(depths)]
        parents = self.parents[order]
        found = np.append(np.where(reached, sizes, 0), 0).astype(np.int64)
        levels = np.flatnonzero(np.diff(depths[order], prepend=-1))
        if len(levels) * WIDE < len(order):
            for begin, end in pairwise([*levels.tolist(), len(order)]):  # the deepest first
                np.add.at(found, parents[begin:end], found[order[begin:end]])
            return found
        sums: list[int] = found.tolist()
        for number, parent in zip(order.tolist(), parents.tolist(), strict=True):
            sums[parent] += sums[number]
        return np.array(sums, dtype=np.int64)

    def path(self, number: int) -> list[int]:
        """The path from a root to an object, inclusive; empty if no root reaches it."""
        found: list[int] = []
        while 0 <= number < len(self.parents):
            found.append(number)
            number = int(self.parents[number])
        return found[::-1] if number == len(self.parents) else []

    def children(self, number: int) -> Numbers:
        """The objects whose parent is ``number``."""
        return np.flatnonzero(self.parents == number).astype(np.int32)


def find_dominators(sources: Numbers, targets: Numbers, roots: IntArray, size: int) -> Tree:
    """The dominator tree of ``size`` objects, whose ``roots`` are held from outside.

    An object without references and with a single holder is dominated by that holder. Most objects
    of a real heap are such, and they are left out of the search.
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
    """(k,) mask of the k ``alone`` objects whose holder is reachable."""
    holders = holder[alone]
    reached: Mask = (holders >= 0) & ((holders == top) | (parents[holders] >= 0))
    return reached


def _search(sources: Numbers, targets: Numbers, size: int) -> IntArray:
    """(size,) immediate dominators, with the last vertex as the root; -1 if unreachable."""
    import rustworkx

    graph = digraph(sources, targets, size)
    immediate = rustworkx.immediate_dominators(graph, size - 1)
    immediate.pop(size - 1)
    count = len(immediate)
    found = np.full(size, UNREACHED, dtype=np.int64)
    found[np.fromiter(immediate.keys(), np.int64, count)] = np.fromiter(
        immediate.values(), np.int64, count
    )
    return found


def _depths(above: IntArray) -> IntArray:
    """(n,) the depth of each vertex, by pointer jumping; a root is its own parent."""
    depths: IntArray = (above != np.arange(len(above))).astype(np.int64)
    while not np.array_equal(further := above[above], above):
        depths = depths + depths[above]
        above = further
    return depths

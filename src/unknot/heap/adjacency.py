"""A directed graph as two arrays, and the breadth-first search in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from unknot.heap.order import tally

__all__ = ["UNREACHED", "Adjacency", "breadth_first"]

IntArray: TypeAlias = npt.NDArray[np.int64]
Numbers: TypeAlias = npt.NDArray[np.int32]

UNREACHED = -1

NARROW = 64
"""Vertices of a level up to which they are visited one by one: a call of numpy costs as much."""


@dataclass(frozen=True, slots=True, eq=False)
class Adjacency:
    """The successors of each of n vertices, in compressed rows."""

    starts: IntArray
    """(n + 1,) index into ``targets`` at which each vertex's successors start."""
    targets: Numbers
    """(m,)"""

    def __len__(self) -> int:
        return len(self.starts) - 1

    @classmethod
    def of(cls, sources: Numbers, targets: Numbers, size: int) -> Adjacency:
        """The graph of those edges, whose order is kept: ``sources`` must be ascending."""
        starts = np.zeros(size + 1, dtype=np.int64)
        np.cumsum(tally(sources, size), out=starts[1:])
        return cls(starts, targets.astype(np.int32, copy=False))

    @classmethod
    def ordered(cls, sources: Numbers, targets: Numbers, size: int) -> Adjacency:
        """The graph of those edges, with the successors of each vertex in ascending order."""
        keys = sources.astype(np.int64) << 32
        keys |= targets
        keys.sort()
        return cls.of((keys >> 32).astype(np.int32), keys.astype(np.int32), size)

    def successors(self, vertices: Numbers) -> tuple[Numbers, Numbers]:
        """The successors of ``vertices``, one vertex after the other, and whose each is."""
        first = self.starts[vertices]
        lengths = self.starts[vertices + 1] - first
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        rows = np.arange(total) + np.repeat(first - ends + lengths, lengths)
        return self.targets[rows], np.repeat(vertices, lengths)


def breadth_first(graph: Adjacency, roots: IntArray | Numbers) -> tuple[Numbers, Numbers]:
    """The reachable vertices in breadth-first order, and the predecessor of every vertex.

    The ``roots`` must be distinct. Their predecessor is n, one more than any vertex has for a
    number; that of unreachable vertices is ``UNREACHED``.
    """
    size = len(graph)
    before = np.full(size, UNREACHED, dtype=np.int32)
    before[roots] = size
    level = np.asarray(roots, dtype=np.int32)
    order = [level]
    turns = np.zeros(0, dtype=np.int32)
    while len(level):
        if len(level) <= NARROW:
            visited = _visit(graph, level, before)
            level = visited[-1]
            order += visited
            continue
        if not len(turns):
            turns = np.empty(size, dtype=np.int32)
        found, source = graph.successors(level)
        new = before[found] == UNREACHED
        found, source = found[new], source[new]
        places = np.arange(len(found), dtype=np.int32)
        turns[found[::-1]] = places[::-1]  # so that the first of several remains
        first = turns[found] == places
        level = found[first]
        before[level] = source[first]
        order.append(level)
    return np.concatenate(order), before


def _visit(graph: Adjacency, level: Numbers, before: Numbers) -> list[Numbers]:
    """Levels from ``level`` on, while they are narrow. The last one is either wide or empty."""
    starts, targets, known = graph.starts.data, graph.targets.data, before.data
    visited: list[int] = []
    following: list[int] = level.tolist()
    while following and len(following) <= NARROW:
        sources, following = following, []
        for source in sources:
            for target in targets[starts[source] : starts[source + 1]]:
                if known[target] == UNREACHED:
                    known[target] = source
                    following.append(target)
        visited += following
    wide = len(following)
    inner = visited[: len(visited) - wide] if wide else visited
    return [np.array(inner, dtype=np.int32), np.array(following, dtype=np.int32)]

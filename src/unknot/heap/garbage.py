"""Trial deletion over a snapshot: the garbage is known before anything is collected.

The method is the collector's own (CPython's ``gc_collect_main``: subtract the references that
come from inside the set, what keeps a positive count is held from outside), run over arrays, so
that nothing is finalized, freed or resurrected. It therefore counts what ``gc.collect`` cannot:
an async generator in a cycle is resurrected by its finalizer hook before it is counted.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from unknot.heap.snapshot import IntArray, Snapshot
from unknot.heap.sparse import breadth_first_order

__all__ = ["find_garbage", "garbage_by_type"]


LEVELS = 100
"""References in a row that are followed level by level. A linked list goes deeper; there the search
that goes object by object is faster."""


def find_garbage(snapshot: Snapshot) -> npt.NDArray[np.bool_]:
    """(n,) mask of the objects that nothing outside the tracked objects holds or leads to."""
    size = len(snapshot)
    inside = np.bincount(snapshot.targets, minlength=size)
    held = np.flatnonzero(snapshot.counts > inside)
    return ~_reach(snapshot, held)


def _reach(snapshot: Snapshot, roots: IntArray) -> npt.NDArray[np.bool_]:
    """(n,) the ``roots``, and all that they lead to."""
    size, targets = len(snapshot), snapshot.targets
    reached = np.zeros(size, dtype=bool)
    reached[roots] = True
    degrees = np.bincount(snapshot.sources, minlength=size)
    starts = np.cumsum(degrees) - degrees
    turns = np.empty(size, dtype=np.int32)
    level = roots
    for _ in range(LEVELS):
        lengths = degrees[level]
        level, lengths = level[lengths > 0], lengths[lengths > 0]
        if not len(level):
            return reached
        # Consecutive numbers within the references of each object, one object after the other.
        steps = np.ones(int(lengths.sum()), dtype=np.int64)
        steps[0] = starts[level[0]]
        ends = starts[level] + lengths
        steps[np.cumsum(lengths)[:-1]] = starts[level[1:]] - ends[:-1] + 1
        found = targets[np.cumsum(steps, out=steps)]
        found = found[~reached[found]]
        reached[found] = True
        turns[found] = np.arange(len(found), dtype=np.int32)  # of several, the last
        level = found[turns[found] == np.arange(len(found), dtype=np.int32)]
    rest = breadth_first_order(snapshot.rooted(level), size)[0]
    reached[rest[rest < size]] = True
    return reached


def garbage_by_type(snapshot: Snapshot) -> dict[str, int]:
    """How many objects of each type name are garbage."""
    counts = np.bincount(snapshot.types[find_garbage(snapshot)], minlength=len(snapshot.type_names))
    names: Counter[str] = Counter()
    for name, count in zip(snapshot.type_names, counts.tolist(), strict=True):
        if count:
            names[name] += count
    return dict(names)

"""Trial deletion over a snapshot: finds the garbage before anything is collected.

The algorithm is the collector's own (CPython's ``gc_collect_main``): subtract the references that
come from inside the set; objects whose count stays positive are held from outside. It runs over
arrays, so nothing is finalized, freed or resurrected. It therefore counts objects that
``gc.collect`` misses: an async generator in a cycle is resurrected by its finalizer hook.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from unknot.heap.snapshot import IntArray, Mask, Snapshot
from unknot.heap.sparse import breadth_first_order

__all__ = ["find_garbage", "garbage_by_type"]


LEVELS = 100
"""Depth up to which references are followed level by level. In deeper structures, such as linked
lists, the search object by object is faster."""


def find_garbage(snapshot: Snapshot) -> Mask:
    """(n,) mask of the objects that are not reachable from outside the tracked objects."""
    size = len(snapshot)
    inside = np.bincount(snapshot.targets, minlength=size)
    held = np.flatnonzero(snapshot.counts > inside)
    return ~_reach(snapshot, held)


def _reach(snapshot: Snapshot, roots: IntArray) -> Mask:
    """(n,) mask of the ``roots`` and everything reachable from them."""
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
        # Indices of the references of each object, concatenated.
        steps = np.ones(int(lengths.sum()), dtype=np.int64)
        steps[0] = starts[level[0]]
        ends = starts[level] + lengths
        steps[np.cumsum(lengths)[:-1]] = starts[level[1:]] - ends[:-1] + 1
        found = targets[np.cumsum(steps, out=steps)]
        found = found[~reached[found]]
        reached[found] = True
        turns[found] = np.arange(len(found), dtype=np.int32)  # the last of several
        level = found[turns[found] == np.arange(len(found), dtype=np.int32)]
    rest = breadth_first_order(snapshot.rooted(level), size)[0]
    reached[rest[rest < size]] = True
    return reached


def garbage_by_type(snapshot: Snapshot) -> dict[str, int]:
    """Number of garbage objects by type name."""
    counts = np.bincount(snapshot.types[find_garbage(snapshot)], minlength=len(snapshot.type_names))
    names: Counter[str] = Counter()
    for name, count in zip(snapshot.type_names, counts.tolist(), strict=True):
        if count:
            names[name] += count
    return dict(names)

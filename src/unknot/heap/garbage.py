"""Trial deletion over a snapshot: finds the garbage before anything is collected.

The algorithm is the collector's own (CPython's ``gc_collect_main``): subtract the references that
come from inside the set; objects whose count stays positive are held from outside. It runs over
arrays, so nothing is finalized, freed or resurrected. It therefore counts objects that
``gc.collect`` misses: an async generator in a cycle is resurrected by its finalizer hook.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from unknot.heap.adjacency import UNREACHED, breadth_first
from unknot.heap.order import tally
from unknot.heap.snapshot import Mask, Snapshot

__all__ = ["find_garbage", "garbage_by_type"]


def find_garbage(snapshot: Snapshot) -> Mask:
    """(n,) mask of the objects that are not reachable from outside the tracked objects."""
    inside = tally(snapshot.targets, len(snapshot))
    held = np.flatnonzero(snapshot.counts > inside)
    if not len(held):
        return np.ones(len(snapshot), dtype=bool)
    garbage: Mask = breadth_first(snapshot.successors, held)[1] == UNREACHED
    return garbage


def garbage_by_type(snapshot: Snapshot) -> dict[str, int]:
    """Number of garbage objects by type name."""
    counts = np.bincount(snapshot.types[find_garbage(snapshot)], minlength=len(snapshot.type_names))
    names: Counter[str] = Counter()
    for name, count in zip(snapshot.type_names, counts.tolist(), strict=True):
        if count:
            names[name] += count
    return dict(names)

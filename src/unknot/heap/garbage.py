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
from scipy.sparse.csgraph import breadth_first_order

from unknot.heap.snapshot import Snapshot

__all__ = ["find_garbage", "garbage_by_type"]


def find_garbage(snapshot: Snapshot) -> npt.NDArray[np.bool_]:
    """(n,) mask of the objects that nothing outside the tracked objects holds or leads to."""
    size = len(snapshot)
    inside = np.bincount(snapshot.targets, minlength=size)
    held = np.flatnonzero(snapshot.counts > inside)
    # One search from a vertex that leads to every object held from outside finds all of them.
    graph = snapshot.rooted(held)
    reached = breadth_first_order(graph, size, return_predecessors=False)
    garbage = np.ones(size + 1, dtype=bool)
    garbage[reached] = False
    return garbage[:size]


def garbage_by_type(snapshot: Snapshot) -> dict[str, int]:
    """How many objects of each type name are garbage."""
    counts = np.bincount(snapshot.types[find_garbage(snapshot)], minlength=len(snapshot.type_names))
    names: Counter[str] = Counter()
    for name, count in zip(snapshot.type_names, counts.tolist(), strict=True):
        if count:
            names[name] += count
    return dict(names)

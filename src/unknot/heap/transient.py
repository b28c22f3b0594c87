"""Objects that stay only while a task or thread runs, or that a full cache will replace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from unknot.heap.holders import MODULE
from unknot.heap.snapshot import IntArray, Mask, Snapshot
from unknot.heap.sparse import Matrix, breadth_first_order

__all__ = ["find_full", "hanging_from", "held_by_program", "places_of"]

FULL = 8
"""Minimum number of new entries of a full container; fewer may be reassigned variables."""
BOUNDED = {
    "builtins.dict",
    "builtins.list",
    "builtins.set",
    "collections.OrderedDict",
    "collections.deque",
}


def places_of(snapshot: Snapshot, identities: Iterable[int]) -> IntArray:
    """Numbers of the objects with those identities. Unknown identities are skipped."""
    wanted = np.fromiter(identities, dtype=np.uint64)
    return np.flatnonzero(np.isin(snapshot.ids, wanted))


def find_full(before: Snapshot, after: Snapshot, new: Mask) -> IntArray:
    """Numbers of containers with new entries but no more entries than before."""
    entries = np.bincount(after.sources[new[after.targets]], minlength=len(after))
    is_container = np.array([name in BOUNDED for name in after.type_names])[after.types]
    found = np.flatnonzero(is_container & ~new & (entries >= FULL))
    _, old, now = np.intersect1d(before.ids, after.ids[found], return_indices=True)
    same = before.degrees[old] >= after.degrees[found[now]]
    full: IntArray = found[now[same]]
    return full


def held_by_program(snapshot: Snapshot, new: Mask, passed: Mask) -> Mask:
    """(n,) mask of objects reachable from modules on paths that avoid the objects ``passed``."""
    modules = np.array([name == MODULE for name in snapshot.type_names])[snapshot.types]
    graph = snapshot.without_holders(passed).rooted(np.flatnonzero(modules & ~new))
    return _reached(graph, len(snapshot))


def hanging_from(
    snapshot: Snapshot, roots: IntArray, new: Mask, passed: Mask, *, on_stack: bool
) -> Mask:
    """(n,) mask of the new objects that exist only because of the ``roots``, tasks or threads.

    These are the objects that lead to a root, such as the timer that wakes a task, and everything
    reachable from them, except objects that modules reach on paths that avoid ``passed``. With
    ``on_stack``, objects that lead to any of those are included: the methods on a thread's stack
    have no visible holder.
    """
    size = len(snapshot)
    part = new.copy()
    part[roots] = True
    inside = part[snapshot.sources] & part[snapshot.targets]
    sources, targets = snapshot.sources[inside], snapshot.targets[inside]
    among = replace(snapshot, sources=sources, targets=targets)
    order = np.argsort(targets, kind="stable")
    backwards = replace(snapshot, sources=targets[order], targets=sources[order])
    leading = _reached(backwards.rooted(roots), size)
    led_to = _reached(among.rooted(np.flatnonzero(leading)), size)
    found = led_to & ~held_by_program(snapshot, new, passed | leading) | leading
    if on_stack:
        users = _reached(backwards.rooted(np.flatnonzero(found)), size)
        found |= users & ~held_by_program(snapshot, new, passed | found)
    hanging: Mask = found & new
    return hanging


def _reached(graph: Matrix, size: int) -> Mask:
    """(size,) mask of the objects reachable from the extra vertex ``size``."""
    found = np.zeros(size + 1, dtype=bool)
    found[breadth_first_order(graph, size)[0]] = True
    return found[:size]

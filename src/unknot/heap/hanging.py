"""What stays only because a task or thread still runs, or because a cache with a bound is full."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from unknot.heap.holders import MODULE, Mask
from unknot.heap.snapshot import IntArray, Snapshot
from unknot.heap.sparse import Matrix, breadth_first_order

__all__ = ["find_full", "hanging_from", "held_by_program", "places_of"]

FULL = 8
"""New entries, at the least, of a container that is full: a few are variables that change."""
CONTAINERS = {
    "builtins.dict",
    "builtins.list",
    "builtins.set",
    "collections.OrderedDict",
    "collections.deque",
}


def places_of(snapshot: Snapshot, identities: Iterable[int]) -> IntArray:
    """Numbers of the objects of those identities, as far as they are there."""
    wanted = np.fromiter(identities, dtype=np.uint64)
    return np.flatnonzero(np.isin(snapshot.ids, wanted))


def find_full(before: Snapshot, after: Snapshot, new: Mask) -> IntArray:
    """Containers with new entries that have no more entries than before: each replaced another."""
    entries = np.bincount(after.sources[new[after.targets]], minlength=len(after))
    is_container = np.array([name in CONTAINERS for name in after.type_names])[after.types]
    found = np.flatnonzero(is_container & ~new & (entries >= FULL))
    _, old, now = np.intersect1d(before.ids, after.ids[found], return_indices=True)
    same = before.degrees[old] >= after.degrees[found[now]]
    full: IntArray = found[now[same]]
    return full


def held_by_program(snapshot: Snapshot, new: Mask, passed: Mask) -> Mask:
    """(n,) what modules lead to, not by way of the objects ``passed``."""
    modules = np.array([name == MODULE for name in snapshot.type_names])[snapshot.types]
    graph = snapshot.without_holders(passed).rooted(np.flatnonzero(modules & ~new))
    return _reached(graph, len(snapshot))


def hanging_from(
    snapshot: Snapshot, roots: IntArray, new: Mask, passed: Mask, *, on_stack: bool
) -> Mask:
    """(n,) the new objects that are there because of the ``roots``, tasks or threads.

    What leads to those, as a timer to the task that it wakes, and what they all lead to; but not
    what modules lead to otherwise, by ways that are not ``passed``. With ``on_stack``, also what
    leads to any of it: a thread has methods on its stack, which nothing that can be seen holds.
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
    """What the vertex beside all objects leads to."""
    found = np.zeros(size + 1, dtype=bool)
    found[breadth_first_order(graph, size)[0]] = True
    return found[:size]

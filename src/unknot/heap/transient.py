"""Objects that stay only while a task or thread runs, or that a full cache will replace."""

from __future__ import annotations

import numpy as np

from unknot.heap.adjacency import UNREACHED, Adjacency, breadth_first
from unknot.heap.holders import MODULE
from unknot.heap.snapshot import IntArray, Mask, Numbers, Snapshot

__all__ = ["find_full", "hanging_from", "held_by_program", "waking"]

FULL = 8
"""Minimum number of new entries of a full container; fewer may be reassigned variables."""
CONTEXT = "contextvars.Context"
WAKING = 3
"""References in a row that are followed from a handle to the task that it wakes, or to a future."""
BOUNDED = {
    "builtins.dict",
    "builtins.list",
    "builtins.set",
    "collections.OrderedDict",
    "collections.deque",
}


def find_full(before: Snapshot, after: Snapshot, new: Mask) -> Numbers:
    """Numbers of containers with new entries but no more entries than before."""
    entries = np.bincount(after.sources[new[after.targets]], minlength=len(after))
    is_container = np.array([name in BOUNDED for name in after.type_names])[after.types]
    found = is_container & ~new & (entries >= FULL)
    old, now = after.in_both(before)
    full: Numbers = now[found[now] & (before.degrees[old] >= after.degrees[now])]
    return full


def held_by_program(snapshot: Snapshot, new: Mask, passed: Mask) -> Mask:
    """(n,) mask of objects reachable from modules on paths that avoid the objects ``passed``."""
    modules = np.array([name == MODULE for name in snapshot.type_names])[snapshot.types]
    graph = snapshot.without_holders(passed).successors
    return _reached(graph, np.flatnonzero(modules & ~new))


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
    forwards = Adjacency.of(sources, targets, size)
    backwards = Adjacency.ordered(targets, sources, size)
    leading = _reached(backwards, roots)
    led_to = _reached(forwards, np.flatnonzero(leading))
    found = led_to & ~held_by_program(snapshot, new, passed | leading) | leading
    if on_stack:
        users = _reached(backwards, np.flatnonzero(found))
        found |= users & ~held_by_program(snapshot, new, passed | found)
    hanging: Mask = found & new
    return hanging


def waking(snapshot: Snapshot, new: Mask, coroutines: IntArray) -> Mask:
    """(n,) mask of the new objects that an event loop holds while it wakes one of ``coroutines``.

    A handle that runs, its arguments, the future that is done: the loop's stack has no visible
    holder, so these are what nobody refers to and leads to the coroutine's task or to its context,
    and all that only they hold.
    """
    sources, targets = snapshot.sources, snapshot.targets
    leading = np.zeros(len(snapshot), dtype=bool)
    leading[coroutines] = True
    leading[sources[leading[targets]]] = True  # their tasks, which are old
    contexts = np.array([name == CONTEXT for name in snapshot.type_names])[snapshot.types]
    leading[targets[leading[sources] & contexts[targets]]] = True
    for _ in range(WAKING):
        leading[sources[leading[targets] & new[sources]]] = True
    found: Mask = leading & new & (np.bincount(targets, minlength=len(snapshot)) == 0)
    for _ in range(WAKING):
        found[targets[found[sources] & new[targets]]] = True
    while (held := np.unique(targets[found[targets] & ~found[sources]])).size:
        found[held] = False
    return found


def _reached(graph: Adjacency, roots: IntArray) -> Mask:
    """(n,) mask of the ``roots`` and everything reachable from them."""
    reached: Mask = breadth_first(graph, roots)[1] != UNREACHED
    return reached

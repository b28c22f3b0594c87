"""Imports in a process that somebody asks about.

An import leaves reference cycles: classes made for a moment, closures that name themselves. A
process that is asked what waits for its collector must not answer with those of our own modules.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from itertools import compress

__all__ = ["load"]

KEPT: list[object] = []
"""What our imports left to the collector. Held, it is no garbage."""


def load(*names: str) -> None:
    """Import the modules, and keep for good what that leaves to the collector.

    The collector is off meanwhile, and what other threads leave in that time is kept, too.
    """
    if all(name in sys.modules for name in names):
        return
    enabled = gc.isenabled()
    gc.disable()
    try:
        before = gc.get_objects()  # alive until the end, so that nothing new takes their places
        for name in names:
            import_module(name)
        _keep_garbage(frozenset(map(id, before)))
    finally:
        if enabled:
            gc.enable()


def _keep_garbage(before: frozenset[int]) -> None:
    from unknot.agent.census import undisturbed
    from unknot.agent.snapshot import snapshot
    from unknot.heap import Snapshot, find_garbage

    with undisturbed():
        objects = [each for each in gc.get_objects() if id(each) not in before]
        message, arrays = snapshot(objects)
    heap = Snapshot.from_raw(message, list(map(bytearray, arrays)))
    KEPT.extend(compress(objects, find_garbage(heap).tolist()))

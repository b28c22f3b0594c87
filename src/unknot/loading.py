"""Imports the analysis into a process without adding to that process's garbage.

Importing a module leaves reference cycles behind: temporary classes, closures over themselves. A
report on what waits for the collector must not contain those of unknot's own imports.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from itertools import compress

__all__ = ["load"]

KEPT: list[object] = []
"""What unknot's imports left for the collector. Objects that are held here are not garbage."""


def load(*names: str) -> None:
    """Import the modules, and hold for good the garbage that importing them leaves.

    The collector is disabled meanwhile. Garbage that other threads leave in that time is held too.
    """
    if all(name in sys.modules for name in names):
        return
    enabled = gc.isenabled()
    gc.disable()
    try:
        before = gc.get_objects()  # held, so that no new object gets the address of an old one
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

"""Counts allocated memory blocks, which include objects that the collector does not track."""

from __future__ import annotations

import sys
from typing import Callable

from .originals import collect, get_objects, getallocatedblocks

__all__ = ["allocated_blocks"]

# `_clear_internal_caches` is new in 3.13, and clears the older one's cache too.
clear_caches: Callable[[], object] = getattr(
    sys, "_clear_internal_caches", getattr(sys, "_clear_type_cache", int)
)


def allocated_blocks() -> int:
    """The number of memory blocks that the interpreter has allocated, for any kind of object.

    CPython's method cache is cleared first. Each of its 4,096 slots holds the name of an attribute
    that was looked up. If names come from unpickling, every operation brings new ones, and the
    cache filling up would read as a leak. ``regrtest -R`` clears it for the same reason.

    Free lists, such as that of integers since 3.14, are cleared too, by a collection. Meanwhile a
    list holds every tracked object, so the collection frees none. The list itself is included in
    every reading alike.
    """
    clear_caches()
    held = get_objects()
    held.reverse()  # see :func:`.collector.normalise`
    collect()
    blocks = getallocatedblocks()
    del held
    return blocks

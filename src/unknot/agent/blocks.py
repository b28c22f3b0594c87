"""Allocated blocks, the figure for what the collector does not track."""

from __future__ import annotations

import sys
from typing import Callable

from .bound import collect, get_objects, getallocatedblocks

__all__ = ["allocated_blocks"]

# `_clear_internal_caches` is new in 3.13, and clears the older one's cache too.
clear_caches: Callable[[], object] = getattr(
    sys, "_clear_internal_caches", getattr(sys, "_clear_type_cache", int)
)


def allocated_blocks() -> int:
    """Memory blocks that the interpreter has allocated and not freed, for any kind of object.

    CPython's method cache is emptied first. Each of its 4,096 slots keeps the name of an attribute
    that was looked up, and where names come from unpickling, every operation brings new ones: the
    cache filling up would read as a leak. ``regrtest -R`` empties it for the same reason.

    So are the free lists, which a collection empties: of integers since 3.14, for example, and
    what counted before this filled them. A list that holds every tracked object keeps the
    collection from freeing any, and counts in each reading alike.
    """
    clear_caches()
    held = get_objects()
    held.reverse()  # as when objects are brought into normal form, and for the same reason
    collect()
    blocks = getallocatedblocks()
    del held
    return blocks

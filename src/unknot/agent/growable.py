"""Objects that grow in place: which they are, and how large each of them is.

A buffer that is extended, a log kept in memory, a list of plain values: no object is new, so no
census sees it. Their sizes are asked of C code alone, and no method written in Python is called.
"""

from __future__ import annotations

import io
from array import array
from types import CodeType, MethodDescriptorType
from typing import Any, Callable, Dict, List, Optional

from .referents import referents_by_type
from .snapshot import WORD

__all__ = ["measure_growable"]

FIXED = (str, bytes, int, tuple, frozenset, type, CodeType, memoryview, object)
"""Types that define or inherit a size in C, and whose instances keep it for life."""

Measure = Callable[[Any], int]


def measure_growable() -> List[array[Any]]:
    """Identities and sizes of the objects that can grow, unsigned 64 bit each; sizes in bytes.

    Of objects that the collector tracks, and those that they refer to. Call it undisturbed.
    """
    measures: Dict[int, Optional[Measure]] = {}
    ids, sizes = array(WORD), array(WORD)
    for thing, _ in referents_by_type(can_grow):
        cls = type(thing)
        if id(cls) not in measures:
            measures[id(cls)] = find_measure(cls)
        measure = measures[id(cls)]
        try:
            size = 0 if measure is None else measure(thing)
        except Exception:  # a file that is closed, an object that is not what its type says
            continue
        ids.append(id(thing))
        sizes.append(size)
    return [ids, sizes]


def can_grow(cls: type) -> bool:
    """Whether instances have a size that C code tells, and that may change."""
    return find_measure(cls) is not None


def find_measure(cls: type) -> Optional[Measure]:
    """What tells the size in bytes of an instance; ``None`` where Python code would, or none can.

    Text kept by ``io.StringIO`` has no size of its own, but its position after a write is one.
    """
    for base in type.__dict__["__mro__"].__get__(cls) or ():
        if base is io.StringIO:
            return io.StringIO.tell
        if any(base is fixed for fixed in FIXED):
            return None
        found = type.__dict__["__dict__"].__get__(base).get("__sizeof__")
        if found is not None:
            return found if type(found) is MethodDescriptorType else None
    return None

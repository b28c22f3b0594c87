"""Objects that grow in place: which they are, and how much each of them holds.

A buffer that is extended, a log kept in memory, a list of plain values: no object is new, so no
census sees it, and what the allocator gives them grows by leaps. What they hold is asked of C code
alone: no method written in Python is called.
"""

from __future__ import annotations

import io
import struct
import sys
from array import array
from collections import deque
from itertools import compress
from typing import Any, Callable, Dict, List, Optional, Tuple

from .bound import get_objects, get_referents
from .census import type_name
from .snapshot import WORD

__all__ = ["can_grow", "measure_growable", "sum_of_growable"]

POINTER = struct.calcsize("P")

Measure = Callable[[Any], int]


def _bytes_of_array(thing: Any) -> int:
    itemsize: int = array.itemsize.__get__(thing)
    return array.__len__(thing) * itemsize


GROWABLE: Dict[type, Tuple[Measure, int]] = {
    list: (list.__len__, POINTER),
    dict: (dict.__len__, 2 * POINTER),
    set: (set.__len__, POINTER),
    deque: (deque.__len__, POINTER),
    bytearray: (bytearray.__len__, 1),
    array: (_bytes_of_array, 1),
    io.BytesIO: (io.BytesIO.tell, 1),
    io.StringIO: (io.StringIO.tell, 1),
}
"""What tells how much an instance holds, and how many bytes that is each."""


def measure_growable() -> Tuple[Dict[str, Any], List[array[Any]]]:
    """The objects that can grow, of those that are tracked and those that these refer to.

    Three arrays of unsigned 64 bit: identities, bytes that each holds, and identities of types;
    the message has the ``names`` of these. Call it undisturbed.
    """
    names: Dict[str, str] = {}
    ids, sizes, types = array(WORD), array(WORD), array(WORD)
    for base, things in find_growable():
        for thing, size in zip(things, _sizes(base, things)):
            ids.append(id(thing))
            sizes.append(size)
            types.append(id(type(thing)))
            names[str(id(type(thing)))] = type_name(type(thing))
    return {"names": names}, [ids, sizes, types]


def sum_of_growable() -> int:
    """Bytes that all objects that can grow hold together. Call it undisturbed."""
    return sum(sum(_sizes(base, things)) for base, things in find_growable())


def can_grow(cls: type) -> bool:
    """Whether instances may hold more than before, and C code tells how much."""
    return _base_of(cls) is not None


def find_growable() -> List[Tuple[type, List[Any]]]:
    """Every object that can grow, once, by the type in :data:`GROWABLE` that it is of."""
    asyncio = sys.modules.get("_asyncio")  # see :func:`.referents.referents_of`
    tracked = [thing for thing in get_objects() if thing is not asyncio]
    found: Dict[type, Dict[int, Any]] = {base: {} for base in GROWABLE}
    for things in (tracked, get_referents(*tracked)):
        types = list(map(type, things))
        classes = dict(zip(map(id, types), types))
        bases = {identity: _base_of(cls) for identity, cls in classes.items()}
        wanted = frozenset(identity for identity, base in bases.items() if base is not None)
        for thing in compress(things, map(wanted.__contains__, map(id, types))):
            base = bases[id(type(thing))]
            if base is not None:
                found[base][id(thing)] = thing
    return [(base, list(things.values())) for base, things in found.items()]


def _base_of(cls: type) -> Optional[type]:
    known: Optional[type] = None
    for base in type.__dict__["__mro__"].__get__(cls) or ():
        if any(base is each for each in GROWABLE):
            known = base
            break
    return known


def _sizes(base: type, things: List[Any]) -> List[int]:
    measure, unit = GROWABLE[base]
    try:
        return [measure(thing) * unit for thing in things]
    except ValueError:  # a file that is closed
        return [_size_or_zero(measure, thing) * unit for thing in things]


def _size_or_zero(measure: Measure, thing: Any) -> int:
    try:
        return measure(thing)
    except ValueError:
        return 0

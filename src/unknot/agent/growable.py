"""Measures objects that grow in place, such as buffers, logs in memory and lists of plain values.

No object is new, so no census shows the growth, and their allocations grow in large steps. Lengths
are read by C functions; no method written in Python is called.
"""

from __future__ import annotations

import io
import struct
import sys
from array import array
from collections import deque
from itertools import compress
from typing import Any, Callable, Dict, List, Optional, Tuple

from .census import mro_or_empty, type_name
from .originals import get_objects, get_referents
from .snapshot import WORD

__all__ = ["can_grow", "measure_growable", "sizes_of", "sum_of_growable"]

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
"""For each type, the function that returns an instance's length, and the bytes per unit."""


def measure_growable() -> Tuple[Dict[str, Any], List[array[Any]]]:
    """The growable objects among the tracked objects and their referents.

    Three arrays of unsigned 64-bit integers: identities, bytes that each holds, and identities of
    types, whose ``names`` are in the message. Call it undisturbed.
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
    """Total bytes held by all growable objects. Call it undisturbed."""
    return sum(sum(_sizes(base, things)) for base, things in find_growable())


def sizes_of(things: Dict[int, Any]) -> List[Tuple[int, int]]:
    """Those that can grow, by identity, and the bytes that each holds."""
    return [
        (identity, _sizes(base, [thing])[0])
        for identity, thing in things.items()
        for base in [_base_of(type(thing))]
        if base is not None
    ]


def can_grow(cls: type) -> bool:
    """Whether instances of a type can grow in place."""
    return _base_of(cls) is not None


def find_growable() -> List[Tuple[type, List[Any]]]:
    """Every growable object, once, grouped by its type in :data:`GROWABLE`."""
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
    for base in mro_or_empty(cls):
        if any(base is each for each in GROWABLE):
            return base
    return None


def _sizes(base: type, things: List[Any]) -> List[int]:
    measure, unit = GROWABLE[base]
    try:
        return [measure(thing) * unit for thing in things]
    except ValueError:  # a closed file
        return [_size_or_zero(measure, thing) * unit for thing in things]


def _size_or_zero(measure: Measure, thing: Any) -> int:
    try:
        return measure(thing)
    except ValueError:
        return 0

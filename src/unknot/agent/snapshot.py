"""The raw heap as arrays: identities, types, reference counts, referents; numbers only.

Made by C-speed iteration, without a Python-level loop over objects, and analysed outside.
"""

from __future__ import annotations

import gc
import sys
from array import array
from itertools import chain
from typing import Any, Dict, List, Tuple

from .census import type_name

__all__ = ["snapshot"]

CHUNK = 8192
"""Objects whose lists of referents exist at the same time; so few stay in the processor's cache."""

WORD, COUNT = ("L", "l") if array("L").itemsize == 8 else ("Q", "q")
"""Unsigned and signed 64 bit. Where C's long has that size, filling it takes half as long."""

FIELDS = ("ids", "types", "counts", "degrees", "referents")


def snapshot() -> Tuple[Dict[str, Any], List[array[Any]]]:
    """Every tracked object, as a message and arrays.

    The message has ``fields``, the names of the arrays; ``names``, from a type's identity to its
    name; and ``overhead``, how many of each reference count are the snapshot's own.

    The arrays, in the order of ``FIELDS``, for n objects and m references:

    - ``ids`` (n, unsigned 64 bit): identity of each object;
    - ``types`` (n, unsigned 64 bit): identity of its type, a key of ``names``;
    - ``counts`` (n, signed 64 bit): its reference count, ``overhead`` included;
    - ``degrees`` (n, unsigned 32 bit): how many references it has to others;
    - ``referents`` (m, unsigned 64 bit): what they lead to, in the order of ``ids``; a referent
      that is not tracked is not among ``ids``.

    Reference counts are taken first, before anything else holds the objects. Call it undisturbed.
    """
    objects = gc.get_objects()
    counts = array(COUNT, map(sys.getrefcount, objects))
    overhead = _count_overhead()
    ids = array(WORD, map(id, objects))
    types = array(WORD, map(id, map(type, objects)))
    names = dict(zip(types, map(type, objects)))
    _leave_out_asyncio(objects, ids)
    degrees = array("I")
    referents = array(WORD)
    for start in range(0, len(objects), CHUNK):
        lists = list(map(gc.get_referents, objects[start : start + CHUNK]))
        degrees.extend(map(len, lists))
        referents.extend(map(id, chain.from_iterable(lists)))
        del lists
    del objects
    message = {
        "fields": FIELDS,
        "overhead": overhead,
        "names": {str(identity): type_name(cls) for identity, cls in names.items()},
    }
    return message, [ids, types, counts, degrees, referents]


def _leave_out_asyncio(objects: List[Any], ids: array[int]) -> None:
    """Have the module ``_asyncio`` lead to nothing.

    On CPython 3.12 its traversal shows the free list of future iterators, which are dead objects:
    a list of referents that holds them frees them a second time, and the next collection runs for
    ever. What the module's state alone refers to then counts as held from outside, which it is.
    """
    module = sys.modules.get("_asyncio")
    if module is None:
        return
    try:
        objects[ids.index(id(module))] = ()
    except ValueError:  # it is frozen, and so not among them
        pass


def _count_overhead() -> int:
    """What the list of all objects and the counting itself add to a reference count."""
    probe: List[Any] = []
    held_once = 1  # by the name ``probe``
    return next(map(sys.getrefcount, [probe])) - held_once

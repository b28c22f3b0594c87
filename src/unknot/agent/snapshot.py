"""The raw heap as arrays: identities, types, reference counts, referents; numbers only.

Made by C-speed iteration, without a Python-level loop over objects, and analysed outside.
"""

from __future__ import annotations

import sys
from array import array
from itertools import compress
from typing import Any, Callable, Dict, Iterable, List, Tuple

from .bound import get_objects, get_referents, getrefcount
from .census import type_name

__all__ = [
    "COUNT",
    "WORD",
    "count_overhead",
    "find",
    "identities",
    "leave_out_asyncio",
    "list_referents",
    "photograph",
    "snapshot",
]

CHUNK = 8192
"""Objects whose referents are listed at the same time; so few stay in the processor's cache."""

WORD, COUNT = ("L", "l") if array("L").itemsize == 8 else ("Q", "q")
"""Unsigned and signed 64 bit. Where C's long has that size, filling it takes half as long."""

FIELDS = ("ids", "types", "counts", "referents")


def snapshot() -> Tuple[Dict[str, Any], List[array[Any]]]:
    """Every tracked object, as a message and arrays: see :func:`photograph`."""
    return photograph(get_objects())


def photograph(objects: List[Any]) -> Tuple[Dict[str, Any], List[array[Any]]]:
    """What ``gc.get_objects()`` has just returned, as a message and arrays.

    The list may be kept, to ask for some of the objects by their places in the arrays.

    The message has ``fields``, the names of the arrays; ``names``, from a type's identity to its
    name; ``overhead``, how many of each reference count are the snapshot's own; ``fence``; and the
    version of ``python``.

    The arrays, in the order of ``FIELDS``, for n objects and m references:

    - ``ids`` (n, unsigned 64 bit): identity of each object;
    - ``types`` (n, unsigned 64 bit): identity of its type, a key of ``names``;
    - ``counts`` (n, signed 64 bit): its reference count, ``overhead`` included;
    - ``referents`` (n + m, unsigned 64 bit): what they lead to, in the order of ``ids``, and
      ``fence`` after those of each object; a referent that is not tracked is not among ``ids``.

    Reference counts are taken first, before anything else holds the objects. Call it undisturbed.
    """
    counts = array(COUNT, map(getrefcount, objects))
    overhead = count_overhead()
    ids = identities(objects)
    classes = tuple(map(type, objects))
    types = identities(classes)
    names = dict(zip(types, classes))
    leave_out_asyncio(objects, ids)
    fence = [object()]  # has one referent, which nothing else has: not even a local variable
    referents = list_referents(objects, fence)
    message = {
        "fields": FIELDS,
        "overhead": overhead,
        "fence": id(fence[0]),
        "python": sys.version_info[:2],
        "names": {str(identity): type_name(cls) for identity, cls in names.items()},
    }
    return message, [ids, types, counts, referents]


def find(ids: List[int]) -> Dict[int, Any]:
    """The tracked objects of those identities."""
    objects = get_objects()
    wanted = frozenset(ids)
    found = list(compress(objects, map(wanted.__contains__, map(id, objects))))
    return dict(zip(map(id, found), found))


def list_referents(objects: List[Any], fence: List[Any]) -> array[int]:
    """What each object leads to, by identity, and after those of each what ``fence`` holds."""
    referents = array(WORD)
    for start in range(0, len(objects), CHUNK):
        chunk = objects[start : start + CHUNK]
        fenced = [fence] * (2 * len(chunk))
        fenced[::2] = chunk
        referents.extend(identities(get_referents(*fenced)))
    return referents


def ask_identities(objects: Iterable[Any]) -> array[int]:
    """The identities of ``objects``."""
    return array(WORD, map(id, objects))


def read_identities(objects: Iterable[Any]) -> array[int]:
    """The same, read from a tuple's memory: behind its head there is nothing but them."""
    from ctypes import string_at

    row = tuple(objects)
    return array(WORD, string_at(id(row) + tuple.__basicsize__, tuple.__itemsize__ * len(row)))


def _choose() -> Callable[[Iterable[Any]], array[int]]:
    """To read takes a tenth of the time; to ask is for where it cannot be done."""
    probe = (None, (), "")
    try:
        works = read_identities(probe) == ask_identities(probe)
    except Exception:  # an interpreter without ctypes, or one that forbids it
        works = False
    return read_identities if works else ask_identities


identities = _choose()
"""Found out at import: what importing ctypes leaves must not be in the first snapshot."""


def leave_out_asyncio(objects: List[Any], ids: array[int]) -> None:
    """Have the module ``_asyncio`` lead to nothing.

    On CPython 3.12 its traversal shows the free list of future iterators, which are dead objects:
    a list of referents that holds them frees them a second time, and the next collection runs for
    ever. What the module's state alone refers to then counts as held from outside, which it is.
    """
    module = sys.modules.get("_asyncio")
    if module is None:
        return
    raw, wanted = ids.tobytes(), array(WORD, [id(module)]).tobytes()
    place = raw.find(wanted)  # much faster than to look at one number after the other
    while place % ids.itemsize and place >= 0:
        place = raw.find(wanted, place + 1)
    if place >= 0:  # it is not frozen, and so among them
        objects[place // ids.itemsize] = ()


def count_overhead() -> int:
    """What the list of all objects and the counting itself add to a reference count."""
    probe: List[Any] = []
    held_once = 1  # by the name ``probe``
    return next(map(getrefcount, [probe])) - held_once

"""Copies the heap into arrays of numbers: identities, types, reference counts and referents.

All iteration over objects happens in C. The arrays are analysed outside the process.
"""

from __future__ import annotations

import sys
from array import array
from itertools import compress, islice
from typing import Any, Callable, Dict, Iterable, List, Tuple

from .census import type_name
from .originals import get_objects, get_referents, getrefcount

__all__ = [
    "COUNT",
    "WORD",
    "count_overhead",
    "find",
    "find_asyncio",
    "identities",
    "list_referents",
    "snapshot",
]

CHUNK = 8192
"""Number of objects that are handled at a time, small enough for the CPU's cache."""

WORD, COUNT = ("L", "l") if array("L").itemsize == 8 else ("Q", "q")
"""Type codes of unsigned and signed 64-bit integers. Arrays of C longs are filled twice as fast."""

FIELDS = ("ids", "types", "counts", "referents")


def snapshot(objects: List[Any]) -> Tuple[Dict[str, Any], List[array[Any]]]:
    """The ``objects`` that ``gc.get_objects()`` has just returned, as a message and arrays.

    The caller may keep the list, in order to refer to objects by their index in the arrays.

    The message has ``fields``, the names of the arrays; ``names``, type names by the identity of
    the type; ``overhead``, the number of references to each object that the snapshot itself adds;
    ``fence``; and the version of ``python``.

    The arrays, in the order of ``FIELDS``, for n objects and m references:

    - ``ids`` (n, unsigned 64-bit): the identity of each object;
    - ``types`` (n, unsigned 64-bit): the identity of its type, a key of ``names``;
    - ``counts`` (n, signed 64-bit): its reference count, including ``overhead``;
    - ``referents`` (n + m, unsigned 64-bit): identities of the referents, in the order of ``ids``,
      with ``fence`` after those of each object. Untracked referents are not among ``ids``.

    Reference counts are read first, before anything else holds the objects. Call it undisturbed.
    """
    counts = array(COUNT, map(getrefcount, objects))
    overhead = count_overhead()
    ids = identities(objects)
    types = identities(map(type, objects))
    names = dict(zip(types, map(type, objects)))
    asyncio = find_asyncio(ids)
    if asyncio >= 0:
        objects[asyncio] = ()
    fence = [object()]  # its one referent has no other references, not even a local variable
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
    """The tracked objects with those identities, by identity."""
    objects = get_objects()
    wanted = frozenset(ids)
    found = list(compress(objects, map(wanted.__contains__, map(id, objects))))
    return dict(zip(map(id, found), found))


def list_referents(objects: List[Any], fence: List[Any]) -> array[int]:
    """Identities of the referents of each object, followed by that of the item of ``fence``."""
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
    """The identities of ``objects``, read from the memory of tuples of ``CHUNK`` of them."""
    from ctypes import string_at

    found = array(WORD)
    rest = iter(objects)
    while True:
        row = tuple(islice(rest, CHUNK))
        found.frombytes(string_at(id(row) + tuple.__basicsize__, tuple.__itemsize__ * len(row)))
        if len(row) < CHUNK:
            return found


def _choose() -> Callable[[Iterable[Any]], array[int]]:
    """The faster function that works here: reading memory takes a tenth of the time."""
    probe = (None, (), "")
    try:
        works = read_identities(probe) == ask_identities(probe)
    except Exception:  # an interpreter without ctypes, or one that forbids it
        works = False
    return read_identities if works else ask_identities


identities = _choose()
"""Chosen at import, so that importing ctypes is not part of the first snapshot."""


def find_asyncio(ids: array[int]) -> int:
    """The index of the module ``_asyncio`` among objects with those identities; -1 if absent.

    It must not be asked for referents. On CPython 3.12 its traversal visits the free list of future
    iterators, which are dead objects: a list of referents that holds them frees them a second time,
    and the next collection never ends. Objects held only by the module's state then count as held
    from outside, which is right.
    """
    module = sys.modules.get("_asyncio")
    if module is None:
        return -1
    raw, wanted = ids.tobytes(), array(WORD, [id(module)]).tobytes()
    place = raw.find(wanted)  # much faster than a search number by number
    while place % ids.itemsize and place >= 0:
        place = raw.find(wanted, place + 1)
    return place // ids.itemsize  # -1 where it is frozen


def count_overhead() -> int:
    """The number of references that the list of all objects and the counting itself add."""
    probe: List[Any] = []
    held_once = 1  # by the variable ``probe``
    return next(map(getrefcount, [probe])) - held_once

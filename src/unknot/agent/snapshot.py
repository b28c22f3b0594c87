"""Copies the heap into arrays of numbers: identities, types, reference counts and referents.

All iteration over objects happens in C. The arrays are analysed outside the process.
"""

from __future__ import annotations

import sys
from array import array
from itertools import compress, islice, repeat
from typing import Any, Callable, Container, Dict, Iterable, List, Set, Tuple

from .census import metaclasses_with_a_hash, type_name
from .originals import get_objects, get_referents, getrefcount

try:
    from ctypes import string_at
except ImportError:  # an interpreter without it
    string_at = None  # type: ignore[assignment]

__all__ = [
    "COUNT",
    "WORD",
    "append_identities",
    "count_overhead",
    "find",
    "find_asyncio",
    "hold",
    "identities",
    "snapshot",
]

CHUNK = 2048
"""Number of objects that are handled at a time: what is made of them meanwhile fits the CPU's cache
and stays below the size from which the C library asks the system for memory each time."""
PART = 1 << 16
"""Bytes of memory that are read at a time."""
MANY = 255
"""The reference count from which one byte does not hold it."""

WORD, COUNT = ("L", "l") if array("L").itemsize == 8 else ("Q", "q")
"""Type codes of unsigned and signed 64-bit integers. Arrays of C longs are filled twice as fast."""

FIELDS = ("ids", "types", "counts", "large", "referents")


def snapshot(objects: List[Any]) -> Tuple[Dict[str, Any], List[array[Any]]]:
    """The ``objects`` that ``gc.get_objects()`` has just returned, as a message and arrays.

    The caller may keep the list, in order to refer to objects by their index in the arrays.

    The message has ``fields``, the names of the arrays; ``names``, type names by the identity of
    the type; ``overhead``, the number of references to each object that the snapshot itself adds;
    ``fence``; and the version of ``python``.

    The arrays, in the order of ``FIELDS``, for n objects and m references:

    - ``ids`` (n, unsigned 64-bit): the identity of each object;
    - ``types`` (n, unsigned 64-bit): the identity of its type, a key of ``names``;
    - ``counts`` (n, unsigned 8-bit): its reference count, including ``overhead``; ``MANY`` if it is
      that or larger;
    - ``large`` (unsigned 64-bit): the reference counts that are ``MANY`` or larger, in order;
    - ``referents`` (n + m, unsigned 64-bit): identities of the referents, in the order of ``ids``,
      with ``fence`` after those of each object. Untracked referents are not among ``ids``.

    Reference counts are read first, before anything else holds the objects. Call it undisturbed.
    """
    counts, large = read_counts(objects)
    ids = identities(objects)
    asyncio = find_asyncio(ids)
    fence = [object()]  # its one referent has no other references, not even a local variable
    reader = Reader(fence)
    for start in range(0, len(objects), CHUNK):
        chunk = objects[start : start + CHUNK]
        reader.read_types(chunk)
        if start <= asyncio < start + CHUNK:
            objects[asyncio] = chunk[asyncio - start] = ()
        reader.read_referents(chunk)
    names = {str(id(cls)): type_name(cls) for cls in reader.classes}
    message = {
        "fields": FIELDS,
        "overhead": count_overhead() + 1,  # and the chunk of :func:`read_counts`
        "fence": id(fence[0]),
        "python": sys.version_info[:2],
        "names": names,
    }
    return message, [ids, reader.types, counts, large, reader.referents]


def hold(arrays: List[array[Any]], held: Container[int]) -> None:
    """Count one more reference to each of the objects whose identity is ``held``."""
    ids, _, counts, large, _ = arrays
    rest = iter(large.tolist())
    del large[:]
    for place, identity in enumerate(ids):
        count = counts[place] if counts[place] < MANY else next(rest)
        count += identity in held
        counts[place] = min(count, MANY)
        if count >= MANY:
            large.append(count)


def find(ids: List[int]) -> Dict[int, Any]:
    """The tracked objects with those identities, by identity."""
    wanted = frozenset(ids)
    objects = get_objects() if wanted else []
    found = list(compress(objects, map(wanted.__contains__, map(id, objects))))
    return dict(zip(map(id, found), found))


def read_counts(objects: List[Any]) -> Tuple[array[int], array[int]]:
    """The reference counts up to ``MANY``, and the larger ones; see :func:`snapshot`."""
    counts, large = array("B"), array(WORD)
    for start in range(0, len(objects), CHUNK):
        chunk = objects[start : start + CHUNK]
        try:
            small = bytes(map(getrefcount, chunk))
        except ValueError:  # a large one
            every = list(map(getrefcount, chunk))
            small = bytes(map(min, every, repeat(MANY)))
            large.extend([count for count in every if count >= MANY])
        else:
            large.extend([MANY] * small.count(MANY))
        counts.frombytes(small)
    return counts, large


class Reader:
    """Types and referents of objects, chunk by chunk, while their memory is in the CPU's cache."""

    def __init__(self, fence: List[Any]) -> None:
        self.types, self.referents = array(WORD), array(WORD)
        self._fence = fence
        self._hashing = metaclasses_with_a_hash()
        self._shows = all(map(shows_references, self._hashing))
        self._classes: Set[type] = set()
        self._by_identity: Dict[int, type] = {}

    @property
    def classes(self) -> List[type]:
        """The types, each of them once."""
        return [*{**dict(zip(map(id, self._classes), self._classes)), **self._by_identity}.values()]

    def read_types(self, chunk: List[Any]) -> None:
        """Append the identity of each object's type. No code of a metaclass runs."""
        row = list(map(type, chunk))
        append_identities(self.types, row)
        if self._shows and (not self._hashing or self._is_plain(row)):
            self._classes.update(row)
        elif not self._by_identity.keys() >= set(map(id, row)):
            self._by_identity.update(zip(map(id, row), row))

    def _is_plain(self, row: List[type]) -> bool:
        """Whether no class in it has a metaclass with a hash: holding its metaclasses shows there.

        Takes a third of the time of asking each class for its identity.
        """
        before = list(map(getrefcount, self._hashing))
        held = list(map(type, row))
        shows = list(map(getrefcount, self._hashing)) != before
        del held
        return not shows

    def read_referents(self, chunk: List[Any]) -> None:
        """Append the identities of each object's referents and of the item of the fence."""
        fenced = [self._fence] * (2 * len(chunk))
        fenced[::2] = chunk
        append_identities(self.referents, get_referents(*fenced))


def shows_references(thing: Any) -> bool:
    """Whether each reference is counted: it is not immortal, and has one count for all threads."""
    before = getrefcount(thing)
    probe = [thing]
    return bool(probe) and getrefcount(thing) == before + 1


def ask_identities(found: array[int], objects: List[Any]) -> None:
    """Append the identities of ``objects``."""
    found.extend(array(WORD, map(id, objects)))


def read_identities(found: array[int], objects: List[Any]) -> None:
    """Append the identities of ``objects``, read from the memory of the list.

    A list ends with the address of its items and the number that it has room for.
    """
    size = found.itemsize
    place = string_at(id(objects) + list.__basicsize__ - 2 * size, size)
    begin = int.from_bytes(place, sys.byteorder)
    end = begin + size * len(objects)
    for address in range(begin, end, PART):
        found.frombytes(string_at(address, min(PART, end - address)))


def _choose() -> Callable[[array[int], List[Any]], None]:
    """The faster function that works here: reading memory takes a tenth of the time."""
    probe = [None, (), ""]
    found, asked = array(WORD), array(WORD)
    ask_identities(asked, probe)
    try:
        read_identities(found, probe)
    except Exception:  # no ctypes, or an interpreter that forbids it
        return ask_identities
    return read_identities if found == asked else ask_identities


append_identities = _choose()
"""Chosen at import, so that importing ctypes is not part of the first snapshot."""


def identities(objects: Iterable[Any]) -> array[int]:
    """The identities of ``objects``."""
    found = array(WORD)
    if type(objects) is list:
        append_identities(found, objects)
        return found
    rest = iter(objects)
    while True:
        row = list(islice(rest, CHUNK))
        if not row:
            return found
        append_identities(found, row)


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
    wanted = array(WORD, [id(module)]).tobytes()
    for start in range(0, len(ids), CHUNK):
        raw = ids[start : start + CHUNK].tobytes()
        place = raw.find(wanted)  # much faster than a search number by number
        while place % ids.itemsize and place >= 0:
            place = raw.find(wanted, place + 1)
        if place >= 0:
            return start + place // ids.itemsize
    return -1  # where it is frozen


def count_overhead() -> int:
    """The number of references that the list of all objects and the counting itself add."""
    probe: List[Any] = []
    held_once = 1  # by the variable ``probe``
    return next(map(getrefcount, [probe])) - held_once

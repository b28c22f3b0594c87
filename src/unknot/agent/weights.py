"""How much memory a few objects keep: their sizes, and those of what they alone may lead to.

Only the collector's objects are in a snapshot. Their strings, buffers and plain tuples are not, and
are most of what they weigh, so the objects asked for come with everything below them that is not
tracked, as a small heap. What of it goes with them is worked out outside.
"""

from __future__ import annotations

import struct
import sys
from array import array
from itertools import chain, compress, islice, repeat
from operator import lt, mul, not_
from types import MethodDescriptorType
from typing import Any, Dict, List, Tuple

from .bound import get_referents, getrefcount, is_tracked
from .snapshot import COUNT, WORD, count_overhead, find, identities, list_referents

__all__ = ["append_untracked", "is_sized_in_c", "size_of", "weigh"]

HAVE_GC = 1 << 14
"""``Py_TPFLAGS_HAVE_GC``: two words for the collector stand in front of each instance."""
MANAGED = (1 << 3 | 1 << 4) if sys.version_info >= (3, 11) else 0
"""``Py_TPFLAGS_MANAGED_WEAKREF`` and ``_DICT``: two more words stand there."""

INTEGER = struct.calcsize("nPnI0n")
"""Bytes that are allocated for an integer of one digit: all of C's struct, more than it uses."""

_flags_of = type.__dict__["__flags__"].__get__


def weigh(ids: List[int]) -> Tuple[Dict[str, Any], List[array[Any]]]:
    """The tracked objects of those identities and what is untracked below them, as arrays.

    The message has ``tracked``, how many of the n objects are tracked: these come first;
    ``overhead``, how many of each reference count are this function's own; and ``fence``.
    The arrays:

    - ``ids`` (n, unsigned 64 bit), identities;
    - ``sizes`` (n, unsigned 64 bit), bytes, the collector's header included;
    - ``counts`` (n, signed 64 bit), reference counts, ``overhead`` included;
    - ``referents`` (n + m, unsigned 64 bit), what they lead to, and ``fence`` after those of each;
    - ``mappings`` (d, unsigned 64 bit), the dicts whose keys the collector passes over, because all
      of them are strings;
    - ``keys`` (d + k, unsigned 64 bit), their keys, and ``fence`` after those of each.

    No method written in Python is called. Call it undisturbed.
    """
    objects = list(find(ids).values())
    tracked = len(objects)
    fence = [object()]
    mappings, keys = append_untracked(objects, fence)
    counts = array(COUNT, map(getrefcount, objects))
    sizes = array(WORD, _sizes(objects))
    referents = list_referents(objects, fence)
    message = {"tracked": tracked, "overhead": count_overhead(), "fence": id(fence[0])}
    columns = [identities(objects), sizes, counts, referents, mappings, keys]
    return message, columns


def _with_string_keys(objects: List[Any]) -> List[Any]:
    """The dicts all of whose keys are strings: of these the collector looks at the values only.

    Each type is asked about once, and each dict by C code alone.
    """
    classes = list(map(type, objects))
    found = {
        identity
        for identity, cls in dict(zip(map(id, classes), classes)).items()
        if any(base is dict for base in type.__dict__["__mro__"].__get__(cls) or ())
    }
    if not found:
        return []
    mappings = list(compress(objects, map(found.__contains__, map(id, classes))))
    shown = map(len, map(get_referents, mappings))
    both = map(mul, map(dict.__len__, mappings), repeat(2))
    return list(compress(mappings, map(lt, shown, both)))


def append_untracked(objects: List[Any], fence: List[Any]) -> Tuple[array[int], array[int]]:
    """Append to tracked objects what is not tracked below them, each once.

    Returns the identities of the dicts among all of them whose keys are strings, and of their keys,
    with what ``fence`` holds after those of each. Holds none of them afterwards.
    """
    level = objects
    known: Dict[int, Any] = {}
    mappings, keys = array(WORD), array(WORD)
    while level:
        referents = get_referents(*level)
        if not referents:
            break
        found = _with_string_keys(level)
        mappings.extend(identities(found))
        keys.extend(list_referents(list(map(list, map(dict.keys, found))), fence))
        referents.extend(chain.from_iterable(map(dict.keys, found)))
        untracked = list(compress(referents, map(not_, map(is_tracked, referents))))
        before = len(known)
        known.update(zip(map(id, untracked), untracked))
        level = list(islice(known.values(), before, None))
    objects.extend(known.values())
    return mappings, keys


def _sizes(objects: List[Any]) -> List[int]:
    classes = dict(zip(map(id, map(type, objects)), map(type, objects)))
    if id(int) not in classes and all(map(is_sized_in_c, classes.values())):
        return list(map(sys.getsizeof, objects))
    return list(map(size_of, objects))


def size_of(thing: Any) -> int:
    """Bytes of an object, the collector's header included; as C code tells them.

    Of a class that has its own idea of its size, it is what the interpreter allocates for it.
    """
    if type(thing) is int:
        return max(sys.getsizeof(thing), INTEGER)
    if is_sized_in_c(type(thing)):
        return sys.getsizeof(thing)
    flags = _flags_of(type(thing))
    words = (2 if flags & HAVE_GC else 0) + (2 if flags & MANAGED else 0)
    return object.__sizeof__(thing) + words * struct.calcsize("P")


def is_sized_in_c(cls: type) -> bool:
    for base in type.__dict__["__mro__"].__get__(cls) or ():
        found = type.__dict__["__dict__"].__get__(base).get("__sizeof__")
        if found is not None:
            return type(found) is MethodDescriptorType
    return False

"""Measures the sizes of a few objects and of the untracked objects reachable from them.

A snapshot has only tracked objects, but strings, buffers and plain tuples make up most of their
memory. The result is a small heap of both; the controller computes what is freed with the objects.
"""

from __future__ import annotations

import struct
import sys
from array import array
from itertools import chain, compress, islice, repeat
from operator import lt, mul, not_
from types import MethodDescriptorType
from typing import Any, Dict, List, Tuple

from .census import mro_or_empty
from .originals import get_referents, getrefcount, getsizeof, is_tracked
from .snapshot import COUNT, WORD, count_overhead, find, identities, list_referents

__all__ = ["append_untracked", "is_sized_in_c", "size_of", "weigh"]

HAVE_GC = 1 << 14
"""``Py_TPFLAGS_HAVE_GC``: a collector header of two words precedes each instance."""
MANAGED = (1 << 3 | 1 << 4) if sys.version_info >= (3, 11) else 0
"""``Py_TPFLAGS_MANAGED_WEAKREF`` and ``_DICT``: two more words precede it."""

INTEGER = struct.calcsize("nPnI0n")
"""Bytes allocated for an integer of one digit: the whole C struct, which is more than it uses."""

_flags_of = type.__dict__["__flags__"].__get__


def weigh(ids: List[int]) -> Tuple[Dict[str, Any], List[array[Any]]]:
    """The tracked objects with those identities and the untracked objects below them, as arrays.

    The message has ``tracked``, the number of tracked objects, which come first; ``overhead``, the
    number of references to each object that this function adds; and ``fence``. The arrays, for n
    objects and m references:

    - ``ids`` (n, unsigned 64-bit): identities;
    - ``sizes`` (n, unsigned 64-bit): bytes, including the collector's header;
    - ``counts`` (n, signed 64-bit): reference counts, including ``overhead``;
    - ``referents`` (n + m, unsigned 64-bit): identities, with ``fence`` after those of each object;
    - ``mappings`` (d, unsigned 64-bit): dicts whose keys the collector does not visit, because all
      of them are strings;
    - ``keys`` (d + k, unsigned 64-bit): their keys, with ``fence`` after those of each dict.

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
    """The dicts whose keys are all strings: the collector visits only their values.

    Python code runs once for each type, not for each dict.
    """
    classes = list(map(type, objects))
    found = {
        identity
        for identity, cls in dict(zip(map(id, classes), classes)).items()
        if any(base is dict for base in mro_or_empty(cls))
    }
    if not found:
        return []
    mappings = list(compress(objects, map(found.__contains__, map(id, classes))))
    shown = map(len, map(get_referents, mappings))
    both = map(mul, map(dict.__len__, mappings), repeat(2))
    return list(compress(mappings, map(lt, shown, both)))


def append_untracked(objects: List[Any], fence: List[Any]) -> Tuple[array[int], array[int]]:
    """Append the untracked objects reachable from the tracked ``objects`` to them, once each.

    Returns the identities of those dicts whose keys are all strings, and of their keys, followed
    for each dict by the identity of the item of ``fence``.
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
        return list(map(getsizeof, objects))
    return list(map(size_of, objects))


def size_of(thing: Any) -> int:
    """The size of an object in bytes, including the collector's header.

    A ``__sizeof__`` written in Python is ignored in favour of what the interpreter allocates.
    """
    if type(thing) is int:
        return max(getsizeof(thing), INTEGER)
    if is_sized_in_c(type(thing)):
        return getsizeof(thing)
    flags = _flags_of(type(thing))
    words = (2 if flags & HAVE_GC else 0) + (2 if flags & MANAGED else 0)
    return object.__sizeof__(thing) + words * struct.calcsize("P")


def is_sized_in_c(cls: type) -> bool:
    for base in mro_or_empty(cls):
        found = type.__dict__["__dict__"].__get__(base).get("__sizeof__")
        if found is not None:
            return type(found) is MethodDescriptorType
    return False

"""Sizes of objects in bytes, as the interpreter allocates them."""

from __future__ import annotations

import struct
import sys
from types import MethodDescriptorType
from typing import Any, Callable, Tuple, Union

from .census import mro_or_empty, own_attributes
from .originals import getsizeof

__all__ = ["INTEGER", "Sizing", "has_referents", "is_sized_in_c", "size_of", "sizing"]

HAVE_GC = 1 << 14
"""``Py_TPFLAGS_HAVE_GC``: a collector header of two words precedes each instance."""
MANAGED = (1 << 3 | 1 << 4) if sys.version_info >= (3, 11) else 0
"""``Py_TPFLAGS_MANAGED_WEAKREF`` and ``_DICT``: two more words precede it."""

INTEGER = struct.calcsize("nPnI0n")
"""Bytes allocated for an integer of one digit: the whole C struct, which is more than it uses."""

_flags_of = type.__dict__["__flags__"].__get__
_itemsize_of = type.__dict__["__itemsize__"].__get__

Sizing = Tuple[Union[int, Callable[[Any], int]], int]


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
    """Whether ``__sizeof__`` of instances is a function of the interpreter or of an extension."""
    return type(_find_sizeof(cls)) is MethodDescriptorType


def has_referents(cls: type) -> bool:
    """Whether instances may refer to others, as far as the collector knows."""
    return bool(_flags_of(cls) & HAVE_GC)


def sizing(thing: Any) -> Sizing:
    """How to measure objects of this one's type: bytes, and a header that is to be added.

    The bytes are a number if they are the same for all, or else a function, which is three times as
    fast as ``getsizeof``. Of an ``int`` they are what is used.
    """
    cls = type(thing)
    measure = _find_sizeof(cls)
    if type(measure) is not MethodDescriptorType:
        return size_of, 0
    if any(base is type for base in mro_or_empty(cls)):
        return getsizeof, 0  # a type that C code defines statically has no header
    size = measure(thing)
    fixed = measure.__objclass__ is object and not _itemsize_of(cls)
    return size if fixed else measure, getsizeof(thing) - size


def _find_sizeof(cls: type) -> Any:
    for base in mro_or_empty(cls):
        found = own_attributes(base).get("__sizeof__")
        if found is not None:
            return found
    return None

"""Containers that tell how many entries they may have: caches and queues with a bound.

Only what C code answers is asked, and instance attributes of the usual names; no method written in
Python is called.
"""

from __future__ import annotations

import contextlib
from collections import deque
from functools import _lru_cache_wrapper
from typing import Any, List, Optional, Tuple

from .census import tracked_by_type, type_name

__all__ = ["measure_bounds"]

NAMES = (
    "maxsize",
    "_maxsize",
    "max_size",
    "_max_size",
    "maxlen",
    "_maxlen",
    "capacity",
    "_capacity",
    "max_entries",
    "_Cache__maxsize",  # cachetools
)
"""Instance attributes in which dictionaries with a bound keep it."""

Entry = Tuple[int, str, int, int]


def measure_bounds() -> List[Entry]:
    """Identity, name, length and bound of each container that tells its bound."""
    found = map(_measure, tracked_by_type(_may_tell))
    return [entry for entry in found if entry is not None]


def _may_tell(cls: type) -> bool:
    mro = type.__dict__["__mro__"].__get__(cls) or ()
    return (
        cls is _lru_cache_wrapper
        or deque in mro
        or (dict in mro and cls is not dict)
        or type_name(cls).startswith("cachetools.")
    )


def _measure(thing: Any) -> Optional[Entry]:
    cls = type(thing)
    if cls is _lru_cache_wrapper:
        _, _, bound, length = _lru_cache_wrapper.cache_info(thing)
        name = getattr(getattr(thing, "__wrapped__", None), "__qualname__", "?")
        return None if bound is None else (id(thing), f"the lru_cache of {name}", length, bound)
    if isinstance(thing, deque):
        bound = deque.maxlen.__get__(thing)
        return None if bound is None else (id(thing), "a deque", deque.__len__(thing), bound)
    attributes = None
    with contextlib.suppress(AttributeError):
        attributes = object.__getattribute__(thing, "__dict__")
    if type(attributes) is not dict:
        return None
    entries = attributes.get("_Cache__currsize")
    if entries is None and isinstance(thing, dict):
        entries = dict.__len__(thing)
    limit = next((attributes[name] for name in NAMES if name in attributes), None)
    if type(limit) is not int or type(entries) is not int:
        return None
    return id(thing), type_name(cls), entries, limit

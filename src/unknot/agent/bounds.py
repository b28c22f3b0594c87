"""Finds containers with a bound on the number of entries: caches and queues.

Bounds are read by C functions and from instance attributes with common names. No method written in
Python is called.
"""

from __future__ import annotations

import contextlib
from collections import deque
from functools import _lru_cache_wrapper
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

from .census import mro_or_empty, tracked_by_type, type_name
from .originals import get_referents

__all__ = ["find_bounded", "may_be_bounded", "measure_bounds"]

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
"""Instance attributes in which bounded dictionaries store their bound."""

Entry = Tuple[int, str, int, int]
"""Identity, name, length and bound of a container."""


def measure_bounds() -> List[Entry]:
    """An entry for each container with a bound."""
    return [entry for _, entry in _bounded(tracked_by_type(may_be_bounded))]


def find_bounded(things: Iterable[Any]) -> List[int]:
    """Identities of the containers within their bounds, and of the dicts inside such caches."""
    found: List[int] = []
    for thing, (identity, _, length, bound) in _bounded(things):
        if length <= bound:
            found.append(identity)
            found.extend(id(part) for part in _parts(thing) if issubclass(type(part), dict))
    return found


def _parts(thing: Any) -> Iterable[Any]:
    """The objects that a cache consists of, other than entries."""
    if type(thing) is _lru_cache_wrapper:
        return get_referents(thing)
    return () if issubclass(type(thing), (dict, deque)) else _attributes(thing).values()


def _attributes(thing: Any) -> Dict[Any, Any]:
    attributes = None
    with contextlib.suppress(AttributeError):
        attributes = object.__getattribute__(thing, "__dict__")
    return attributes if type(attributes) is dict else {}


def _bounded(things: Iterable[Any]) -> Iterator[Tuple[Any, Entry]]:
    for thing in things:
        entry = _measure(thing) if may_be_bounded(type(thing)) else None
        if entry is not None:
            yield thing, entry


def may_be_bounded(cls: type) -> bool:
    """Whether an instance may be a container with a bound."""
    bases = mro_or_empty(cls)  # compared by identity: a metaclass may override equality
    return (
        cls is _lru_cache_wrapper
        or any(base is deque for base in bases)
        or (cls is not dict and any(base is dict for base in bases))
        or type_name(cls).startswith("cachetools.")
    )


def _measure(thing: Any) -> Optional[Entry]:
    cls = type(thing)
    if cls is _lru_cache_wrapper:
        _, _, bound, length = _lru_cache_wrapper.cache_info(thing)
        name = getattr(getattr(thing, "__wrapped__", None), "__qualname__", "?")
        return None if bound is None else (id(thing), f"the lru_cache of {name}", length, bound)
    if issubclass(cls, deque):
        bound = deque.maxlen.__get__(thing)
        return None if bound is None else (id(thing), "a deque", deque.__len__(thing), bound)
    attributes = _attributes(thing)
    entries = attributes.get("_Cache__currsize")
    if entries is None and issubclass(cls, dict):
        entries = dict.__len__(thing)
    limit = next((attributes[name] for name in NAMES if name in attributes), None)
    if type(limit) is not int or type(entries) is not int:
        return None
    return id(thing), type_name(cls), entries, limit

"""Live objects by type name, without keeping an object or a type alive."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from itertools import compress, repeat
from operator import sub
from typing import Any, Callable, DefaultDict, Dict, Iterable, Iterator, List, Tuple

from .bound import (
    count_threads,
    get_objects,
    getrefcount,
    getswitchinterval,
    setswitchinterval,
    sleep,
    thread_time,
)

__all__ = ["census", "tracked_by_type", "type_name", "undisturbed"]

ALIASES = {
    "_asyncio.Future": "asyncio.Future",
    "_asyncio.Task": "asyncio.Task",
    "asyncio.futures.Future": "asyncio.Future",
    "asyncio.tasks.Task": "asyncio.Task",
    "_contextvars.Context": "contextvars.Context",
    "_contextvars.ContextVar": "contextvars.ContextVar",
    "_contextvars.Token": "contextvars.Token",
    "builtins.Context": "contextvars.Context",
    "builtins.ContextVar": "contextvars.ContextVar",
    "builtins.Token": "contextvars.Token",
}
"""One name for the C and the Python half of a type, on every release of CPython."""

SPARE = 4
"""A count may take so many times as long as the longest before it, and is still undisturbed."""

LONGEST = 2.0
"""Seconds that a thread may keep the interpreter at most."""

_module_of = type.__dict__["__module__"].__get__
_qualname_of = type.__dict__["__qualname__"].__get__


def type_name(cls: type) -> str:
    """``module.qualname`` of a type; runs no code of the type's or of its metaclass."""
    try:
        module = _module_of(cls)
    except AttributeError:
        module = None
    if type(module) is not str:  # its __format__ would be the program's
        module = "?"
    name = f"{module}.{str.__str__(_qualname_of(cls))}"
    return ALIASES.get(name, name)


def census() -> Dict[str, int]:
    """How many tracked objects there are of every type name."""
    counts = _count_by_hash() or _count_by_identity()
    names: Dict[str, int] = {}
    for cls, count in counts:
        name = type_name(cls)
        names[name] = names.get(name, 0) + count
    return names


def tracked_by_type(wanted: Callable[[type], bool]) -> List[Any]:
    """The tracked objects of the types that are wanted; each type is asked about once."""
    objects = get_objects()
    types = list(map(type, objects))
    chosen = {identity for identity, cls in dict(zip(map(id, types), types)).items() if wanted(cls)}
    return list(compress(objects, map(chosen.__contains__, map(id, types))))


def _count_by_hash() -> List[Tuple[Any, int]]:
    """Every type and its number of objects; nothing where a metaclass has its own idea of equal."""
    try:
        counts = _count(map(type, get_objects()))
    except Exception:  # a metaclass whose hash raises, or that has none
        return []
    return [] if any(_compares_in_its_own_way(type(cls)) for cls, _ in counts) else counts


def _count_by_identity() -> List[Tuple[Any, int]]:
    objects = get_objects()
    types = dict(zip(map(id, map(type, objects)), map(type, objects)))
    counts = dict(_count(map(id, map(type, objects))))
    return list(zip(map(types.__getitem__, counts), counts.values()))


def _count(keys: Iterable[Any]) -> List[Tuple[Any, int]]:
    """Every key with how often it comes, in about four fifths of the time of ``Counter(keys)``.

    Counter adds one to a number for every key that comes. This takes one more reference to a token
    that each key has, and asks once, at the end, how many references there are.
    """
    tokens: DefaultDict[Any, object] = defaultdict(object)
    tokens[_count]  # none of the keys: its references are those that every token has besides
    taken = list(map(tokens.__getitem__, keys))
    references = list(map(getrefcount, tokens.values()))
    del taken
    counts = dict(zip(tokens, map(sub, references, repeat(references[0]))))
    del counts[_count]
    return list(counts.items())


def _compares_in_its_own_way(metaclass: type) -> bool:
    """Whether classes of it may be equal, or have hashes, otherwise than by identity."""
    mro = type.__dict__["__mro__"].__get__(metaclass)
    return mro is None or any(  # a metaclass in the making has none yet
        name in type.__dict__["__dict__"].__get__(cls)
        for cls in mro
        if cls is not type and cls is not object
        for name in ("__eq__", "__hash__")
    )


class _Turn:
    """How long a thread may keep the interpreter to itself while it counts, in seconds.

    Longer than any count so far, so that no other thread asks for its turn in the middle; but not
    much, because this thread waits as long for its own turn where another one never rests.
    """

    seconds = 0.05


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """No thread switch inside the block, as long as nothing in it waits.

    A switch in the middle of a count changes what is counted (``METHOD.md``). Threads that wait
    for their turn may have asked for it already, so each has one before the block begins.
    """
    interval = getswitchinterval()
    setswitchinterval(_Turn.seconds)
    try:
        if count_threads():
            sleep(0)
        began = thread_time()
        yield
        took = thread_time() - began  # without the time of others: losing a turn costs no more
        _Turn.seconds = min(max(_Turn.seconds, SPARE * took), LONGEST)
    finally:
        setswitchinterval(interval)

"""Counts live objects by type name, without keeping an object or a type alive."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from itertools import compress, repeat
from operator import sub
from typing import Any, Callable, DefaultDict, Dict, Iterable, Iterator, List, Mapping, Tuple

from .originals import (
    count_threads,
    get_objects,
    getrefcount,
    getswitchinterval,
    setswitchinterval,
    sleep,
    thread_time,
)

__all__ = [
    "census",
    "choose_by_type",
    "metaclasses_with_a_hash",
    "mro_or_empty",
    "own_attributes",
    "tracked_by_type",
    "type_name",
    "undisturbed",
]

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
"""One name for the C and the Python implementation of a type, on every release of CPython."""

SPARE = 4
"""How many times longer than the longest count so far the next one may take undisturbed."""

LONGEST = 2.0
"""Maximum switch interval in seconds."""

Known = Dict[int, bool]
"""By the identity of a type, whether it is wanted: a metaclass may override equality."""

_module_of = type.__dict__["__module__"].__get__
_mro_of = type.__dict__["__mro__"].__get__
_qualname_of = type.__dict__["__qualname__"].__get__
_hash_by_address = object.__dict__["__hash__"]


def type_name(cls: type) -> str:
    """``module.qualname`` of a type. Runs no code of the type or its metaclass."""
    try:
        module = _module_of(cls)
    except AttributeError:
        module = None
    if type(module) is not str:  # the program's __format__ would run
        module = "?"
    name = f"{module}.{str.__str__(_qualname_of(cls))}"
    return ALIASES.get(name, name)


def mro_or_empty(cls: type) -> Tuple[type, ...]:
    """The method resolution order of a type; empty as long as the type is not ready.

    Up to 3.9, an unused C type is not ready. Runs no code of the metaclass.
    """
    return _mro_of(cls) or ()


def own_attributes(cls: type) -> Mapping[str, Any]:
    """The attributes that a type itself has. Runs no code of the metaclass."""
    attributes: Mapping[str, Any] = type.__dict__["__dict__"].__get__(cls)
    return attributes


def census() -> Dict[str, int]:
    """Number of tracked objects by type name."""
    counts = _count_by_hash() or _count_by_identity()
    names: Dict[str, int] = {}
    for cls, count in counts:
        name = type_name(cls)
        names[name] = names.get(name, 0) + count
    return names


def tracked_by_type(wanted: Callable[[type], bool]) -> List[Any]:
    """The tracked objects whose type is ``wanted``, which is called once for each type."""
    return choose_by_type(get_objects(), wanted, {})


def choose_by_type(things: List[Any], wanted: Callable[[type], bool], known: Known) -> List[Any]:
    """The things whose type is ``wanted``, which is called once for each type not yet ``known``."""
    types = list(map(type, things))
    for identity, cls in dict(zip(map(id, types), types)).items():
        if identity not in known:
            known[identity] = wanted(cls)
    return list(compress(things, map(known.__getitem__, map(id, types))))


def _count_by_hash() -> List[Tuple[Any, int]]:
    """Types and numbers of objects; empty if a metaclass overrides the hash."""
    try:
        counts = _count(map(type, get_objects()))
    except Exception:  # a metaclass whose hash raises or is None
        return []
    return [] if any(_overrides_hash(type(cls)) for cls, _ in counts) else counts


def _count_by_identity() -> List[Tuple[Any, int]]:
    objects = get_objects()
    types = dict(zip(map(id, map(type, objects)), map(type, objects)))
    counts = dict(_count(map(id, map(type, objects))))
    return list(zip(map(types.__getitem__, counts), counts.values()))


def _count(keys: Iterable[Any]) -> List[Tuple[Any, int]]:
    """Keys and how often each occurs, in about four fifths of the time of ``Counter(keys)``.

    Instead of incrementing a number for every occurrence, this collects a reference to the key's
    token and reads the reference counts of all tokens once, at the end.
    """
    tokens: DefaultDict[Any, object] = defaultdict(object)
    tokens[_count]  # not a key: its count is the number of references that every token has besides
    taken = list(map(tokens.__getitem__, keys))
    references = list(map(getrefcount, tokens.values()))
    del taken
    counts = dict(zip(tokens, map(sub, references, repeat(references[0]))))
    del counts[_count]
    return list(counts.items())


def metaclasses_with_a_hash() -> List[type]:
    """The metaclasses whose classes must not be keys, because that would run code of the program.

    Equality is not asked of the others: no two addresses have one hash.
    """
    found: List[type] = []
    rest: List[type] = [type]
    while rest:
        metaclass = rest.pop()
        if _overrides_hash(metaclass) and not any(metaclass is one for one in found):
            found.append(metaclass)
        rest += type.__subclasses__(metaclass)
    return found


def _overrides_hash(metaclass: type) -> bool:
    """Whether the hash of its classes may be other than that of their address.

    One that overrides equality too often assigns ``type.__hash__``, which is nobody's code.
    """
    for cls in mro_or_empty(metaclass):
        attributes = own_attributes(cls)
        if "__hash__" in attributes:
            return attributes["__hash__"] is not _hash_by_address
    return True


class _SwitchInterval:
    """The switch interval while counting, in seconds.

    Longer than any count so far, so that no other thread requests the GIL during a count; but not
    much longer, because this thread waits as long for the GIL if another one never releases it.
    """

    seconds = 0.05


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Prevents thread switches inside the block, provided that nothing in it blocks.

    A switch during a count changes what is counted. Waiting threads may have requested the GIL
    already, so they get to run before the block begins.
    """
    interval = getswitchinterval()
    setswitchinterval(_SwitchInterval.seconds)
    try:
        if count_threads():
            sleep(0)
        began = thread_time()
        yield
        took = thread_time() - began  # without the time of other threads
        _SwitchInterval.seconds = min(max(_SwitchInterval.seconds, SPARE * took), LONGEST)
    finally:
        setswitchinterval(interval)

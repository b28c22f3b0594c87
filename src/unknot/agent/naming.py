"""Names the references of any object by tables, applied in order of certainty.

First come the object's contents, slots and C attributes, then its type, its instance dict, and the
frame of a generator. Remaining references of C types that offer no attribute for them are named by
the type of the referent or by position. The rest is unknown. None of the program's code runs
(:mod:`.type_layout`).
"""

from __future__ import annotations

import sys
from collections import deque
from contextvars import ContextVar
from itertools import compress
from operator import or_
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

from .census import type_name
from .frames import name_frame, name_generator
from .guesses import BY_PLACE, BY_TYPE, Guess
from .references import References
from .type_layout import KINDS, TypeLayout, mro

__all__ = ["NODES", "name_references", "text_of_key"]

NODES = ("builtins.hamt_bitmap_node", "builtins.hamt_array_node", "builtins.hamt_collision_node")
LARGEST_INDEX = 1 << 53
"""Some JSON parsers do not read larger integers exactly."""

PLAIN_KEYS = (bool, float, type(None))
"""Types whose values are always shown as keys."""
LARGEST_KEY = 64
"""Maximum number of bits of an integer, or bytes of a bytes object, shown as a key."""
MOST_PARTS = 4
"""Maximum length of a tuple shown as a key."""

CACHE_ENTRY: Tuple[Guess, ...] = (("key", None), ("item", None))
CACHE_PARTS: Tuple[str, ...] = ("__wrapped__", "cache", "cache_info_type")
if sys.version_info >= (3, 10):
    CACHE_ENTRY += (("attribute", "entry_type"),)
    CACHE_PARTS = ("cache", "__wrapped__", "kwd_mark", "entry_type", "cache_info_type")


def name_references(thing: Any, references: References, layout: TypeLayout) -> None:
    """Name as many references of ``thing`` as possible."""
    for step in (_name_contents, _name_attributes, _name_type, _name_dict, _name_rest):
        if references.nameless():
            step(thing, references, layout)


def _name_contents(thing: Any, references: References, layout: TypeLayout) -> None:
    for ancestor in layout.names:
        if ancestor in CONTENTS:
            CONTENTS[ancestor](thing, references, layout)


def _name_attributes(thing: Any, references: References, layout: TypeLayout) -> None:
    for name, value in layout.attributes(thing):
        kind, shown = KINDS.get(name, ("attribute", name))
        references.name(value, kind, shown)


def _name_type(thing: Any, references: References, layout: TypeLayout) -> None:
    references.name(type(thing), "class")


def _name_dict(thing: Any, references: References, layout: TypeLayout) -> None:
    """Name the instance dict, or the attributes that are stored inline."""
    dicts = [place for place, found in references.nameless() if issubclass(type(found), dict)]
    if not dicts and not layout.managed:
        return
    attributes = layout.instance_dict(thing)
    if attributes is None:
        if len(dicts) == 1 and layout.has_dict:  # shadowed by an attribute of the same name
            references.name_at(dicts[0], "dict")
    elif not references.name(attributes, "dict") and layout.managed:
        for name, value in dict.items(attributes):
            references.name(value, "attribute", _text(name))


def _name_rest(thing: Any, references: References, layout: TypeLayout) -> None:
    if id(type(thing)) in FRAMES:
        FRAMES[id(type(thing))](thing, references)
    for ancestor in layout.names:
        if ancestor in BY_TYPE:
            _guess_by_type(references, BY_TYPE[ancestor])
        if ancestor in BY_PLACE:
            _guess_by_place(thing, references, BY_PLACE[ancestor])


def _guess_by_type(references: References, guesses: Dict[str, Guess]) -> None:
    for place, referent in references.nameless():
        for name in map(type_name, mro(type(referent))):
            if name in guesses:
                references.name_at(place, *guesses[name])
                break


def _guess_by_place(thing: Any, references: References, guesses: Tuple[str, ...]) -> None:
    places = [
        place
        for place, referent in enumerate(references.referents)
        if references.is_nameless(place) and referent is not type(thing)
    ]
    for place, name in zip(places, guesses):
        kind, shown = KINDS.get(name, ("attribute", name))
        references.name_at(place, kind, shown)


def _text(key: Any) -> Optional[str]:
    """A string key as an exact ``str``; ``None`` for other keys."""
    return str.__str__(key) if issubclass(type(key), str) else None


def text_of_key(key: Any) -> Optional[str]:
    """A key other than a string, as code would write it; ``None`` unless its type is built in."""
    # By identity: hashing a class would run code of the metaclass.
    if any(type(key) is cls for cls in PLAIN_KEYS):
        return repr(key)
    if type(key) is int and key.bit_length() <= LARGEST_KEY:
        return repr(key)
    if type(key) is bytes and len(key) <= LARGEST_KEY:
        return repr(key)
    if type(key) is type:
        return type_name(key).rpartition(".")[2]
    if type(key) is tuple and len(key) <= MOST_PARTS:
        parts = [repr(part) if type(part) is str else text_of_key(part) for part in key]
        if None not in parts:
            return f"({', '.join(filter(None, parts))}{',' if len(key) == 1 else ''})"
    return None


def _name_items(mapping: Any, references: References, _: TypeLayout) -> None:
    of_values = references.are_among(dict.values(mapping))
    of_keys = references.are_among(dict.keys(mapping))
    for key, value in compress(dict.items(mapping), map(or_, of_values, of_keys)):
        index = key if type(key) is int and abs(key) < LARGEST_INDEX else None
        references.name(value, "item", _text(key), index, text_of_key(key))
        references.name(key, "key")


def _name_list(things: Any, references: References, _: TypeLayout) -> None:
    _name_by_index(list.__iter__, things, references)


def _name_tuple(things: Any, references: References, _: TypeLayout) -> None:
    _name_by_index(tuple.__iter__, things, references)


def _name_deque(things: Any, references: References, _: TypeLayout) -> None:
    _name_by_index(deque.__iter__, things, references)


def _name_by_index(
    iterate: Callable[[Any], Iterator[Any]], things: Any, references: References
) -> None:
    of_items = references.are_among(iterate(things))
    for index, value in compress(enumerate(iterate(things)), of_items):
        references.name(value, "item", None, index)


def _name_set(things: Any, references: References, _: TypeLayout) -> None:
    for value in compress(set.__iter__(things), references.are_among(set.__iter__(things))):
        references.name(value, "key")


def _name_frozenset(things: Any, references: References, _: TypeLayout) -> None:
    of_items = references.are_among(frozenset.__iter__(things))
    for value in compress(frozenset.__iter__(things), of_items):
        references.name(value, "key")


def _name_node(node: Any, references: References, _: TypeLayout) -> None:
    """Name the references of a node of a context's HAMT: other nodes, or values and variables.

    On every release the collector visits a value before its variable.
    """
    place = 0
    referents = references.referents
    while place < len(referents):
        if type_name(type(referents[place])) in NODES:
            references.name_at(place, "attribute", "node")
            place += 1
            continue
        variable = referents[place + 1]
        if type(variable) is ContextVar:
            references.name_at(place, "variable", _text(variable.name))
            references.name_at(place + 1, "key")
        place += 2


def _name_callbacks(future: Any, references: References, layout: TypeLayout) -> None:
    """Name the first callback of a C future and its context. Further ones are in a list."""
    callbacks = layout.read(future, "_callbacks")
    if type(callbacks) is list and callbacks:
        for index, part in enumerate(callbacks[0]):
            references.name(part, "attribute", "_callbacks", index)


def _name_cache(cache: Any, references: References, _: TypeLayout) -> None:
    """Name the references of an ``lru_cache``: its entries, its dict, and the function."""
    referents = references.referents
    begin = 1 if referents[0] is type(cache) else 0
    end = len(referents)
    if type(referents[-1]) is dict:  # the instance dict
        end -= 1
    end -= len(CACHE_PARTS)
    for place in range(begin, end, len(CACHE_ENTRY)):
        for offset, (kind, name) in enumerate(CACHE_ENTRY):
            references.name_at(place + offset, kind, name)
    for offset, name in enumerate(CACHE_PARTS):
        references.name_at(end + offset, "attribute", name)


CONTENTS: Dict[str, Callable[[Any, References, TypeLayout], None]] = {
    "asyncio.Future": _name_callbacks,
    "builtins.dict": _name_items,
    "builtins.frozenset": _name_frozenset,
    "builtins.hamt_array_node": _name_node,
    "builtins.hamt_bitmap_node": _name_node,
    "builtins.hamt_collision_node": _name_node,
    "builtins.list": _name_list,
    "builtins.set": _name_set,
    "builtins.tuple": _name_tuple,
    "collections.deque": _name_deque,
    "functools._lru_cache_wrapper": _name_cache,
}
"""By type, the function that names the contents of a container."""

FRAMES: Dict[int, Callable[[Any, References], None]] = {
    id(AsyncGeneratorType): name_generator,
    id(CoroutineType): name_generator,
    id(FrameType): name_frame,
    id(GeneratorType): name_generator,
}
"""By the identity of the exact type, because its attributes are looked up."""

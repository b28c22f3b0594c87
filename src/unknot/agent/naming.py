"""Names for the references of any object: tables by type, applied from the sure to the likely.

First what the object itself tells: its contents, its slots and C attributes. Then its type, its
instance dict, the frame of a generator. What is then left is named by its own type or by its
place, for those types in C that keep something but offer no attribute for it. The rest is
unknown. Nothing of the program's own code runs (:mod:`.anatomy`).
"""

from __future__ import annotations

import sys
from collections import deque
from contextvars import ContextVar
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType
from typing import Any, Callable, Dict, Optional, Tuple

from .anatomy import KINDS, Anatomy, lineage
from .census import type_name
from .frames import name_frame, name_generator
from .guesses import BY_PLACE, BY_TYPE, Guess
from .references import References

__all__ = ["NODES", "name_references", "text_of_key"]

NODES = ("builtins.hamt_bitmap_node", "builtins.hamt_array_node", "builtins.hamt_collision_node")
LARGEST_INDEX = 1 << 53
"""Larger integers are not read back by every reader of JSON."""

PLAIN_KEYS = (bool, float, type(None))
"""Types of keys that are always shown."""
LARGEST_KEY = 64
"""Bits of an integer, or bytes, of a key that is shown."""
MOST_PARTS = 4
"""Parts of a tuple that is shown as a key."""

CACHE_ENTRY: Tuple[Guess, ...] = (("key", None), ("item", None))
CACHE_PARTS: Tuple[str, ...] = ("__wrapped__", "cache", "cache_info_type")
if sys.version_info >= (3, 10):
    CACHE_ENTRY += (("attribute", "entry_type"),)
    CACHE_PARTS = ("cache", "__wrapped__", "kwd_mark", "entry_type", "cache_info_type")


def name_references(thing: Any, references: References, anatomy: Anatomy) -> None:
    """Find as many names for the references of ``thing`` as there are to find."""
    for step in (_name_contents, _name_attributes, _name_type, _name_dict, _name_rest):
        if references.nameless():
            step(thing, references, anatomy)


def _name_contents(thing: Any, references: References, anatomy: Anatomy) -> None:
    for ancestor in anatomy.names:
        if ancestor in CONTENTS:
            CONTENTS[ancestor](thing, references, anatomy)


def _name_attributes(thing: Any, references: References, anatomy: Anatomy) -> None:
    for name, value in anatomy.attributes(thing):
        kind, shown = KINDS.get(name, ("attribute", name))
        references.name(value, kind, shown)


def _name_type(thing: Any, references: References, anatomy: Anatomy) -> None:
    references.name(type(thing), "class")


def _name_dict(thing: Any, references: References, anatomy: Anatomy) -> None:
    """Name the instance's dict, or the attributes that are stored without one."""
    dicts = [place for place, found in references.nameless() if issubclass(type(found), dict)]
    if not dicts and not anatomy.managed:
        return
    attributes = anatomy.instance_dict(thing)
    if attributes is None:
        if len(dicts) == 1 and anatomy.has_dict:  # hidden behind an attribute of the same name
            references.name_at(dicts[0], "dict")
    elif not references.name(attributes, "dict") and anatomy.managed:
        for name, value in dict.items(attributes):
            references.name(value, "attribute", _text(name))


def _name_rest(thing: Any, references: References, anatomy: Anatomy) -> None:
    if id(type(thing)) in FRAMES:
        FRAMES[id(type(thing))](thing, references)
    for ancestor in anatomy.names:
        if ancestor in BY_TYPE:
            _guess_by_type(references, BY_TYPE[ancestor])
        if ancestor in BY_PLACE:
            _guess_by_place(thing, references, BY_PLACE[ancestor])


def _guess_by_type(references: References, guesses: Dict[str, Guess]) -> None:
    for place, referent in references.nameless():
        for name in map(type_name, lineage(type(referent))):
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
    """A key that is a string, as an exact one."""
    return str.__str__(key) if issubclass(type(key), str) else None


def text_of_key(key: Any) -> Optional[str]:
    """A key that is no string, as code would write it; only of types without code of their own."""
    # By identity: to hash a class would be to ask its metaclass.
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


def _name_items(mapping: Any, references: References, _: Anatomy) -> None:
    for key, value in dict.items(mapping):
        index = key if type(key) is int and abs(key) < LARGEST_INDEX else None
        references.name(value, "item", _text(key), index, text_of_key(key))
        references.name(key, "key")


def _name_list(things: Any, references: References, _: Anatomy) -> None:
    for index, value in enumerate(list.__iter__(things)):
        references.name(value, "item", None, index)


def _name_tuple(things: Any, references: References, _: Anatomy) -> None:
    for index, value in enumerate(tuple.__iter__(things)):
        references.name(value, "item", None, index)


def _name_deque(things: Any, references: References, _: Anatomy) -> None:
    for index, value in enumerate(deque.__iter__(things)):
        references.name(value, "item", None, index)


def _name_set(things: Any, references: References, _: Anatomy) -> None:
    for value in set.__iter__(things):
        references.name(value, "key")


def _name_frozenset(things: Any, references: References, _: Anatomy) -> None:
    for value in frozenset.__iter__(things):
        references.name(value, "key")


def _name_node(node: Any, references: References, _: Anatomy) -> None:
    """Name what a node of a context's tree holds: other nodes, or values and their variables.

    The collector is shown a value first and then its variable, on every release.
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


def _name_callbacks(future: Any, references: References, anatomy: Anatomy) -> None:
    """Name the first callback of a C future, and its context; further ones are in a list."""
    callbacks = anatomy.read(future, "_callbacks")
    if type(callbacks) is list and callbacks:
        for index, part in enumerate(callbacks[0]):
            references.name(part, "attribute", "_callbacks", index)


def _name_cache(cache: Any, references: References, _: Anatomy) -> None:
    """Name what a cached function keeps: its entries, the dict that finds them, the function."""
    referents = references.referents
    begin = 1 if referents[0] is type(cache) else 0
    end = len(referents)
    if type(referents[-1]) is dict:  # of the attributes
        end -= 1
    end -= len(CACHE_PARTS)
    for place in range(begin, end, len(CACHE_ENTRY)):
        for offset, (kind, name) in enumerate(CACHE_ENTRY):
            references.name_at(place + offset, kind, name)
    for offset, name in enumerate(CACHE_PARTS):
        references.name_at(end + offset, "attribute", name)


CONTENTS: Dict[str, Callable[[Any, References, Anatomy], None]] = {
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
"""What containers hold."""

FRAMES: Dict[int, Callable[[Any, References], None]] = {
    id(AsyncGeneratorType): name_generator,
    id(CoroutineType): name_generator,
    id(FrameType): name_frame,
    id(GeneratorType): name_generator,
}
"""By the identity of the exact type: their attributes are asked for, and only theirs may be."""

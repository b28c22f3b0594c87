"""What a few objects are and what each of their references is called.

Asked after the counting is done: naming may leave a frame object, or an instance's dict, where
the interpreter had not made one yet. What an object refers to is read before that.
"""

from __future__ import annotations

import sys
import weakref
from types import AsyncGeneratorType, CoroutineType, FunctionType, GeneratorType
from typing import Any, Dict, List, Optional

from .anatomy import Anatomy
from .bound import (
    disable_collector,
    enable_collector,
    is_collector_enabled,
    is_tracked,
)
from .census import type_name
from .frames import state_of_generator
from .givers import Givers, is_fixed
from .naming import name_references
from .origins import Origins
from .references import References
from .referents import referents_of
from .snapshot import find

__all__ = ["describe", "label", "state_of"]

GENERATORS = (AsyncGeneratorType, CoroutineType, GeneratorType)
STATES = {"PENDING": "pending", "FINISHED": "done", "CANCELLED": "cancelled"}


def label(ids: List[int]) -> Dict[str, Any]:
    """The objects of those identities with their references, and the identities of none.

    ``objects`` are in the order of ``ids``. Every reference of an object to a tracked one is
    there as often as the collector sees it, in its order. Nothing of the program's own code runs,
    no collection either; call it undisturbed.
    """
    enabled = is_collector_enabled()
    disable_collector()
    try:
        return _label(ids)
    finally:
        if enabled:
            enable_collector()


def _label(ids: List[int]) -> Dict[str, Any]:
    things = find(ids)
    references = {identity: References(referents_of(thing)) for identity, thing in things.items()}
    anatomies: Dict[int, Anatomy] = {}
    origins = Origins()
    givers = Givers(origins)
    objects = []
    for identity in dict.fromkeys(ids):
        if identity in things:
            thing = things[identity]
            cls = type(thing)
            if id(cls) not in anatomies:
                anatomies[id(cls)] = Anatomy(cls)
            anatomy = anatomies[id(cls)]
            objects.append(describe(thing, references[identity], anatomy, origins, givers))
    return {"objects": objects, "missing": [each for each in ids if each not in things]}


def describe(
    thing: Any, references: References, anatomy: Anatomy, origins: Origins, givers: Givers
) -> Dict[str, Any]:
    """The object of a label: what it is, whose, where, and its references."""
    try:
        name_references(thing, references, anatomy)
    except Exception:  # an object that is not what its type says: the rest of it stays unknown
        pass
    try:
        origin = origins.origin(thing, anatomy)
    except Exception:
        origin = {"origin": "interpreter", "package": "", "where": None, "name": None}
    try:
        given = givers.of(thing, anatomy, references, str(origin["origin"]))
    except Exception:
        given = {}
    return {
        "id": id(thing),
        "type": type_name(type(thing)),
        **origin,
        "exception": "builtins.BaseException" in anatomy.names,
        "state": state_of(thing, anatomy),
        "freevars": list(thing.__code__.co_freevars) if type(thing) is FunctionType else [],
        "referent": _weak_referent(thing),
        "references": references.to_list(),
        "fixed": is_fixed(anatomy),
        "through_dict": _through_dict(thing, references, anatomy),
        "stores": {name: one.where for name, one in given.items() if one.where is not None},
        "given": {
            name: {
                "origin": one.origin,
                "package": one.package,
                "hands_itself": one.hands_itself,
            }
            for name, one in given.items()
            if one.origin is not None
        },
    }


def _through_dict(thing: Any, references: References, anatomy: Anatomy) -> List[Dict[str, Any]]:
    """References through the instance's dict, as if the instance itself had them.

    Reading the attributes of an instance moves them into a dict, but for 3.13, which shows them in
    both; a snapshot taken before that has them in the instance.
    """
    if sys.version_info[:2] == (3, 13) or not anatomy.managed:
        return []
    attributes = anatomy.instance_dict(thing)
    if not any(each is attributes for each in references.referents):
        return []
    return [
        {"to": id(value), "kind": "attribute", "name": str.__str__(name)}
        for name, value in dict.items(attributes or {})
        if issubclass(type(name), str) and is_tracked(value)
    ]


def _weak_referent(thing: Any) -> Optional[int]:
    """Of weak references: what they refer to, which the collector does not show."""
    # Up to 3.9, some of C's types are never made ready and have no order.
    # By identity: to compare a class would be to ask its metaclass.
    mro = type.__dict__["__mro__"].__get__(type(thing)) or ()
    if not any(cls is weakref.ref for cls in mro):
        return None
    referent = weakref.ref.__call__(thing)
    return None if referent is None else id(referent)


def state_of(thing: Any, anatomy: Anatomy) -> Optional[str]:
    """Of generators, coroutines, tasks and futures: how far they are."""
    if any(type(thing) is cls for cls in GENERATORS):
        return state_of_generator(thing)
    if "asyncio.Future" in anatomy.names:
        state = anatomy.read(thing, "_state") or _stored_state(thing, anatomy)
        return STATES.get(state) if type(state) is str else None
    return None


def _stored_state(future: Any, anatomy: Anatomy) -> Any:
    """The state of a future written in Python; one that was never set is pending."""
    for name, value in dict.items(anatomy.instance_dict(future) or {}):
        if type(name) is str and name == "_state":
            return value
    return "PENDING"

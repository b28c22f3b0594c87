"""Describes a few objects and names each of their references.

Used after counting: naming may create frame objects and instance dicts. Referents are read before
that.
"""

from __future__ import annotations

import sys
import weakref
from types import AsyncGeneratorType, CoroutineType, FunctionType, GeneratorType
from typing import Any, Dict, List, Optional

from .census import mro_or_empty, type_name
from .frames import state_of_generator
from .naming import name_references
from .originals import (
    disable_collector,
    enable_collector,
    is_collector_enabled,
    is_tracked,
)
from .origins import Origins
from .references import References
from .referents import referents_of
from .snapshot import find
from .sources import Files
from .store_origins import StoreOrigins, is_fixed
from .type_layout import TypeLayout

__all__ = ["describe", "label", "state_of"]

GENERATORS = (AsyncGeneratorType, CoroutineType, GeneratorType)
STATES = {"PENDING": "pending", "FINISHED": "done", "CANCELLED": "cancelled"}


def label(
    ids: List[int], most: Optional[int] = None, files: Optional[Files] = None
) -> Dict[str, Any]:
    """Descriptions of the ``objects`` with those identities, and the identities ``missing``.

    ``objects`` are in the order of ``ids``. Their references to tracked objects are those that the
    collector sees, in its order; of an object that has more than ``most`` references, those to
    ``objects``. Source files in ``files`` are not read, and those that are read are added. None of
    the program's code runs, and no collection. Call it undisturbed.
    """
    enabled = is_collector_enabled()
    disable_collector()
    try:
        return _label(ids, most, files)
    finally:
        if enabled:
            enable_collector()


def _label(ids: List[int], most: Optional[int], files: Optional[Files]) -> Dict[str, Any]:
    things = find(ids)
    references = {}
    for identity, thing in things.items():
        referents = referents_of(thing)
        many = most is not None and len(referents) > most
        references[identity] = References(referents, wanted=things.keys() if many else None)
    layouts: Dict[int, TypeLayout] = {}
    origins = Origins()
    store_origins = StoreOrigins(origins, files)
    objects = []
    for identity in dict.fromkeys(ids):
        if identity in things:
            thing = things[identity]
            cls = type(thing)
            if id(cls) not in layouts:
                layouts[id(cls)] = TypeLayout(cls)
            layout = layouts[id(cls)]
            objects.append(describe(thing, references[identity], layout, origins, store_origins))
    return {"objects": objects, "missing": [each for each in ids if each not in things]}


def describe(
    thing: Any,
    references: References,
    layout: TypeLayout,
    origins: Origins,
    store_origins: StoreOrigins,
) -> Dict[str, Any]:
    """The label of an object: type, origin, state and references."""
    try:
        name_references(thing, references, layout)
    except Exception:  # an object unlike its type: the remaining references stay unknown
        pass
    try:
        origin = origins.origin(thing, layout)
    except Exception:
        origin = {"origin": "interpreter", "package": "", "where": None, "name": None}
    try:
        stores = store_origins.of(thing, layout, references, str(origin["origin"]))
    except Exception:
        stores = {}
    return {
        "id": id(thing),
        "type": type_name(type(thing)),
        **origin,
        "exception": "builtins.BaseException" in layout.names,
        "state": state_of(thing, layout),
        "freevars": list(thing.__code__.co_freevars) if type(thing) is FunctionType else [],
        "referent": _weak_referent(thing),
        "references": references.to_list(),
        "fixed": is_fixed(layout),
        "through_dict": _through_dict(thing, references, layout),
        "stores": {name: one.where for name, one in stores.items() if one.where is not None},
        "given": {
            name: {
                "origin": one.origin,
                "package": one.package,
                "hands_itself": one.assigns_self,
            }
            for name, one in stores.items()
            if one.origin is not None
        },
    }


def _through_dict(thing: Any, references: References, layout: TypeLayout) -> List[Dict[str, Any]]:
    """References through the instance dict, as if the instance itself had them.

    Reading the attributes of an instance moves them from the instance into a dict, except on 3.13,
    where both refer to them. A snapshot taken earlier has them in the instance.
    """
    if sys.version_info[:2] == (3, 13) or not layout.managed:
        return []
    attributes = layout.instance_dict(thing)
    if not any(each is attributes for each in references.referents):
        return []
    return [
        {"to": id(value), "kind": "attribute", "name": str.__str__(name)}
        for name, value in dict.items(attributes or {})
        if issubclass(type(name), str) and is_tracked(value)
    ]


def _weak_referent(thing: Any) -> Optional[int]:
    """The identity of a weak reference's referent; ``None`` for other objects."""
    # By identity: comparing classes would run code of the metaclass.
    if not any(cls is weakref.ref for cls in mro_or_empty(type(thing))):
        return None
    referent = weakref.ref.__call__(thing)
    return None if referent is None else id(referent)


def state_of(thing: Any, layout: TypeLayout) -> Optional[str]:
    """The state of a generator, coroutine, task or future; ``None`` for other objects."""
    if any(type(thing) is cls for cls in GENERATORS):
        return state_of_generator(thing)
    if "asyncio.Future" in layout.names:
        state = layout.read(thing, "_state") or _stored_state(thing, layout)
        return STATES.get(state) if type(state) is str else None
    return None


def _stored_state(future: Any, layout: TypeLayout) -> Any:
    """The state of a future implemented in Python. The class attribute is ``PENDING``."""
    for name, value in dict.items(layout.instance_dict(future) or {}):
        if type(name) is str and name == "_state":
            return value
    return "PENDING"

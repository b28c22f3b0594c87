"""Functions, methods, partials, descriptors, weak references, and the classes they need."""

from __future__ import annotations

import functools
import importlib.util
import sys
import types
import weakref
from typing import Any

__all__ = [
    "Plain",
    "SlotsAndDict",
    "Slotted",
    "functions",
    "make_closure",
    "methods",
    "references",
    "with_attribute",
]


class Plain:
    third: Any

    def __init__(self, **attributes: Any) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)

    def method(self) -> None: ...


class Slotted:
    __slots__ = ("__hidden", "empty", "slot")

    def __init__(self) -> None:
        self.slot = [1]
        self.__hidden = [2]


class SlotsAndDict(Slotted):
    def __init__(self) -> None:
        super().__init__()
        self.attribute = [3]


class Reference(weakref.ref):  # type: ignore[type-arg]
    __slots__ = ("key",)
    key: Any


def with_attribute(thing: Any) -> Any:
    thing.attribute = [4]
    return thing


def make_closure(*_: Any, **__: Any) -> Any:
    one, two = [1], [2]

    def inner(default: Any = [3], *, keyword: Any = {"k": []}) -> Any:  # noqa: B006
        return one, two, default, keyword

    return inner


def make_empty_cell() -> Any:
    def inner() -> Any:
        return later

    cell = inner.__closure__[0]  # type: ignore[index]
    if cell is None:
        later = 1
    return cell


def annotated(a: Plain, b: Any = [1]) -> None: ...  # noqa: B006


def fresh_module(name: str, without: str) -> Any:
    """A module of the standard library as it is without its half in C."""
    spec: Any = importlib.util.find_spec(name)
    module = importlib.util.module_from_spec(spec)
    hidden = sys.modules[without]
    sys.modules[without] = None  # type: ignore[assignment]
    try:
        spec.loader.exec_module(module)
    finally:
        sys.modules[without] = hidden
    return module


def functions() -> dict[str, Any]:
    closure = make_closure()
    asked = make_closure()
    asked.__annotations__["default"] = Plain
    plain = Plain()
    with_entries = functools.lru_cache(maxsize=4)(make_closure)
    with_entries(plain)
    with_entries(plain, word=plain)
    return {
        "function": closure,
        "function with annotations": annotated,
        "function with a dict of annotations": asked,
        "function with attributes": with_attribute(make_closure()),
        "closure": closure.__closure__,
        "cell": closure.__closure__[0],
        "empty cell": make_empty_cell(),
        "builtin function": len,
        "partial": functools.partial(closure, [], word=[]),
        "partial with attributes": with_attribute(functools.partial(closure, [])),
        "partial in Python": fresh_module("functools", "_functools").partial(closure, [], word=[]),
        "partial method": functools.partialmethod(closure, []),
        "cached function": functools.lru_cache(maxsize=4)(closure),
        "endlessly cached function": functools.lru_cache(maxsize=None)(make_closure),
        "cached function with entries": with_entries,
    }


def methods() -> dict[str, Any]:
    closure = make_closure()
    plain = Plain()
    owner = Plain()
    owner.third = owner.method
    return {
        "bound method": plain.method,
        "bound method of a partial": types.MethodType(functools.partial(make_closure), plain),
        "object with its own method": owner,
        "builtin method": [].append,
        "method wrapper": [].__len__,
        "method descriptor": list.append,
        "wrapper descriptor": list.__len__,
        "getset descriptor": Plain.__dict__["__dict__"],
        "member descriptor": Slotted.__dict__["slot"],
        "class method": classmethod(closure),
        "static method": staticmethod(closure),
        "property": property(closure, make_closure, make_closure()),
        "super": super(SlotsAndDict, SlotsAndDict()),
    }


def references() -> dict[str, Any]:
    closure = make_closure()
    plain = Plain()
    keyed = Reference(plain, closure)
    keyed.key = [5]
    return {
        "weak reference": weakref.ref(plain, closure),
        "weak reference without callback": weakref.ref(plain),
        "weak reference with a key": keyed,
        "weak proxy": weakref.proxy(plain, closure),
        "weak callable proxy": weakref.proxy(closure, closure),
        "weak method": weakref.WeakMethod(plain.method, closure),
        "weak set": weakref.WeakSet([plain]),
        "weak key dict": weakref.WeakKeyDictionary({plain: []}),
        "weak value dict": weakref.WeakValueDictionary({"a": plain}),
        "kept alive": [plain, closure],
    }

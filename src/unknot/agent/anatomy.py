"""What a type's instances consist of, read without running code of the program's.

No attribute of a measured object is ever asked for. Its type's line of ancestors, their namespaces
and the descriptors in them come from ``type`` itself; the descriptors made in C (slots, members,
and those attributes known to have no side effect) then read the object.
"""

from __future__ import annotations

import sys
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .census import type_name

__all__ = ["Anatomy", "lineage", "module_dict", "module_of", "namespace"]

HEAP_TYPE = 1 << 9
IMMUTABLE = 1 << 8
MANAGED_DICT = 1 << 4

PARSER_EVENTS = (
    *("AttlistDecl", "CharacterData", "Comment", "Default", "ElementDecl", "EndCdataSection"),
    *("EndDoctypeDecl", "EndElement", "EndNamespaceDecl", "EntityDecl", "ExternalEntityRef"),
    *("NotStandalone", "NotationDecl", "ProcessingInstruction", "SkippedEntity"),
    *("StartCdataSection", "StartDoctypeDecl", "StartElement", "StartNamespaceDecl"),
    *("UnparsedEntityDecl", "XmlDecl"),
)
"""What an expat parser can have a handler for."""
PARSER_HANDLERS = tuple(f"{event}Handler" for event in PARSER_EVENTS)

ATTRIBUTES = {
    "asyncio.Future": (
        "_loop",
        "_result",
        "_exception",
        "_cancel_message",
        "_source_traceback",
    ),
    "asyncio.Task": ("_coro", "_fut_waiter"),
    "builtins.BaseException": ("args", "__traceback__", "__context__", "__cause__"),
    "builtins.TaskStepMethWrapper": ("__self__",),
    "_asyncio.TaskStepMethWrapper": ("__self__",),
    "builtins.async_generator": ("ag_code", "ag_await", "__name__", "__qualname__"),
    "builtins.builtin_function_or_method": ("__self__",),
    "builtins.cell": ("cell_contents",),
    "builtins.coroutine": ("cr_code", "cr_await", "__name__", "__qualname__"),
    "builtins.frame": ("f_code", "f_trace"),
    "builtins.function": (
        "__code__",
        "__defaults__",
        "__kwdefaults__",
        "__name__",
        "__qualname__",
        "__type_params__",
    ),
    "builtins.generator": ("gi_code", "gi_yieldfrom", "__name__", "__qualname__"),
    "builtins.memoryview": ("obj",),
    "builtins.traceback": ("tb_next",),
    "builtins.type": ("__mro__", "__bases__", "__base__"),
    "contextvars.Token": ("var", "old_value"),
    "pyexpat.xmlparser": (*PARSER_HANDLERS, "DefaultHandlerExpand"),
}
"""The attributes computed in C that are read, by type. Only such as create and change nothing.

Left out on purpose: ``__annotations__`` and ``__dict__`` create what is not there, ``f_back`` and
``gi_frame`` create frames, ``f_globals`` is not the frame's own reference since 3.11.
"""

KINDS = {
    "__callback__": ("callback", None),
    "__closure__": ("closure", None),
    "__dict__": ("dict", None),
    "cell_contents": ("cell", None),
}
"""Attributes that have a kind of their own."""


def _is_frozen_dataclass(parameters: Any) -> bool:
    known = type_name(type(parameters)) == "dataclasses._DataclassParams"
    return known and parameters.frozen is True


def _is_frozen_by_attrs(function: Any) -> bool:
    return type(function) is FunctionType and function.__name__ == "_frozen_setattrs"


FREEZING: Dict[str, Callable[[Any], bool]] = {
    "__dataclass_params__": _is_frozen_dataclass,
    "__setattr__": _is_frozen_by_attrs,
}
"""Members of a class that say whether its instances can be changed."""

_module_of = type.__dict__["__module__"].__get__
_module_dict_of: Callable[[Any], Any] = vars(ModuleType)["__dict__"].__get__
_mro_of = type.__dict__["__mro__"].__get__
_namespace_of = type.__dict__["__dict__"].__get__
_flags_of = type.__dict__["__flags__"].__get__
_dict_offset_of = type.__dict__["__dictoffset__"].__get__


def lineage(cls: type) -> Tuple[type, ...]:
    """The type and its ancestors, nearest first."""
    return _mro_of(cls) or (cls,)


def namespace(cls: type) -> Iterator[Tuple[str, Any]]:
    """Names and values in a class's body. No look-up: a key's own ``__eq__`` might run."""
    body = _namespace_of(cls) or {}  # up to 3.9, a type in C that was never used has none
    for key, value in body.items():
        if type(key) is str:
            yield key, value


def module_of(cls: type) -> Optional[str]:
    """The name of the module that a class says it is of."""
    try:
        module = _module_of(cls)
    except AttributeError:
        return None
    return module if type(module) is str else None


def module_dict(module: Any) -> Dict[Any, Any]:
    """What a module holds; nothing where it is no module, though ``sys.modules`` has it."""
    if not issubclass(type(module), ModuleType):
        return {}
    found = _module_dict_of(module)
    return found if issubclass(type(found), dict) else {}


class Anatomy:
    """How to read the instances of one type."""

    __slots__ = ("_computed", "_readers", "frozen", "has_dict", "in_c", "managed", "names")

    def __init__(self, cls: type) -> None:
        flags = _flags_of(cls)
        self.names: List[str] = []
        """The qualified names of the type and its ancestors."""
        self._readers: List[Tuple[str, Any]] = []
        self.managed = sys.version_info >= (3, 11) and bool(flags & MANAGED_DICT)
        """Whether attributes may be stored in the instance itself, without a dict."""
        self.has_dict = self.managed or _dict_offset_of(cls) != 0
        self.in_c = not flags & HEAP_TYPE or (
            sys.version_info >= (3, 10) and bool(flags & IMMUTABLE)
        )
        """Whether the type was surely not written in Python."""
        self.frozen = False
        """Whether it is a frozen class of ``dataclasses`` or ``attrs``."""
        self._computed: Dict[str, Any] = {}
        for ancestor in lineage(cls):
            self._look_at(ancestor)

    def _look_at(self, ancestor: type) -> None:
        ancestor_name = type_name(ancestor)
        known = ATTRIBUTES.get(ancestor_name, ())
        for name, value in namespace(ancestor):
            if type(value) is MemberDescriptorType:
                self._readers.append((name, value))
                self._computed.setdefault(name, value)
            elif type(value) is GetSetDescriptorType:
                self._computed.setdefault(name, value)
                if name in known:
                    self._readers.append((name, value))
            elif name in FREEZING:
                self.frozen = self.frozen or FREEZING[name](value)
        self.names.append(ancestor_name)

    def attributes(self, instance: Any) -> Iterator[Tuple[str, Any]]:
        """Names and values of what C stores in the instance: slots, members, known attributes."""
        for name, descriptor in self._readers:
            try:
                value = descriptor.__get__(instance)
            except Exception:  # an empty slot, or another type's descriptor
                continue
            yield name, value

    def readers(self) -> List[Tuple[str, Callable[[Any], Any]]]:
        """By name, what reads an attribute of those; it raises where a slot is empty."""
        return [(name, descriptor.__get__) for name, descriptor in self._readers]

    def read(self, instance: Any, name: str) -> Any:
        """An attribute in a slot, or that C computes, or None; the caller knows that it may ask."""
        try:
            return self._computed[name].__get__(instance)
        except Exception:  # no such attribute, or another type's descriptor
            return None

    def instance_dict(self, instance: Any) -> Optional[Dict[Any, Any]]:
        """The instance's own dict; if there was none, reading it makes one."""
        found = self.read(instance, "__dict__")
        return found if issubclass(type(found), dict) else None

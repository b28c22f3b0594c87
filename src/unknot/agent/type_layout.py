"""How to read the instances of a type without running the program's code.

Attributes of measured objects are never looked up. The MRO, the namespaces of its classes and the
descriptors in them are read by ``type``'s own descriptors. The descriptors implemented in C (slots,
members, and attributes known to have no side effects) then read the object.
"""

from __future__ import annotations

import sys
from struct import calcsize
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .census import mro_or_empty, type_name

__all__ = ["TypeLayout", "module_dict", "module_of", "mro", "namespace"]

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
"""The events for which an expat parser can have a handler."""
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
"""The attributes computed in C that are read, by type. Reading them creates and changes nothing.

Left out on purpose: ``__annotations__`` and ``__dict__`` create missing dicts, ``f_back`` and
``gi_frame`` create frames, and since 3.11 a frame does not itself refer to its ``f_globals``.
"""

KINDS = {
    "__callback__": ("callback", None),
    "__closure__": ("closure", None),
    "__dict__": ("dict", None),
    "cell_contents": ("cell", None),
}
"""Kind and name of attributes that are not of kind ``attribute``."""


def _is_frozen_dataclass(parameters: Any) -> bool:
    known = type_name(type(parameters)) == "dataclasses._DataclassParams"
    return known and parameters.frozen is True


def _is_frozen_by_attrs(function: Any) -> bool:
    return type(function) is FunctionType and function.__name__ == "_frozen_setattrs"


FREEZING: Dict[str, Callable[[Any], bool]] = {
    "__dataclass_params__": _is_frozen_dataclass,
    "__setattr__": _is_frozen_by_attrs,
}
"""Class members that show whether instances are immutable."""

_module_of = type.__dict__["__module__"].__get__
_module_dict_of: Callable[[Any], Any] = vars(ModuleType)["__dict__"].__get__

_namespace_of = type.__dict__["__dict__"].__get__
_flags_of = type.__dict__["__flags__"].__get__
_dict_offset_of = type.__dict__["__dictoffset__"].__get__
_weakref_offset_of = type.__dict__["__weakrefoffset__"].__get__
_size_of = type.__dict__["__basicsize__"].__get__
_class_of = object.__dict__["__class__"]
POINTER = calcsize("P")


def mro(cls: type) -> Tuple[type, ...]:
    """The method resolution order of a type; the type alone if C code has not readied it."""
    return mro_or_empty(cls) or (cls,)


def namespace(cls: type) -> Iterator[Tuple[str, Any]]:
    """Names and values in a class's namespace. A look-up might run a key's ``__eq__``."""
    body = _namespace_of(cls) or {}  # up to 3.9, an unused C type has none
    for key, value in body.items():
        if type(key) is str:
            yield key, value


def module_of(cls: type) -> Optional[str]:
    """The ``__module__`` of a class; ``None`` if it has none or it is not a string."""
    try:
        module = _module_of(cls)
    except AttributeError:
        return None
    return module if type(module) is str else None


def module_dict(module: Any) -> Dict[Any, Any]:
    """A module's dict; empty for an object in ``sys.modules`` that is not a module."""
    if not issubclass(type(module), ModuleType):
        return {}
    found = _module_dict_of(module)
    return found if issubclass(type(found), dict) else {}


class TypeLayout:
    """How to read the instances of one type."""

    __slots__ = (
        *("_all_are_read", "_computed", "_readers"),
        *("frozen", "has_dict", "in_c", "managed", "names"),
    )

    def __init__(self, cls: type) -> None:
        flags = _flags_of(cls)
        self.names: List[str] = []
        """The qualified names of the types in the MRO."""
        self._readers: List[Tuple[str, Any]] = []
        self.managed = sys.version_info >= (3, 11) and bool(flags & MANAGED_DICT)
        """Whether attributes may be stored inline, without a dict."""
        self.has_dict = self.managed or _dict_offset_of(cls) != 0
        self.in_c = not flags & HEAP_TYPE or (
            sys.version_info >= (3, 10) and bool(flags & IMMUTABLE)
        )
        """Whether the type is certainly implemented in C."""
        places = (_size_of(cls) - _size_of(object)) // POINTER - (_weakref_offset_of(cls) > 0)
        self.frozen = False
        """Whether the type is a frozen class of ``dataclasses`` or ``attrs``."""
        self._computed: Dict[str, Any] = {}
        for ancestor in mro(cls):
            self._add(ancestor)
        self._all_are_read = len(self._readers) == places
        """Whether no slot's descriptor was deleted, if instances have nothing but slots."""

    def _add(self, ancestor: type) -> None:
        if ancestor is object:  # most types have nothing else above them
            self._computed.setdefault("__class__", _class_of)
            self.names.append("builtins.object")
            return
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

    @property
    def has_slots_alone(self) -> bool:
        """Whether instances refer to what is in their slots and to their type, and nothing else."""
        return not self.has_dict and self.names[1:] == ["builtins.object"] and self._all_are_read

    def attributes(self, instance: Any) -> Iterator[Tuple[str, Any]]:
        """Names and values of slots, members and known attributes of an instance."""
        for name, descriptor in self._readers:
            try:
                value = descriptor.__get__(instance)
            except Exception:  # an empty slot, or another type's descriptor
                continue
            yield name, value

    def readers(self) -> List[Tuple[str, Callable[[Any], Any]]]:
        """Getters of those attributes, with their names. A getter raises if the slot is empty."""
        return [(name, descriptor.__get__) for name, descriptor in self._readers]

    def read(self, instance: Any, name: str) -> Any:
        """An attribute in a slot or computed in C; ``None`` if there is none.

        The caller has to know that reading the attribute has no side effects.
        """
        try:
            return self._computed[name].__get__(instance)
        except Exception:  # no such attribute, or another type's descriptor
            return None

    def instance_dict(self, instance: Any) -> Optional[Dict[Any, Any]]:
        """The instance dict, which is created if it does not exist; ``None`` without support."""
        found = self.read(instance, "__dict__")
        return found if issubclass(type(found), dict) else None

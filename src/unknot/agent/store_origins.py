"""Finds whose code stores an object's attributes, and where. It may not be the code of its class.

A library stores attributes of the application's subclasses of its classes, and an application may
set attributes on a library's objects.
"""

from __future__ import annotations

import sys
from types import CodeType, FrameType, FunctionType
from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Set, Tuple

from .assignments import argument_names
from .originals import get_referents
from .origins import Origins
from .references import References
from .sources import Files, Sources, with_nested
from .store_lines import StoreLines
from .type_layout import TypeLayout, module_dict, module_of, mro, namespace

__all__ = ["StoreOrigin", "StoreOrigins", "is_fixed"]

WRAPPERS = frozenset(map(id, (classmethod, property, staticmethod)))


class StoreOrigin(NamedTuple):
    """The code that stores an attribute or local variable."""

    where: Optional[str] = None
    """``path:line``"""
    origin: Optional[str] = None
    """As in :meth:`.origins.Origins.origin`; ``None``: the origin of the class."""
    package: str = ""
    assigns_self: bool = False
    """Whether the storing line has the form ``child.parent = self``."""


class StoreOrigins:
    """Finds the code that stores attributes. Create one for each use; ``files`` as in Sources."""

    def __init__(self, origins: Origins, files: Optional[Files] = None) -> None:
        self._origins = origins
        self._sources = Sources(origins, files)
        self._stores = StoreLines(origins, self._sources)
        self._names: Dict[str, FrozenSet[str]] = {}
        self._own: Dict[int, FrozenSet[str]] = {}
        self._application: Optional[Dict[str, List[CodeType]]] = None
        self._set_outside: Dict[str, Optional[StoreOrigin]] = {}

    def of(
        self, thing: Any, layout: TypeLayout, references: References, origin: str
    ) -> Dict[str, StoreOrigin]:
        """What is known of the object's attributes and local variables, by name.

        ``origin`` is that of the object.
        """
        found = {
            name: self._at(name, where)
            for name, where in self._stores.of(thing, layout, references).items()
        }
        if type(thing) is FrameType:
            for name, where in self._arguments(thing):
                found.setdefault(name, StoreOrigin(where))
        elif origin != "application" and not issubclass(type(thing), type):
            for name, known in self._foreign_names(thing, layout, references):
                outside = self._store_outside(name)
                if not known:
                    found[name] = outside or StoreOrigin(None, "application")
                elif outside is not None:  # of several attributes with this name, which is unknown
                    found.pop(name, None)
        return found

    def _at(self, name: str, where: str) -> StoreOrigin:
        path, _, line = where.rpartition(":")
        origin, package = self._origins.author(path)
        assigns_self = self._sources.assigns_self(path, int(line), name)
        return StoreOrigin(where, origin, package, assigns_self)

    def _arguments(self, frame: FrameType) -> Iterator[Tuple[str, str]]:
        """A function's arguments, each with the line of the function."""
        code = frame.f_code
        file = self._origins.file(str.__str__(code.co_filename))
        for name in argument_names(code) if file is not None else ():
            yield name, f"{file}:{code.co_firstlineno}"

    def _foreign_names(
        self, thing: Any, layout: TypeLayout, references: References
    ) -> Iterator[Tuple[str, bool]]:
        """The attributes in the object's dict that the code of its class does not mention.

        Each with whether other code of the package mentions it.
        """
        attributes = layout.instance_dict(thing) if layout.has_dict else None
        named = frozenset(references.attributes()) if attributes else frozenset()
        is_readable = bool(named) and not layout.in_c
        own = self._names_of_class(type(thing)) if is_readable else frozenset()
        for name in dict.keys(attributes or {}):
            if type(name) is str and name in named and name not in own:
                # Most objects have no such name, and to read the whole package takes long.
                yield name, is_readable and name in self._names_in(_package_of(type(thing)))

    def _names_of_class(self, cls: type) -> FrozenSet[str]:
        """All names in the namespaces of a class and its base classes, and in their code."""
        if id(cls) not in self._own:
            names: Set[str] = set()
            for ancestor in mro(cls):
                names.update(name for name, _ in namespace(ancestor))
                for function in _functions_of(ancestor):
                    names.update(_names_of(function))
            self._own[id(cls)] = frozenset(names)
        return self._own[id(cls)]

    def _names_in(self, package: str) -> FrozenSet[str]:
        """All names mentioned in the code of a package."""
        if package not in self._names:
            names: Set[str] = set()
            for name, module in list(sys.modules.items()):
                if type(name) is str and name.partition(".")[0] == package:
                    for function in _functions_in(module):
                        names.update(_names_of(function))
            self._names[package] = frozenset(names)
        return self._names[package]

    def _store_outside(self, name: str) -> Optional[StoreOrigin]:
        """The application's first line that stores such an attribute on an object but ``self``.

        ``None`` if there is none. Without the line if several files do, as it is unknown which.
        """
        if name not in self._set_outside:
            places = {
                (file, store.line)
                for code in self._code_of_application().get(name, ())
                for file in [self._origins.file(str.__str__(code.co_filename))]
                for store in self._sources.attribute_stores(code) or ()
                if store.name == name and not (store.on_self or store.constant or file is None)
            }
            store = StoreOrigin(None, "application") if places else None
            if len({file for file, _ in places}) == 1:
                store = self._at(name, "{}:{}".format(*min(places)))
            self._set_outside[name] = store
        return self._set_outside[name]

    def _code_of_application(self) -> Dict[str, List[CodeType]]:
        """The code of all functions of the application, by each name that it mentions."""
        if self._application is None:
            codes = {
                id(code): code
                for module in list(sys.modules.values())
                for file in [dict.get(module_dict(module), "__file__")]
                if type(file) is str and self._origins.author(file)[0] == "application"
                for function in _functions_in(module)
                for code in with_nested(function.__code__)
            }
            self._application = {}
            for code in codes.values():
                for name in code.co_names:
                    self._application.setdefault(name, []).append(code)
        return self._application


def _package_of(cls: type) -> str:
    return (module_of(cls) or "").partition(".")[0]


def _functions_in(module: Any) -> Iterator[FunctionType]:
    """The functions in a module and in its classes."""
    for member in list(dict.values(module_dict(module))):
        if type(member) is FunctionType:
            yield member
        elif issubclass(type(member), type):
            yield from _functions_of(member)


def _functions_of(cls: type) -> Iterator[FunctionType]:
    """The functions in a class's own namespace."""
    for _, value in namespace(cls):
        parts = get_referents(value) if id(type(value)) in WRAPPERS else [value]
        for part in parts:
            if type(part) is FunctionType:
                yield part


def _names_of(function: FunctionType) -> Iterator[str]:
    """The names mentioned in the code of a function and of nested functions."""
    for code in with_nested(function.__code__):
        yield from code.co_names


def is_fixed(layout: TypeLayout) -> bool:
    """Whether no statement can change such an object, such as a tuple or a frozen dataclass."""
    return layout.frozen or not {"builtins.tuple", "builtins.frozenset"}.isdisjoint(layout.names)

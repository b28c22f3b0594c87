"""Whose code gives an object an attribute, and where: not always the code of its class.

An application's subclass of a library's class has attributes that the library stores, and an
application gives attributes to a library's objects.
"""

from __future__ import annotations

import linecache
import re
import sys
from types import FrameType, FunctionType
from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Set, Tuple

from .anatomy import Anatomy, module_dict, module_of, namespace
from .instructions import attribute_stores, with_nested
from .origins import Origins
from .references import References
from .stores import Stores

__all__ = ["Given", "Givers", "is_fixed"]

HANDS_ITSELF = r"\b(?!self\b)\w+\.{name}\s*(?::[^=]+)?=\s*self\s*(?:#.*)?$"
"""A line by which an object stores itself as an attribute of another."""

VARARGS = 0x4
VARKEYWORDS = 0x8


class Given(NamedTuple):
    """An attribute or local variable of one object."""

    where: Optional[str] = None
    """``path:line``"""
    origin: Optional[str] = None
    """As an object's; None where it is that of the class."""
    package: str = ""
    hands_itself: bool = False
    """Whether the line that stores it is like ``child.parent = self``."""


class Givers:
    """Remembers what it read, so make one for each use."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._stores = Stores(origins)
        self._names: Dict[str, FrozenSet[str]] = {}
        self._application: Optional[List[FunctionType]] = None
        self._set_outside: Dict[str, Given] = {}

    def of(
        self, thing: Any, anatomy: Anatomy, references: References, origin: str
    ) -> Dict[str, Given]:
        """By name, for those of the object's references of which something is known.

        ``origin`` is the object's own.
        """
        found = {
            name: self._at(name, where)
            for name, where in self._stores.of(thing, anatomy, references).items()
        }
        if type(thing) is FrameType:
            for name, where in self._arguments(thing):
                found.setdefault(name, Given(where))
        elif origin != "application" and not issubclass(type(thing), type):
            for name in self._unknown_names(thing, anatomy, references):
                if name not in found:
                    found[name] = self._from_outside(name)
        return found

    def _at(self, name: str, where: str) -> Given:
        path, _, line = where.rpartition(":")
        origin, package = self._origins.author(path)
        code = linecache.getline(path, int(line))
        hands = re.search(HANDS_ITSELF.format(name=re.escape(name)), code) is not None
        return Given(where, origin, package, hands)

    def _arguments(self, frame: FrameType) -> Iterator[Tuple[str, str]]:
        """The arguments of a function, with the line that declares it."""
        code = frame.f_code
        file = self._origins.file(str.__str__(code.co_filename))
        count = code.co_argcount + code.co_kwonlyargcount
        count += bool(code.co_flags & VARARGS) + bool(code.co_flags & VARKEYWORDS)
        for name in code.co_varnames[:count] if file is not None else ():
            yield name, f"{file}:{code.co_firstlineno}"

    def _unknown_names(self, thing: Any, anatomy: Anatomy, references: References) -> Iterator[str]:
        """The attributes in the object's dict that no code of its class's package mentions."""
        attributes = anatomy.instance_dict(thing) if anatomy.has_dict else None
        named = frozenset(references.attributes()) if attributes else frozenset()
        known: FrozenSet[str] = frozenset()
        if named and not anatomy.in_c:
            known = self._names_in((module_of(type(thing)) or "").partition(".")[0])
        for name in dict.keys(attributes or {}):
            if type(name) is str and name in named and name not in known:
                yield name

    def _names_in(self, package: str) -> FrozenSet[str]:
        """The names of all attributes that the code of a package mentions."""
        if package not in self._names:
            names: Set[str] = set()
            for name, module in list(sys.modules.items()):
                if type(name) is str and name.partition(".")[0] == package:
                    for function in _functions_in(module):
                        for code in with_nested(function.__code__):
                            names.update(code.co_names)
            self._names[package] = frozenset(names)
        return self._names[package]

    def _from_outside(self, name: str) -> Given:
        """The only line of the application that stores such an attribute of another object."""
        if name not in self._set_outside:
            places = {
                f"{file}:{store.line}"
                for function in self._functions_of_application()
                for code in with_nested(function.__code__)
                if name in code.co_names
                for file in [self._origins.file(str.__str__(code.co_filename))]
                for store in attribute_stores(code)
                if store.name == name and not (store.on_self or store.constant or file is None)
            }
            given = Given(None, "application")
            if len(places) == 1:
                given = self._at(name, places.pop())
            self._set_outside[name] = given
        return self._set_outside[name]

    def _functions_of_application(self) -> List[FunctionType]:
        if self._application is None:
            self._application = [
                function
                for module in list(sys.modules.values())
                for file in [dict.get(module_dict(module), "__file__")]
                if type(file) is str and self._origins.author(file)[0] == "application"
                for function in _functions_in(module)
            ]
        return self._application


def _functions_in(module: Any) -> Iterator[FunctionType]:
    """The functions in a module, and in the classes there."""
    for member in list(dict.values(module_dict(module))):
        if type(member) is FunctionType:
            yield member
        elif issubclass(type(member), type):
            for _, value in namespace(member):
                inner = value.__func__ if type(value) in (classmethod, staticmethod) else value
                inner = inner.fget if type(inner) is property else inner
                if type(inner) is FunctionType:
                    yield inner


def is_fixed(anatomy: Anatomy) -> bool:
    """Whether no statement changes such an object: a tuple, a frozen dataclass."""
    return anatomy.frozen or not {"builtins.tuple", "builtins.frozenset"}.isdisjoint(anatomy.names)

"""Whose code gives an object an attribute, and where: not always the code of its class.

An application's subclass of a library's class has attributes that the library stores, and an
application gives attributes to a library's objects.
"""

from __future__ import annotations

import sys
from types import FrameType, FunctionType
from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Set, Tuple

from .anatomy import Anatomy, lineage, module_dict, module_of, namespace
from .bound import get_referents
from .origins import Origins
from .references import References
from .sources import Sources, with_nested
from .stores import Stores

__all__ = ["Given", "Givers", "is_fixed"]

WRAPPERS = frozenset(map(id, (classmethod, property, staticmethod)))

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
        self._sources = Sources(origins)
        self._names: Dict[str, FrozenSet[str]] = {}
        self._application: Optional[List[FunctionType]] = None
        self._set_outside: Dict[str, Optional[Given]] = {}

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
            for name, known in self._foreign_names(thing, anatomy, references):
                outside = self._from_outside(name)
                if not known:
                    found[name] = outside or Given(None, "application")
                elif outside is not None:  # it, or another of that name: whose is not known
                    found.pop(name, None)
        return found

    def _at(self, name: str, where: str) -> Given:
        path, _, line = where.rpartition(":")
        origin, package = self._origins.author(path)
        hands_itself = self._sources.hands_itself(path, int(line), name)
        return Given(where, origin, package, hands_itself)

    def _arguments(self, frame: FrameType) -> Iterator[Tuple[str, str]]:
        """The arguments of a function, with the line that declares it."""
        code = frame.f_code
        file = self._origins.file(str.__str__(code.co_filename))
        count = code.co_argcount + code.co_kwonlyargcount
        count += bool(code.co_flags & VARARGS) + bool(code.co_flags & VARKEYWORDS)
        for name in code.co_varnames[:count] if file is not None else ():
            yield name, f"{file}:{code.co_firstlineno}"

    def _foreign_names(
        self, thing: Any, anatomy: Anatomy, references: References
    ) -> Iterator[Tuple[str, bool]]:
        """The attributes in the object's dict that its class does not mention.

        With each, whether other code of the package does.
        """
        attributes = anatomy.instance_dict(thing) if anatomy.has_dict else None
        named = frozenset(references.attributes()) if attributes else frozenset()
        own: Set[str] = set()
        package: FrozenSet[str] = frozenset()
        if named and not anatomy.in_c:
            for ancestor in lineage(type(thing)):
                own.update(name for name, _ in namespace(ancestor))
                for function in _functions_of(ancestor):
                    own.update(_names_of(function))
            package = self._names_in((module_of(type(thing)) or "").partition(".")[0])
        for name in dict.keys(attributes or {}):
            if type(name) is str and name in named and name not in own:
                yield name, name in package

    def _names_in(self, package: str) -> FrozenSet[str]:
        """The names of all attributes that the code of a package mentions."""
        if package not in self._names:
            names: Set[str] = set()
            for name, module in list(sys.modules.items()):
                if type(name) is str and name.partition(".")[0] == package:
                    for function in _functions_in(module):
                        names.update(_names_of(function))
            self._names[package] = frozenset(names)
        return self._names[package]

    def _from_outside(self, name: str) -> Optional[Given]:
        """The application's first line that stores such an attribute of another object.

        None where none does; without the line where several files do: it is not known which.
        """
        if name not in self._set_outside:
            places = {
                (file, store.line)
                for function in self._functions_of_application()
                for code in with_nested(function.__code__)
                if name in code.co_names
                for file in [self._origins.file(str.__str__(code.co_filename))]
                for store in self._sources.attribute_stores(code) or ()
                if store.name == name and not (store.on_self or store.constant or file is None)
            }
            given = Given(None, "application") if places else None
            if len({file for file, _ in places}) == 1:
                given = self._at(name, "{}:{}".format(*min(places)))
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
            yield from _functions_of(member)


def _functions_of(cls: type) -> Iterator[FunctionType]:
    """The functions that a class says itself."""
    for _, value in namespace(cls):
        parts = get_referents(value) if id(type(value)) in WRAPPERS else [value]
        for part in parts:
            if type(part) is FunctionType:
                yield part


def _names_of(function: FunctionType) -> Iterator[str]:
    """What the code of a function and of those inside it mentions."""
    for code in with_nested(function.__code__):
        yield from code.co_names


def is_fixed(anatomy: Anatomy) -> bool:
    """Whether no statement changes such an object: a tuple, a frozen dataclass."""
    return anatomy.frozen or not {"builtins.tuple", "builtins.frozenset"}.isdisjoint(anatomy.names)

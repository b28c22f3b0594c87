"""Finds the line that stores a reference.

Attributes are searched for in the functions of the object's class and its base classes. If those
store only a constant, as in ``self.task = None``, another function of the package stores the
reference; which one is a guess, because other classes may have an attribute of the same name. If
code without source may store it, no line is returned.
"""

from __future__ import annotations

import sys
from operator import attrgetter
from types import (
    AsyncGeneratorType,
    CellType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
)
from typing import (
    Any,
    Callable,
    Dict,
    FrozenSet,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Set,
    Tuple,
)

from .originals import get_referents
from .origins import Origins
from .references import References
from .sources import Sources, with_nested
from .type_layout import TypeLayout, module_dict, module_of, mro, namespace

__all__ = ["StoreLines", "functions_of"]

WRAPPERS = frozenset(map(id, (CellType, classmethod, property, staticmethod)))
"""Types of objects that wrap functions, by identity."""

CODE_OF: Dict[int, Callable[[Any], CodeType]] = {
    id(AsyncGeneratorType): attrgetter("ag_code"),
    id(CoroutineType): attrgetter("cr_code"),
    id(FrameType): attrgetter("f_code"),
    id(GeneratorType): attrgetter("gi_code"),
}
"""The getter of the code of objects with local variables, by identity of the exact type."""

Codes = Dict[str, List[CodeType]]
"""Code objects by each name mentioned in them."""

Place = Tuple[str, int]
"""File and line."""


class Body(NamedTuple):
    """The contents of a class, without its base classes."""

    codes: Codes
    names: FrozenSet[str]
    """Names in its namespace, including slots, and in its annotations."""
    in_c: bool


class Places(NamedTuple):
    """The places that store an attribute, in order, and whether other code stores it too."""

    known: List[Place]
    constant: bool
    """Whether it is also stored as a constant, which is not part of any cycle."""
    unread: bool
    """Whether code without source, such as that of a dataclass, mentions the name."""


class StoreLines:
    """Finds where attributes are stored. Caches what it reads, so create one for each use."""

    def __init__(self, origins: Origins, sources: Sources) -> None:
        self._origins = origins
        self._bodies: Dict[int, Body] = {}
        self._packages: Dict[str, Codes] = {}
        self._sources = sources
        self._found: Dict[Tuple[int, str], Optional[str]] = {}

    def of(self, thing: Any, layout: TypeLayout, references: References) -> Dict[str, str]:
        """``path:line`` by the name of an attribute or local variable, for those found."""
        cls = type(thing)
        if id(cls) in CODE_OF:
            return self._locals(CODE_OF[id(cls)](thing), frozenset(references.local_variables()))
        if layout.in_c or issubclass(cls, type):
            return {}
        stores = {}
        for name in references.attributes():
            if (id(cls), name) not in self._found:
                self._found[id(cls), name] = self._find(cls, name)
            where = self._found[id(cls), name]
            if where is not None:
                stores[name] = where
        return stores

    def _locals(self, code: CodeType, names: FrozenSet[str]) -> Dict[str, str]:
        """The first ``path:line`` at which a function stores each of those local variables."""
        found: Dict[str, str] = {}
        for name, line in self._sources.local_stores(code) if names else ():
            if name in names:
                found.setdefault(name, f"{self._file_of(code)}:{line}")
        return found

    def _find(self, cls: type, name: str) -> Optional[str]:
        declared = False
        for ancestor in mro(cls):
            body = self._body(ancestor)
            places = self._places(body.codes, name)
            if places.known:
                return _text(places.known[0])
            if places.unread or (body.in_c and name in body.names):
                return None
            declared = declared or places.constant or name in body.names
        return self._guess(cls, name, declared)

    def _guess(self, cls: type, name: str, declared: bool) -> Optional[str]:
        """The only line of the package that stores such an attribute on an object but ``self``.

        For an attribute that the class declares, the first of several lines in one file. Lines in
        different files are likely to concern different classes.
        """
        package = _top(module_of(cls))
        if package not in self._packages:
            self._packages[package] = _by_name(functions_of(package))
        places = self._places(self._packages[package], name, of_others=True)
        different = {file for file, _ in places.known} if declared else places.known
        return _text(places.known[0]) if len(different) == 1 and not places.unread else None

    def _places(self, codes: Codes, name: str, of_others: bool = False) -> Places:
        found: Set[Place] = set()
        constant = unread = False
        for code in codes.get(name, ()):
            stores = self._sources.attribute_stores(code)
            if stores is None:
                # Code that is not in a file is generated for classes and stores in ``self``.
                unread = unread or not of_others or self._file_of(code) is not None
                continue
            for store in stores:
                if store.name != name or (of_others and store.on_self):
                    continue
                if store.constant:
                    constant = True
                else:
                    found.add((str(self._file_of(code)), store.line))
        return Places(sorted(found), constant, unread)

    def _file_of(self, code: CodeType) -> Optional[str]:
        return self._origins.file(str.__str__(code.co_filename))

    def _body(self, cls: type) -> Body:
        if id(cls) not in self._bodies:
            self._bodies[id(cls)] = _read(cls)
        return self._bodies[id(cls)]


def _read(cls: type) -> Body:
    names: Set[str] = set()
    functions: List[Any] = []
    for name, value in namespace(cls):
        names.add(name)
        functions.extend(_functions_in(value))
        if name == "__annotations__" and type(value) is dict:
            # By iteration: a look-up might run a key's ``__eq__``.
            names.update(key for key in value if type(key) is str)
    return Body(_by_name(functions), frozenset(names), TypeLayout(cls).in_c)


def _by_name(functions: Iterable[Any]) -> Codes:
    found: Codes = {}
    for code in {id(each.__code__): each.__code__ for each in functions}.values():
        for inner in with_nested(code):
            for name in inner.co_names:
                found.setdefault(name, []).append(inner)
    return found


def _functions_in(member: Any) -> Iterator[Any]:
    """The functions that a member of a class or module is, wraps, or closes over.

    A decorated function is in the closure of the wrapper.
    """
    seen: Set[int] = set()
    waiting = [member]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if type(thing) is FunctionType:
            yield thing
            waiting.extend(thing.__closure__ or ())
        elif id(type(thing)) in WRAPPERS:
            waiting.extend(get_referents(thing))


def functions_of(package: str) -> Iterator[Any]:
    """The functions in the imported modules of a package and their classes."""
    seen: Set[int] = set()
    waiting: List[Any] = []
    for name, module in list(sys.modules.items()):
        if type(name) is str and _top(name) == package:
            waiting.extend(dict.values(module_dict(module)))
    while waiting:
        member = waiting.pop()
        if id(member) in seen:
            continue
        seen.add(id(member))
        if issubclass(type(member), type):
            if _top(module_of(member)) == package:
                waiting.extend(value for _, value in namespace(member))
            continue
        for function in _functions_in(member):
            written_in = dict.get(function.__globals__, "__name__")
            if type(written_in) is str and _top(written_in) == package:
                yield function


def _top(module: Optional[str]) -> str:
    return (module or "").partition(".")[0]


def _text(place: Place) -> str:
    file, line = place
    return f"{file}:{line}"

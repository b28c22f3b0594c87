"""The line that stores a reference: whoever reads of it wants to see what makes it.

An attribute is looked for in the functions of the object's class and of its ancestors. Where those
store nothing but a constant, as in ``self.task = None``, another function of the package does.
Which one is a guess: other classes may have an attribute of the same name. Where there is code
without source that may store it, no line is given.
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

from .anatomy import Anatomy, lineage, module_dict, module_of, namespace
from .bound import get_referents
from .origins import Origins
from .references import References
from .sources import Sources, with_nested

__all__ = ["Stores", "functions_of"]

WRAPPERS = frozenset(map(id, (CellType, classmethod, property, staticmethod)))
"""What leads to functions, and to little else."""

CODE_OF: Dict[int, Callable[[Any], CodeType]] = {
    id(AsyncGeneratorType): attrgetter("ag_code"),
    id(CoroutineType): attrgetter("cr_code"),
    id(FrameType): attrgetter("f_code"),
    id(GeneratorType): attrgetter("gi_code"),
}
"""What has local variables, by the identity of the exact type."""

Codes = Dict[str, List[CodeType]]
"""By each name that is in them."""

Place = Tuple[str, int]
"""File and line."""


class Body(NamedTuple):
    """What a class says itself."""

    codes: Codes
    names: FrozenSet[str]
    """Of its namespace, slots included, and its annotations."""
    in_c: bool


class Places(NamedTuple):
    """Where an attribute is stored, first line first, and whether it is also stored otherwise."""

    known: List[Place]
    constant: bool
    """As a constant, which no cycle leads through."""
    unread: bool
    """Perhaps: code whose source is not known, as that of a dataclass, has its name."""


class Stores:
    """Tells where attributes are stored; remembers what it read, so make one for each use."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._bodies: Dict[int, Body] = {}
        self._packages: Dict[str, Codes] = {}
        self._sources = Sources(origins)
        self._found: Dict[Tuple[int, str], Optional[str]] = {}

    def of(self, thing: Any, anatomy: Anatomy, references: References) -> Dict[str, str]:
        """``path:line`` by attribute, for those of the object's references that are found."""
        cls = type(thing)
        if id(cls) in CODE_OF:
            return self._locals(CODE_OF[id(cls)](thing), frozenset(references.local_variables()))
        if anatomy.in_c or issubclass(cls, type):
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
        """Where a function first stores those of its local variables."""
        found: Dict[str, str] = {}
        for name, line in self._sources.local_stores(code) if names else ():
            if name in names:
                found.setdefault(name, f"{self._file_of(code)}:{line}")
        return found

    def _find(self, cls: type, name: str) -> Optional[str]:
        declared = False
        for ancestor in lineage(cls):
            body = self._body(ancestor)
            places = self._places(body.codes, name)
            if places.known:
                return _text(places.known[0])
            if places.unread or (body.in_c and name in body.names):
                return None
            declared = declared or places.constant or name in body.names
        return self._guess(cls, name, declared)

    def _guess(self, cls: type, name: str, declared: bool) -> Optional[str]:
        """The only line of the package that stores such an attribute of another object.

        Of an attribute that the class declares, the first of several, unless they are in several
        files: then some are likely those of other classes.
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
                # What code in no file stores, it stores in ``self``: it is made for classes.
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
            # No look-up: a key's own ``__eq__`` might run.
            names.update(key for key in value if type(key) is str)
    return Body(_by_name(functions), frozenset(names), Anatomy(cls).in_c)


def _by_name(functions: Iterable[Any]) -> Codes:
    found: Codes = {}
    for code in {id(each.__code__): each.__code__ for each in functions}.values():
        for inner in with_nested(code):
            for name in inner.co_names:
                found.setdefault(name, []).append(inner)
    return found


def _functions_in(member: Any) -> Iterator[Any]:
    """The functions that a member of a class or module is, wraps, or closes over.

    What ``functools.wraps`` was given is in the closure of the function that it makes.
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
    """The functions of a package, of its modules and its classes, as far as they are imported."""
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

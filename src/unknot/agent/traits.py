"""What tells objects of one type apart, for all of many objects: their code, and names they use.

A *trait* is a name with which one object refers to another, or, of one object alone, its title and
the code that it runs: file, first line, and a digest of the code itself. Copies of one cycle have
equal traits; cycles of equal shape that other code made, or with other attributes, have not.

References whose name follows from their type, as the items of a list, have no trait. Asked after
the counting is done, like labels, and with the same promise: no code of the program's runs.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections import defaultdict
from contextvars import ContextVar
from itertools import chain
from operator import attrgetter
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
)
from typing import Any, Callable, DefaultDict, Dict, Iterable, List, Optional, Sequence, Tuple

from .anatomy import Anatomy, module_dict, module_of, namespace
from .bound import disable_collector, enable_collector, get_referents, is_collector_enabled
from .census import type_name
from .frames import PREFIXES, read_locals
from .naming import NODES, text_of_key
from .origins import Origins
from .snapshot import WORD, identities

__all__ = ["collect_traits"]

Text = Tuple[str, str, str, int, int]
"""Kind (``name``, ``cell``, ``title`` or ``code``); a name; file, line, and digest of code."""

MOST_CONSTANTS = 64
"""Constants of code that are part of its digest; a table of data may be longer."""
ALIKE = 4
"""Mappings of equal keys that are told as a block."""
MOST_KEYS = 64
"""Keys of mappings that are told as a block: of more, few lead on in a cycle."""
LONGEST_KEY = 100
"""Characters of a key that tells objects apart though it is no plain name."""
PLAIN = frozenset(map(id, (str, bytes, int, float, complex, bool, type(None))))
"""Types whose ``repr`` runs no code of the program's."""


def collect_traits(things: Iterable[Any]) -> Tuple[Dict[str, Any], List[array[int]]]:
    """The traits of these objects, and of their references.

    The message has ``texts``, all different. The arrays, one entry a trait: the identity of the
    object that has it; that of the object it refers to, or the same again where it is of the object
    alone; and which of the texts it is. A reference may lead to any object, tracked or not: who
    reads the traits knows which are wanted. Call it undisturbed.
    """
    enabled = is_collector_enabled()
    disable_collector()
    try:
        traits = _Traits()
        traits.collect(list(things))
        return {"texts": list(traits.texts)}, [traits.sources, traits.targets, traits.numbers]
    finally:
        if enabled:
            enable_collector()


_qualname_of = type.__dict__["__qualname__"].__get__


class _Traits:
    """Collects them, type by type; what is named alike as a block, without a loop over objects."""

    def __init__(self) -> None:
        self.texts: Dict[Text, int] = {}
        self.sources, self.targets, self.numbers = array(WORD), array(WORD), array(WORD)
        self._origins: Optional[Origins] = None
        self._names: Dict[str, int] = {}
        self._codes: Dict[int, int] = {}

    def collect(self, things: List[Any]) -> None:
        groups = _group(things, map(id, map(type, things)))
        by_name: Dict[str, int] = {}
        for name in [type_name(type(group[0])) for group in groups.values()]:
            by_name[name] = by_name.get(name, 0) + 1
        for group in groups.values():
            cls = type(group[0])
            if by_name[type_name(cls)] > 1:
                self.add_all(group, group, self._body(cls, _global_names(cls)))
            if id(cls) in OF_TYPE:
                OF_TYPE[id(cls)](self, group)
            elif issubclass(cls, type):
                for thing in group:
                    self.call(thing, str.__str__(_qualname_of(thing)))
                    self.add(thing, thing, self._body(thing))
            else:
                self._of_instances(cls, group)

    def add(self, source: Any, target: Any, number: int) -> None:
        self.sources.append(id(source))
        self.targets.append(id(target))
        self.numbers.append(number)

    def add_all(self, sources: Sequence[Any], targets: Sequence[Any], number: int) -> None:
        """The same for pairs of objects."""
        self.sources.extend(identities(sources))
        self.targets.extend(identities(targets))
        self.numbers.extend(array(WORD, [number]) * len(sources))

    def name(self, name: str) -> int:
        """The number of a reference's name. Of an instance of a subclass of str, of its text."""
        if type(name) is not str:
            name = str.__str__(name)
        if name not in self._names:
            self._names[name] = self._number(("name", name, "", 0, 0))
        return self._names[name]

    def call(self, thing: Any, title: str) -> None:
        """Give an object the name that labels give it."""
        self.add(thing, thing, self._number(("title", str.__str__(title), "", 0, 0)))

    def run_c(self, thing: Any, name: str) -> None:
        """Say that an object runs code of C's, of which no more than its name is known."""
        self.call(thing, name)
        self.add(thing, thing, self._number(("code", str.__str__(name), "", 0, 0)))

    def run(self, thing: Any, code: CodeType) -> None:
        """Say that an object runs that code."""
        self.add(thing, thing, self._code(code))

    def _code(self, code: CodeType) -> int:
        if id(code) not in self._codes:
            place = (str.__str__(code.co_filename), code.co_firstlineno)
            self._codes[id(code)] = self._number(("code", "", *place, _digest(code)))
        return self._codes[id(code)]

    def _number(self, text: Text) -> int:
        return self.texts.setdefault(text, len(self.texts))

    def _body(self, cls: type, names: Iterable[str] = ()) -> int:
        """The number of a class: its place, what is in its body, and those further names."""
        if self._origins is None:
            self._origins = Origins()
        where = self._origins.origin(cls, Anatomy(type(cls)))["where"] or ""
        file, _, line = where.rpartition(":")
        if not line.isdigit():  # of a class without methods no line is known before 3.13
            file, line = where, "0"
        body = "\n".join([*sorted(str.__str__(name) for name, _ in namespace(cls)), *names])
        digest = zlib.crc32(body.encode("utf-8", "replace"))
        return self._number(("code", "", file, int(line), digest))

    def _of_instances(self, cls: type, group: List[Any]) -> None:
        """Slots, members and attributes of C's, what is in the instance, what is in a mapping."""
        anatomy = Anatomy(cls)
        self._of_attributes(group, anatomy)
        if anatomy.managed:
            dicts = map(anatomy.instance_dict, group)
            self._of_mappings(group, [{} if each is None else each for each in dicts])
        if "builtins.dict" in anatomy.names:
            self.of_dicts(group)
        if type_name(cls) in NODES:
            self._of_nodes(group)
        if "functools.partial" in anatomy.names:
            for thing in group:
                self._of_callable(thing, dict(anatomy.attributes(thing)).get("func"))

    def _of_attributes(self, group: List[Any], anatomy: Anatomy) -> None:
        sometimes = []
        for name, read in anatomy.readers():
            try:
                self.add_all(group, list(map(read, group)), self.name(name))
            except Exception:  # of one of them the slot is empty
                sometimes.append((name, read))
        if sometimes and not self._has_no_more(group, anatomy, len(sometimes)):
            for name, read in sometimes:
                self._of_attribute(group, self.name(name), read)

    def _has_no_more(self, group: List[Any], anatomy: Anatomy, empty: int) -> bool:
        """Whether so many slots are empty in all of a class's instances, by how much they lead to.

        To count it takes a tenth of the time of finding each slot empty.
        """
        if anatomy.has_dict or anatomy.names[1:] != ["builtins.object"]:
            return False
        each = len(anatomy.readers()) - empty + (sys.version_info >= (3, 9))  # and to the class
        return len(get_referents(*group)) == each * len(group)

    def _of_attribute(self, group: List[Any], number: int, read: Callable[[Any], Any]) -> None:
        for thing in group:
            try:
                value = read(thing)
            except Exception:  # an empty slot
                continue
            self.add(thing, value, number)

    def _of_mappings(self, owners: List[Any], mappings: List[Dict[Any, Any]]) -> None:
        """Names of what mappings lead to; an owner is the mapping itself, or an instance."""
        try:
            keys = list(map("\0".join, map(dict.keys, mappings)))
        except TypeError:  # of some a key is no string
            keys = []
        lengths = map(dict.__len__, mappings)
        pairs = list(zip(owners, mappings))
        for alike in _group(pairs, zip(keys, lengths)).values() if keys else [pairs]:
            first = alike[0][1]
            if not keys or len(alike) < ALIKE or len(first) > MOST_KEYS:
                for owner, mapping in alike:
                    self._of_items(owner, mapping)
                continue
            sources = [owner for owner, _ in alike]
            values = list(chain.from_iterable([dict.values(mapping) for _, mapping in alike]))
            for place, key in enumerate(dict.keys(first)):
                number = self._key(key)
                if number is not None:
                    self.add_all(sources, values[place :: len(first)], number)

    def _of_items(self, source: Any, mapping: Dict[Any, Any]) -> None:
        for key, value in dict.items(mapping):
            number = self._key(key)
            if number is not None:
                self.add(source, value, number)

    def _key(self, key: Any) -> Optional[int]:
        text = str.__str__(key) if issubclass(type(key), str) else text_of_key(key)
        if text is None or (len(text) > LONGEST_KEY and not text.isidentifier()):
            return None
        return self.name(text)

    def of_dicts(self, group: List[Any]) -> None:
        self._of_mappings(group, group)

    def _of_nodes(self, group: List[Any]) -> None:
        """Nodes of a context's tree: values, each followed by the variable that has it."""
        for node in group:
            before: Any = None
            for referent in get_referents(node):
                if type(referent) is ContextVar:
                    self.add(node, before, self.name(referent.name))
                before = referent

    def _of_callable(self, thing: Any, called: Any) -> None:
        """What is called by a method or a partial, which it often shares with others."""
        if type(called) is FunctionType:
            self.call(thing, called.__qualname__)
            self.run(thing, called.__code__)
        elif any(type(called) is cls for cls in (BuiltinFunctionType, MethodWrapperType)):
            self.run_c(thing, called.__name__)

    def of_functions(self, group: List[Any]) -> None:
        for functions in _group(group, map(id, map(attrgetter("__code__"), group))).values():
            code = functions[0].__code__
            self._run_all(functions, code)
            if code.co_kwonlyargcount:
                defaults = list(map(attrgetter("__kwdefaults__"), functions))
                self.add_all(functions, defaults, self.name("__kwdefaults__"))
            if code.co_freevars:
                closures = list(map(attrgetter("__closure__"), functions))
                cells = list(chain.from_iterable(closures))
                for place, name in enumerate(code.co_freevars):
                    number = self.name(name)
                    self.add_all(closures, cells[place :: len(code.co_freevars)], number)

    def _run_all(self, things: List[Any], code: CodeType) -> None:
        """Objects that run one code; most often they have its name, too."""
        titles = list(map(attrgetter("__qualname__"), things))
        for title, called in _group(things, map(str.__str__, titles)).items():
            self.add_all(called, called, self._number(("title", title, "", 0, 0)))
        self.add_all(things, things, self._code(code))

    def of_methods(self, group: List[Any]) -> None:
        for method in group:
            self._of_callable(method, method.__func__)

    def of_builtins(self, group: List[Any]) -> None:
        for function in group:
            self.run_c(function, function.__name__)

    def of_modules(self, group: List[Any]) -> None:
        for module in group:
            name = dict.get(module_dict(module), "__name__")
            if type(name) is str:
                self.call(module, name)

    def of_frames(self, group: List[Any]) -> None:
        for frame in group:
            code = frame.f_code
            self.call(frame, getattr(code, "co_qualname", code.co_name))  # new in 3.11
            self.run(frame, code)
            self._of_locals(frame, frame)

    def of_generators(self, group: List[Any]) -> None:
        """Of generators, coroutines and async generators; up to 3.10 their frames have the rest."""
        prefix = PREFIXES[type(group[0]).__name__]
        code_of = attrgetter(prefix + "code")
        for alike in _group(group, map(id, map(code_of, group))).values():
            self._run_all(alike, code_of(alike[0]))
        for thing in group if sys.version_info >= (3, 11) else ():
            frame = getattr(thing, prefix + "frame")
            if frame is not None:
                self._of_locals(thing, frame)

    def _of_locals(self, holder: Any, frame: Any) -> None:
        """Variables that lead to one of the objects; a cell holds what an inner function uses."""
        code = frame.f_code
        cells = code.co_cellvars + code.co_freevars
        for name, value in read_locals(frame, get_referents(holder)).items():
            text = ("cell" if name in cells else "name", name, "", 0, 0)
            self.add(holder, value, self._number(text))


def _global_names(cls: type) -> List[str]:
    """What the module of a class calls it: two calls of one factory make two classes."""
    attributes = module_dict(sys.modules.get(module_of(cls) or ""))
    names = [name for name, value in dict.items(attributes) if value is cls]
    return sorted(str.__str__(name) for name in names if issubclass(type(name), str))


def _group(things: Iterable[Any], keys: Iterable[Any]) -> Dict[Any, List[Any]]:
    """The things by their keys."""
    groups: DefaultDict[Any, List[Any]] = defaultdict(list)
    for key, thing in zip(keys, things):
        groups[key].append(thing)
    return groups


def _digest(code: CodeType) -> int:
    """A number that tells code of one place and name apart: of a lambda beside it, of other text.

    Equal for the same text compiled twice.
    """
    lines = getattr(code, "co_linetable", None)  # new in 3.10, with columns since 3.11
    if not isinstance(lines, bytes):
        lines = code.co_lnotab
    names = (*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars)
    constants = _constants(code.co_consts)
    text = "\n".join([*map(str.__str__, names), *constants])
    return zlib.crc32(text.encode("utf-8", "replace"), zlib.crc32(lines, zlib.crc32(code.co_code)))


def _constants(values: Iterable[Any]) -> List[str]:
    found = []
    for value in list(values)[:MOST_CONSTANTS]:
        if type(value) is CodeType:
            found.append(str(_digest(value)))
        elif id(type(value)) in PLAIN:
            found.append(repr(value))
    return found


OF_TYPE: Dict[int, Callable[[_Traits, List[Any]], None]] = {
    id(AsyncGeneratorType): _Traits.of_generators,
    id(BuiltinFunctionType): _Traits.of_builtins,
    id(CoroutineType): _Traits.of_generators,
    id(FrameType): _Traits.of_frames,
    id(FunctionType): _Traits.of_functions,
    id(GeneratorType): _Traits.of_generators,
    id(MethodType): _Traits.of_methods,
    id(MethodWrapperType): _Traits.of_builtins,
    id(ModuleType): _Traits.of_modules,
    id(dict): _Traits.of_dicts,
}
"""By the identity of the exact type. All others are read by the attributes that C stores."""

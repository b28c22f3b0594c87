"""Collects the traits that distinguish objects of one type: the code they run and names they use.

A *trait* is the name by which one object refers to another, or, for one object, its title or the
code that it runs: file, first line, and a digest of the code. Copies of one cycle have equal
traits; cycles of equal shape that other code created, or with other attributes, do not.

References whose name follows from their type, such as the items of a list, have no trait. Like
labels, traits are collected after counting, and none of the program's code runs.
"""

from __future__ import annotations

import sys
from array import array
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
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple

from .census import type_name
from .digests import digest_text
from .frames import PREFIXES, read_locals
from .grouping import group_by, group_by_type
from .naming import NODES, text_of_key
from .originals import disable_collector, enable_collector, get_referents, is_collector_enabled
from .origins import Origins
from .positions import (
    REFERS_TO_TYPE,
    Agreement,
    ItemsAgreement,
    SlotsAgreement,
    count_referents,
)
from .trait_table import TraitTable
from .type_layout import TypeLayout, module_dict, module_of, namespace

__all__ = ["collect_traits"]

ALIKE = 4
"""Minimum number of mappings with equal keys that are handled together."""
MOST_KEYS = 64
"""Maximum number of keys of mappings handled together: of more, few are part of a cycle."""
LONGEST_KEY = 100
"""Maximum length of a key, other than an identifier, that is a trait."""


def collect_traits(
    things: Iterable[Any], by_position: bool = True
) -> Tuple[Dict[str, Any], List[array[int]]]:
    """The traits of these objects and of their references.

    The message has distinct ``texts``. The arrays have one entry per trait: the identity of the
    object; the identity of the object that a name refers to, or else that of the object again; and
    an index into ``texts``. Referents may be untracked; the reader ignores those.

    With ``by_position``, references with one position among the referents of all the things of a
    type are not in the arrays, but in the message's ``positioned``, once a type: its identity, the
    number of referents, and pairs of a position and an index into ``texts``. Call it undisturbed.
    """
    enabled = is_collector_enabled()
    disable_collector()
    try:
        traits = _Traits(by_position)
        traits.collect(list(things))
        message = {"texts": list(traits.texts), "positioned": traits.positioned}
        return message, [traits.sources, traits.targets, traits.numbers]
    finally:
        if enabled:
            enable_collector()


Reader = Tuple[str, Callable[[Any], Any]]
"""A name, and what reads it of an object."""

_qualname_of = type.__dict__["__qualname__"].__get__


class _Traits(TraitTable):
    """Collects traits type by type, for many objects at once where names are equal."""

    def __init__(self, by_position: bool) -> None:
        super().__init__()
        self._by_position = by_position
        self._agreements: Dict[int, Optional[Agreement]] = {}
        """By the identity of a type: what holds for all things of it; None if nothing does."""
        self._origins: Optional[Origins] = None

    def collect(self, things: List[Any]) -> None:
        groups, self._agreements = group_by_type(things, _agreement if self._by_position else None)
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
                    self.add_title(thing, str.__str__(_qualname_of(thing)))
                    self.add(thing, thing, self._body(thing))
            else:
                self._of_instances(cls, group)

    def _body(self, cls: type, names: Iterable[str] = ()) -> int:
        """The number of a class: its location, the names in its namespace, and ``names``."""
        if self._origins is None:
            self._origins = Origins()
        where = self._origins.origin(cls, TypeLayout(type(cls)))["where"] or ""
        file, _, line = where.rpartition(":")
        if not line.isdigit():  # before 3.13, a class without methods has no line
            file, line = where, "0"
        body = "\n".join([*sorted(str.__str__(name) for name, _ in namespace(cls)), *names])
        digest = digest_text(body)
        return self.number(("code", "", file, int(line), digest))

    def _of_instances(self, cls: type, group: List[Any]) -> None:
        """Traits of slots, members and C attributes, of inline attributes, and of mappings."""
        layout = TypeLayout(cls)
        self._of_attributes(group, layout)
        if layout.managed:
            dicts = map(layout.instance_dict, group)
            self._of_mappings(group, [{} if each is None else each for each in dicts])
        if "builtins.dict" in layout.names:
            self.of_dicts(group)
        if type_name(cls) in NODES:
            self._of_nodes(group)
        if "functools.partial" in layout.names:
            for thing in group:
                self._of_callable(thing, dict(layout.attributes(thing)).get("func"))

    def _of_attributes(self, group: List[Any], layout: TypeLayout) -> None:
        agreement, readers = self._agreements.get(id(type(group[0]))), layout.readers()
        if agreement is not None:
            self.add_positioned(type(group[0]), agreement)
            pairs = zip(readers, agreement.positions)
            readers = [reader for reader, position in pairs if position is None]
        degree = -1 if agreement is None else agreement.degree
        sometimes: List[Reader] = []
        self.add_columns(group, self._filled(group, readers, sometimes))
        if sometimes and not self._are_empty(group, layout, len(sometimes), degree):
            for name, read in sometimes:
                self._of_attribute(group, self.name(name), read)

    def _filled(
        self, group: List[Any], readers: Iterable[Reader], sometimes: List[Reader]
    ) -> Iterator[Tuple[List[Any], int]]:
        """What a reader reads of the group; one that finds an empty slot goes to ``sometimes``."""
        for name, read in readers:
            try:
                values = list(map(read, group))
            except Exception:  # the slot of an instance is empty
                sometimes.append((name, read))
                continue
            yield values, self.name(name)

    def _are_empty(self, group: List[Any], layout: TypeLayout, empty: int, degree: int) -> bool:
        """Whether so many slots are empty in all instances, judged by the number of referents.

        Counting takes a tenth of the time of reading each slot.
        """
        if not layout.has_slots_alone:
            return False
        each = len(layout.readers()) - empty + REFERS_TO_TYPE
        return each == degree if degree >= 0 else each * len(group) == count_referents(group)

    def _of_attribute(self, group: List[Any], number: int, read: Callable[[Any], Any]) -> None:
        for thing in group:
            try:
                value = read(thing)
            except Exception:  # an empty slot
                continue
            self.add(thing, value, number)

    def _of_mappings(self, owners: List[Any], mappings: List[Dict[Any, Any]]) -> None:
        """The names of values in mappings. An owner is the mapping itself or its instance."""
        try:
            keys = list(map("\0".join, map(dict.keys, mappings)))
        except TypeError:  # a key is not a string
            keys = []
        lengths = list(map(dict.__len__, mappings))
        if not keys:
            for owner, mapping in zip(owners, mappings):
                self._of_items(owner, mapping)
        elif keys.count(keys[0]) == lengths.count(lengths[0]) == len(keys):
            self._of_alike(owners, mappings)
        else:
            pairs = zip(owners, mappings)
            for alike in group_by(pairs, zip(keys, lengths)).values():
                self._of_alike([owner for owner, _ in alike], [mapping for _, mapping in alike])

    def _of_alike(self, owners: List[Any], mappings: List[Dict[Any, Any]]) -> None:
        """The names of values in mappings with equal keys."""
        first = mappings[0]
        if len(mappings) < ALIKE or len(first) > MOST_KEYS:
            for owner, mapping in zip(owners, mappings):
                self._of_items(owner, mapping)
            return
        values = list(chain.from_iterable(map(dict.values, mappings)))
        numbers = enumerate(map(self._key, dict.keys(first)))
        columns = ((values[at :: len(first)], each) for at, each in numbers if each is not None)
        self.add_columns(owners, columns)

    def _of_items(self, source: Any, mapping: Dict[Any, Any]) -> None:
        for key, value in dict.items(mapping):
            number = self._key(key)
            if number is not None:
                self.add(source, value, number)

    def _key(self, key: Any) -> Optional[int]:
        text = str.__str__(key) if issubclass(type(key), str) else text_of_key(key)
        return None if text is None or not _is_name(text) else self.name(text)

    def of_dicts(self, group: List[Any]) -> None:
        agreement = self._agreements.get(id(dict)) if type(group[0]) is dict else None
        if agreement is None:
            self._of_mappings(group, group)
        else:
            self.add_positioned(dict, agreement)

    def _of_nodes(self, group: List[Any]) -> None:
        """The variables in nodes of a context's HAMT, where each value precedes its variable."""
        for node in group:
            before: Any = None
            for referent in get_referents(node):
                if type(referent) is ContextVar:
                    self.add(node, before, self.name(referent.name))
                before = referent

    def _of_callable(self, thing: Any, called: Any) -> None:
        """The callable of a method or partial, which may be shared with others."""
        if type(called) is FunctionType:
            self.add_title(thing, called.__qualname__)
            self.add_code(thing, called.__code__)
        elif any(type(called) is cls for cls in (BuiltinFunctionType, MethodWrapperType)):
            self.add_c_code(thing, called.__name__)

    def of_functions(self, group: List[Any]) -> None:
        for functions in group_by(group, map(id, map(attrgetter("__code__"), group))).values():
            code = functions[0].__code__
            self._add_code_of_all(functions, code)
            if code.co_kwonlyargcount:
                defaults = list(map(attrgetter("__kwdefaults__"), functions))
                self.add_all(functions, defaults, self.name("__kwdefaults__"))
            if code.co_freevars:
                closures = list(map(attrgetter("__closure__"), functions))
                cells = list(chain.from_iterable(closures))
                for place, name in enumerate(code.co_freevars):
                    number = self.name(name)
                    self.add_all(closures, cells[place :: len(code.co_freevars)], number)

    def _add_code_of_all(self, things: List[Any], code: CodeType) -> None:
        """Add one code for several objects, and their titles, which are usually equal."""
        titles = list(map(attrgetter("__qualname__"), things))
        for title, called in group_by(things, map(str.__str__, titles)).items():
            self.add_all(called, called, self.number(("title", title, "", 0, 0)))
        self.add_all(things, things, self.code(code))

    def of_methods(self, group: List[Any]) -> None:
        for method in group:
            self._of_callable(method, method.__func__)

    def of_builtins(self, group: List[Any]) -> None:
        for function in group:
            self.add_c_code(function, function.__name__)

    def of_modules(self, group: List[Any]) -> None:
        for module in group:
            name = dict.get(module_dict(module), "__name__")
            if type(name) is str:
                self.add_title(module, name)

    def of_frames(self, group: List[Any]) -> None:
        for frame in group:
            code = frame.f_code
            self.add_title(frame, getattr(code, "co_qualname", code.co_name))  # new in 3.11
            self.add_code(frame, code)
            self._of_locals(frame, frame)

    def of_generators(self, group: List[Any]) -> None:
        """Generators, coroutines and async generators. Up to 3.10 their frames have the locals."""
        prefix = PREFIXES[type(group[0]).__name__]
        code_of = attrgetter(prefix + "code")
        for alike in group_by(group, map(id, map(code_of, group))).values():
            self._add_code_of_all(alike, code_of(alike[0]))
        for thing in group if sys.version_info >= (3, 11) else ():
            frame = getattr(thing, prefix + "frame")
            if frame is not None:
                self._of_locals(thing, frame)

    def _of_locals(self, holder: Any, frame: Any) -> None:
        """The local variables of a frame. Those used by an inner function are in cells."""
        code = frame.f_code
        cells = code.co_cellvars + code.co_freevars
        for name, value in read_locals(frame, get_referents(holder)).items():
            text = ("cell" if name in cells else "name", name, "", 0, 0)
            self.add(holder, value, self.number(text))


def _agreement(things: List[Any]) -> Optional[Agreement]:
    """The positions in some things of a type that are named by what they refer to."""
    cls = type(things[0])
    if cls is dict:
        keys = list(things[0])
        if len(keys) > MOST_KEYS or any(type(key) is not str or not _is_name(key) for key in keys):
            return None
        return ItemsAgreement(things, keys)
    if id(cls) in OF_TYPE or issubclass(cls, type):
        return None
    layout = TypeLayout(cls)
    names, reads = [name for name, _ in layout.readers()], [read for _, read in layout.readers()]
    if not names:
        return None
    return (SlotsAgreement if layout.has_slots_alone else Agreement)(things, names, reads)


def _is_name(text: str) -> bool:
    """Whether a key may be the name of what it leads to."""
    return len(text) <= LONGEST_KEY or text.isidentifier()


def _global_names(cls: type) -> List[str]:
    """The global names of a class in its module, which differ for two classes of one factory."""
    attributes = module_dict(sys.modules.get(module_of(cls) or ""))
    names = [name for name, value in dict.items(attributes) if value is cls]
    return sorted(str.__str__(name) for name in names if issubclass(type(name), str))


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
"""By the identity of the exact type. Instances of other types are read by their type's layout."""

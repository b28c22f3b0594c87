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
from collections import Counter
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
from .grouping import Group, group_by
from .naming import NODES, text_of_key
from .originals import disable_collector, enable_collector, get_referents, is_collector_enabled
from .origins import Origins
from .positions import (
    FAR,
    LEAST,
    REFERS_TO_TYPE,
    count_referents,
    positions_of_items,
    positions_of_slots,
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


def collect_traits(groups: List[Group]) -> Tuple[Dict[str, Any], List[array[int]]]:
    """The traits of the objects in these groups and of their references.

    The message has distinct ``texts``. The arrays have one entry per trait: the identity of the
    object; the identity of the object that a name refers to, or else that of the object again; and
    an index into ``texts``. Referents may be untracked; the reader ignores those.

    References with one position among the referents of all the objects of a group whose degree is
    known are not in the arrays, but in the message's ``positioned``, once a group: the identity of
    the type, the degree, and pairs of a position and an index into ``texts``. The objects are as
    the snapshot saw them that knew the degree. Call it undisturbed.
    """
    enabled = is_collector_enabled()
    disable_collector()
    try:
        traits = _Traits()
        traits.collect(groups)
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

    def __init__(self) -> None:
        super().__init__()
        self._layouts: Dict[int, TypeLayout] = {}
        self._bodies: Dict[int, int] = {}
        self._origins: Optional[Origins] = None

    def collect(self, groups: List[Group]) -> None:
        classes = {id(type(group.first)): type(group.first) for group in groups}
        names = Counter(map(type_name, classes.values()))
        for group in groups:
            cls = type(group.first)
            if names[type_name(cls)] > 1:
                if id(cls) not in self._bodies:
                    self._bodies[id(cls)] = self._body(cls, _global_names(cls))
                self.add_all(group.things, group.things, self._bodies[id(cls)])
            if cls is dict:
                self._of_dicts(group)
            elif id(cls) in OF_TYPE:
                OF_TYPE[id(cls)](self, group.things)
            elif issubclass(cls, type):
                for thing in group.things:
                    self.add_title(thing, str.__str__(_qualname_of(thing)))
                    self.add(thing, thing, self._body(thing))
            else:
                self._of_instances(cls, group)

    def _layout(self, cls: type) -> TypeLayout:
        if id(cls) not in self._layouts:
            self._layouts[id(cls)] = TypeLayout(cls)
        return self._layouts[id(cls)]

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

    def _of_instances(self, cls: type, group: Group) -> None:
        """Traits of slots, members and C attributes, of inline attributes, and of mappings."""
        layout = self._layout(cls)
        self._of_attributes(group, layout)
        if layout.managed:
            dicts = map(layout.instance_dict, group.things)
            self._of_mappings(group.things, [{} if each is None else each for each in dicts])
        if "builtins.dict" in layout.names:
            self._of_mappings(group.things, group.things)
        if type_name(cls) in NODES:
            self._of_nodes(group.things)
        if "functools.partial" in layout.names:
            for thing in group.things:
                self._of_callable(thing, dict(layout.attributes(thing)).get("func"))

    def _of_attributes(self, group: Group, layout: TypeLayout) -> None:
        readers = layout.readers()
        if readers and _may_agree(group):
            reads = [read for _, read in readers]
            positions = positions_of_slots(group, reads, layout.has_slots_alone)
            self.add_positioned(group, [name for name, _ in readers], positions)
            readers = [pair for pair, position in zip(readers, positions) if position is None]
            if self._are_empty(group, layout, len(readers)):
                return
        if not readers:
            return
        sometimes: List[Reader] = []
        self.add_columns(group.things, self._filled(group.things, readers, sometimes))
        if sometimes and not self._are_empty(group, layout, len(sometimes)):
            for name, read in sometimes:
                self._of_attribute(group.things, self.name(name), read)

    def _filled(
        self, things: List[Any], readers: Iterable[Reader], sometimes: List[Reader]
    ) -> Iterator[Tuple[List[Any], int]]:
        """What a reader reads of the things; one that finds an empty slot goes to ``sometimes``."""
        for name, read in readers:
            try:
                values = list(map(read, things))
            except Exception:  # the slot of an instance is empty
                sometimes.append((name, read))
                continue
            yield values, self.name(name)

    def _are_empty(self, group: Group, layout: TypeLayout, empty: int) -> bool:
        """Whether so many slots are empty in all instances, judged by the number of referents.

        The others are not. Counting takes a tenth of the time of reading each slot.
        """
        if not layout.has_slots_alone:
            return False
        each = len(layout.readers()) - empty + REFERS_TO_TYPE
        if group.degree is not None:
            return each == group.degree
        return each * len(group) == count_referents(group.things)

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

    def _of_dicts(self, group: Group) -> None:
        if _may_agree(group):
            keys = list(group.first)
            plain = all(type(key) is str and _is_name(key) for key in keys)
            if plain and len(keys) == group.degree and len(keys) <= MOST_KEYS:
                positions = positions_of_items(group, keys)
                if None not in positions:
                    self.add_positioned(group, keys, positions)
                    return
        self._of_mappings(group.things, group.things)

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


def _may_agree(group: Group) -> bool:
    """Whether it is worth looking for references with one position in all of the group."""
    return group.degree is not None and group.degree < FAR and len(group) >= LEAST


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
}
"""By the identity of the exact type. Instances of other types are read by their type's layout."""

"""Instances, classes, containers and iterators."""

# ruff: noqa: B024, B905, RUF012, UP036 - for the sake of Python 3.8

from __future__ import annotations

import abc
import collections
import csv
import gc
import itertools
import operator
import sys
import types
import typing
from enum import Enum
from typing import Any
from xml.parsers import expat

from tests.agent.zoo.callables import Plain, SlotsAndDict, Slotted, make_closure, with_attribute

__all__ = ["classes", "containers", "instances", "iterators"]


class ListWithAttribute(typing.List[Any]):  # noqa: UP006
    pass


class DictWithAttribute(typing.Dict[Any, Any]):  # noqa: UP006
    pass


class TupleWithAttribute(typing.Tuple[Any]):  # noqa: UP006
    pass


class SetWithAttribute(typing.Set[Any]):  # noqa: UP006
    pass


class DequeWithAttribute(typing.Deque[Any]):  # noqa: UP006
    pass


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    registry: Any = [[]]


class Abstract(abc.ABC):
    pass


class Colour(Enum):
    RED = ("a", [1])


class Point(typing.NamedTuple):
    x: Any
    y: Any


class Sequence:
    def __getitem__(self, index: int) -> int:
        return [1, 2][index]


def instances() -> dict[str, Any]:
    materialised = Plain(first=[1], second=[2])
    vars(materialised)
    shared = [1]
    return {
        "instance": Plain(first=[1], second=[2]),
        "instance with the same value twice": Plain(first=shared, second=shared, third=Plain),
        "instance with a dict": materialised,
        "instance with many attributes": Plain(**{f"a{number}": [] for number in range(40)}),
        "instance without attributes": Plain(),
        "slots": Slotted(),
        "slots and dict": SlotsAndDict(),
        "list subclass": with_attribute(ListWithAttribute([[]])),
        "dict subclass": with_attribute(DictWithAttribute(text=[])),
        "tuple subclass": with_attribute(TupleWithAttribute(([],))),
        "set subclass": with_attribute(SetWithAttribute([Plain()])),
        "deque subclass": with_attribute(DequeWithAttribute([[]])),
        "enum member": Colour.RED,
        "namespace": types.SimpleNamespace(name=[]),
        "module": with_attribute(types.ModuleType("made")),
    }


def classes() -> dict[str, Any]:
    return {
        "class": Plain,
        "class with slots": Slotted,
        "derived class": SlotsAndDict,
        "class with metaclass": WithMeta,
        "metaclass": Meta,
        "abstract class": Abstract,
    }


def containers() -> dict[str, Any]:
    key = Plain()
    shared = [1]
    found: dict[str, Any] = {
        "list": [[], [], 1, shared, shared],
        "tuple": ([], [], 1),
        "set": {key, 1},
        "frozenset": frozenset([key, 1]),
        "dict": {"text": [], 1: [], key: [], ("a", key): 1, 2.5: [2]},
        "deque": collections.deque([[], []]),
        "named tuple": Point([], []),
        "ordered dict": collections.OrderedDict(text=[], other=[]),
        "default dict": collections.defaultdict(make_closure, text=[]),
        "counter": collections.Counter({key: 2}),
        "mapping proxy": types.MappingProxyType({"a": []}),
        "dict keys": {"a": []}.keys(),
        "dict items": {"a": []}.items(),
        "dict values": {"a": []}.values(),
        "memory view": memoryview(bytearray(b"ab")),
        "slice": slice([], [], []),
        "attribute getter": operator.attrgetter("a", "b"),
        "item getter": operator.itemgetter([], []),
        "method caller": operator.methodcaller("a", [], b=[]),
        "expat parser": expat.ParserCreate(),
        "rows of a file": csv.reader([]),
    }
    found["expat parser"].StartElementHandler = make_closure
    found["expat parser"].DefaultHandlerExpand = Plain
    found["managed buffer"] = gc.get_referents(found["memory view"])[0]
    if sys.version_info >= (3, 9):
        found["generic alias"] = list[Plain]
    if sys.version_info >= (3, 10):
        found["union"] = Plain | Slotted
    return found


def iterators() -> dict[str, Any]:
    found: dict[str, Any] = {
        "list iterator": iter([[]]),
        "exhausted iterator": iter([[]]),
        "reversed list": reversed([[]]),
        "reversed": reversed(collections.UserList([[]])),
        "sequence iterator": iter(Sequence()),
        "tuple iterator": iter(([],)),
        "dict iterator": iter({"a": []}),
        "item iterator": iter({"a": []}.items()),
        "set iterator": iter({Plain}),
        "deque iterator": iter(collections.deque([[]])),
        "callable iterator": iter(make_closure, []),
        "map": map(make_closure, [[]]),
        "filter": filter(make_closure, [[]]),
        "zip": zip([[]], [[]]),
        "enumerate": enumerate([[]]),
        "chain": itertools.chain([[]], [[]]),
        "cycle": itertools.cycle([[]]),
        "islice": itertools.islice([[]], 1),
        "repeat": itertools.repeat([]),
        "starmap": itertools.starmap(make_closure, [[]]),
        "takewhile": itertools.takewhile(make_closure, [[]]),
        "dropwhile": itertools.dropwhile(make_closure, [[]]),
        "filterfalse": itertools.filterfalse(make_closure, [[]]),
        "compress": itertools.compress([[]], [1]),
        "product": itertools.product([[]], [[]]),
        "permutations": itertools.permutations([[]]),
        "combinations": itertools.combinations([[]], 1),
        "longest zip": itertools.zip_longest([[]], [[]]),
        "tee": itertools.tee([[]])[0],
        "groupby": itertools.groupby([[]], make_closure),
    }
    list(found["exhausted iterator"])
    next(found["chain"])
    next(found["cycle"])
    return found

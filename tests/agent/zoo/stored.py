"""Instances whose attributes are stored in every way that code can.

``PLACES`` has the text of the line that is to be found, or None where nothing is to be said.
"""

# ruff: noqa: RUF012 - a list in the class is one way to have the attribute

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from tests.agent.zoo import storing

__all__ = ["PLACES", "stored"]


def wrapped(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def wrapper(*arguments: Any) -> Any:
        return method(*arguments)

    return wrapper


class Base:
    def begin(self) -> Base:
        self.of_base: Any = [1]
        return self


class Derived(Base):
    def begin_too(self) -> Derived:
        self.of_derived = [1]
        return self


class Methods:
    built: Any
    set_up: Any
    in_slot: Any
    _hidden: Any

    def later(self) -> Any:
        self.late = [1]
        return self

    def in_function(self) -> Any:
        def inner() -> None:
            self.nested = [1]

        inner()
        return self

    @property
    def hidden(self) -> Any:
        return self._hidden

    @hidden.setter
    def hidden(self, value: Any) -> None:
        self._hidden = value

    @classmethod
    def build(cls) -> Any:
        thing = cls()
        thing.built = [1]
        return thing

    @staticmethod
    def set_up_one(thing: Any) -> Any:
        thing.set_up = [1]
        return thing

    @wrapped
    def behind_wrapper(self) -> Any:
        self.behind = [1]
        return self

    def on_lines(self) -> Any:
        self.on_several = [
            1,
            functools.partial,
        ]
        return self

    def with_private(self) -> Any:
        self.__private = [1]  # in a dict
        return self

    def chosen(self, value: Any) -> Any:
        self.either = value if value else None
        return self

    def made_of_constants(self) -> Any:
        self.of_constants = [1, None]
        return self


class Several:
    def __init__(self) -> None:
        self.often: Any = None

    def first(self) -> Any:
        self.often = [1]  # the first
        return self

    def second(self) -> Any:
        self.often = [2]
        return self


class Assigned:
    grown: Any = []

    def grow(self) -> Any:
        self.grown += [1]
        return self

    def annotate(self) -> Any:
        self.annotated: list[int] = [1]
        return self

    def unpack(self) -> Any:
        self.number, self.unpacked = 1, [1]
        return self

    def unpack_value(self, pair: Any) -> Any:
        (self.one, (self.other, *self.rest)) = pair
        return self

    def chain(self) -> Any:
        self.chained = local = [1]
        return self if local else None

    def loop(self) -> Any:
        for self.looped in ([1],):
            pass
        return self

    def enter(self) -> Any:
        with storing.Manager() as self.entered:
            pass
        return self


class Slots:
    __slots__ = ("__private", "slot")

    def begin(self) -> Any:
        self.slot = [1]
        return self

    def begin_private(self) -> Any:
        self.__private = [1]  # in a slot
        return self


class Nothing:
    """What its own code stores is a constant, so it is another's that makes the reference."""

    declared: Any

    def __init__(self) -> None:
        self.by_driver: Any = None
        self.by_two_lines: Any = None
        self.by_two_files: Any = None
        self.by_setattr: Any = None
        self.flag: Any = False
        self.left, self.right = None, None
        self.chain_of = self.constants = None


class Slotted:
    __slots__ = ("by_driver_in_slot",)


class Namesake:
    """Another class with attributes of those names."""

    def __init__(self) -> None:
        self.of_a_namesake = [1]
        self.by_nobody = lambda: self


@dataclasses.dataclass
class Fields:
    by_init: Any
    by_others: Any = None


class Failure(Exception):
    pass


def here(thing: Any) -> None:
    thing.by_two_files = [1]  # as storing.py has it too


def store(thing: Any, **attributes: Any) -> Any:
    for name, value in attributes.items():
        setattr(thing, name, value)
    return thing


def fail() -> Failure:
    try:
        raise Failure
    except Failure as failure:
        return failure


def stored() -> dict[str, Any]:
    """An instance for each attribute of ``PLACES``."""
    with_hidden = Methods()
    with_hidden.hidden = [1]
    several = store(storing.drive(Nothing()), by_nobody=[1])
    found = {
        "annotated": Assigned().annotate(),
        "behind": Methods().behind_wrapper(),
        "built": Methods.build(),
        "by_driver": storing.drive(Nothing()),
        "by_driver_in_slot": storing.drive_slotted(Slotted()),
        "by_init": Fields([1]),
        "by_nobody": several,
        "by_others": storing.fill(Fields(None)),
        "by_setattr": store(Nothing(), by_setattr=[1]),
        "by_two_files": storing.there(Nothing()),
        "by_two_lines": storing.twice(Nothing()),
        "by_two_lines_undeclared": storing.twice(Nothing()),
        "chain_of": storing.drive(Nothing()),
        "chained": Assigned().chain(),
        "constants": storing.drive(Nothing()),
        "declared": several,
        "either": Methods().chosen([1]),
        "entered": Assigned().enter(),
        "flag": storing.drive(Nothing()),
        "grown": Assigned().grow(),
        "_hidden": with_hidden,
        "late": Methods().later(),
        "left": storing.drive(Nothing()),
        "looped": Assigned().loop(),
        "nested": Methods().in_function(),
        "of_a_namesake": store(Nothing(), of_a_namesake=[1]),
        "of_base": Derived().begin(),
        "of_constants": Methods().made_of_constants(),
        "of_derived": Derived().begin_too(),
        "often": Several().second(),
        "on_several": Methods().on_lines(),
        "other": Assigned().unpack_value([1, [[2], 3]]),
        "_Methods__private": Methods().with_private(),
        "_Slots__private": Slots().begin_private(),
        "set_up": Methods.set_up_one(Methods()),
        "slot": Slots().begin(),
        "__traceback__": fail(),
        "undeclared": storing.drive(Nothing()),
        "unpacked": Assigned().unpack(),
    }
    vars(found["late"])  # gives it a dict of its own
    return {f"stored {attribute}": thing for attribute, thing in found.items()}


PLACES = {
    "annotated": "self.annotated: list[int] = [1]",
    "behind": "self.behind = [1]",
    "built": "thing.built = [1]",
    "by_driver": "thing.by_driver = [1]",
    "by_driver_in_slot": "thing.by_driver_in_slot = [1]",
    "by_init": None,
    "by_nobody": None,
    "by_others": None,  # or by the __init__ that dataclasses writes: nobody can tell
    "by_setattr": None,
    "by_two_files": None,
    "by_two_lines": "thing.by_two_lines = [1]  # the first",
    "by_two_lines_undeclared": None,
    "chain_of": "thing.chain_of = [1]",
    "chained": "self.chained = local = [1]",
    "constants": "thing.constants = [1]",
    "declared": "thing.declared = [1]",
    "either": "self.either = value if value else None",
    "entered": "with storing.Manager() as self.entered:",
    "flag": "thing.flag = [1]",
    "grown": "self.grown += [1]",
    "_hidden": "self._hidden = value",
    "late": "self.late = [1]",
    "left": "thing.left, thing.right = [1], [2]",
    "looped": "for self.looped in ([1],):",
    "nested": "self.nested = [1]",
    "of_a_namesake": None,
    "of_base": "self.of_base: Any = [1]",
    "of_constants": "self.of_constants = [1, None]",
    "of_derived": "self.of_derived = [1]",
    "often": "self.often = [1]  # the first",
    "on_several": "self.on_several = [",
    "other": "(self.one, (self.other, *self.rest)) = pair",
    "_Methods__private": "self.__private = [1]  # in a dict",
    "_Slots__private": "self.__private = [1]  # in a slot",
    "set_up": "thing.set_up = [1]",
    "slot": "self.slot = [1]",
    "__traceback__": None,
    "undeclared": "thing.undeclared = [1]",
    "unpacked": "self.number, self.unpacked = 1, [1]",
}

"""Generators, exceptions, tracebacks, and their frames."""

# ruff: noqa: RUF012, UP028, UP035, UP036 - locals and stacks have to be as they are

from __future__ import annotations

import builtins
import sys
from typing import Any, Iterator

__all__ = ["exceptions", "generators", "raised", "tracebacks"]


class ErrorWithSlot(ValueError):
    __slots__ = ("slot",)
    slot: Any


def simple_generator(parameter: Any) -> Iterator[Any]:
    local, unbound = [1], [2]
    del unbound
    yield parameter
    yield local


def generator_with_cells(argument: Any, plain: Any) -> Iterator[Any]:
    one, two, three = [1], [2], [1]
    never: Any

    def inner() -> Any:
        return one, two, three, argument, never

    yield inner
    never = plain


def looping_generator() -> Iterator[Any]:
    item: Any
    for item in [[]]:
        yield item


def handling_generator() -> Iterator[Any]:
    try:
        raise ValueError([])
    except ValueError:
        yield []


def keeping_generator() -> Iterator[Any]:
    try:
        raise ValueError([])
    except ValueError as error:
        kept = error
    yield kept


def delegating_generator() -> Iterator[Any]:
    inner = simple_generator([])
    yield from inner


def generator_with_locals() -> Iterator[Any]:
    names: list[Any] = []
    names.append(locals())
    yield names
    yield names


def make_generator_with_free_variable() -> Iterator[Any]:
    free = [9]

    def with_free() -> Iterator[Any]:
        mine = [8]
        yield free, mine

    return with_free()


def generators() -> dict[str, Any]:
    empty: Any = [[], []]
    found: dict[str, Any] = {
        "generator": simple_generator([]),
        "generator with cells": generator_with_cells([], []),
        "generator with a free variable": make_generator_with_free_variable(),
        "looping generator": looping_generator(),
        "handling generator": handling_generator(),
        "keeping generator": keeping_generator(),
        "delegating generator": delegating_generator(),
        "generator that asked for its locals": generator_with_locals(),
        "generator expression": (thing for thing in empty),
        "finished generator": simple_generator([]),
        "generator whose frame is known": simple_generator([]),
    }
    for generator in found.values():
        next(generator)
    list(found["finished generator"])
    found["closed generator"] = generator_with_cells([], [])
    found["closed generator"].close()
    found["generator that has not begun"] = generator_with_cells([], [])
    found["frame of a generator"] = found["generator whose frame is known"].gi_frame
    return found


def raising(parameter: Any) -> None:
    local, never = [1], [2]
    cell = [3]

    def inner() -> Any:
        return cell, local

    del never
    raise KeyError(parameter) from ValueError(inner)


def raising_in_class(free: Any) -> None:
    class Body:
        attribute = [1]
        value = free
        function: Any = lambda self: __class__  # type: ignore[name-defined]
        raise KeyError(attribute)


def raise_while_handling() -> None:
    try:
        raising([])
    except KeyError:
        raise RuntimeError([])  # noqa: B904


def raised(function: Any, *arguments: Any) -> Any:
    try:
        function(*arguments)
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def exceptions() -> dict[str, Any]:
    with_slot: Any = ErrorWithSlot([])
    with_slot.slot = [1]
    with_slot.attribute = [2]
    found: dict[str, Any] = {
        "exception": raised(raising, []),
        "exception with context": raised(raise_while_handling),
        "exception with slots": with_slot,
        "attribute error": raised(getattr, [], "missing"),
        "stop iteration": StopIteration([]),
        "stop async iteration": StopAsyncIteration([]),
        "system exit": SystemExit([]),
        "import error": ImportError("a", name="b", path="c"),
        "os error": OSError(1, "a", "b"),
        "unicode error": UnicodeDecodeError("utf-8", b"a", 0, 1, "why"),
    }
    if sys.version_info >= (3, 11):
        group = builtins.ExceptionGroup("several", [with_slot])
        group.add_note("a note")
        found["exception group"] = group
    return found


def tracebacks() -> dict[str, Any]:
    code = compile("raise KeyError([])", "<made>", "exec")
    function = raised(raising, []).__traceback__
    body = raised(raising_in_class, []).__traceback__
    module = raised(exec, code, {"__name__": "made", "value": []}).__traceback__
    return {
        "traceback": function,
        "frame of a function": function.tb_next.tb_frame,
        "frame of a class": body.tb_next.tb_next.tb_frame,
        "frame of a module": module.tb_next.tb_frame,
        "running frame": sys._getframe(),
    }

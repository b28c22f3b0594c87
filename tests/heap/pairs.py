"""Twins: cycles of one shape that other code makes, or through which other names lead."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextvars import Context, ContextVar
from functools import partial
from itertools import count
from typing import Any

__all__ = ["ENDLESS", "PAIRS", "SAME"]

numbers = count()


class Node:
    next: object

    def rise(self) -> None: ...

    def sink(self) -> None: ...


def attribute(name: str) -> None:
    node = Node()
    setattr(node, name, node)


class Chain:
    __slots__ = ("inner", "outer")


def slot(name: str) -> None:
    chain = Chain()
    setattr(chain, name, chain)


def tree(deep: str, flat: str) -> None:
    """Two attributes, what they lead to either way round."""
    root, child, leaf = Node(), Node(), Node()
    setattr(root, deep, child)
    setattr(root, flat, leaf)
    child.next = leaf
    leaf.next = root


def entry(key: object) -> None:
    entries: dict[object, object] = {}
    entries[key] = entries


def method(name: str) -> None:
    node = Node()
    node.next = getattr(node, name)


def builtin(name: str) -> None:
    some: list[object] = []
    some.append(getattr(some, name))


def partly(function: Callable[..., object]) -> None:
    node = Node()
    node.next = partial(function, node)


def north() -> None:
    def climb() -> object:
        return climb


def south() -> None:
    def fall() -> object:
        return fall


def lines(chosen: int) -> None:
    again: Any
    if chosen:  # noqa: SIM108
        again = lambda: again  # noqa: E731
    else:
        again = lambda: again  # noqa: E731


def line(chosen: int) -> None:
    pair: Any = (lambda: pair, lambda: pair)[chosen]


def variables(chosen: int) -> None:
    """One inner function with two variables; one of them leads back to it."""
    first: object = None
    second: object = None

    def both() -> object:
        return first, second

    if chosen:
        first = both
    else:
        second = both


Box = list[object]


def lend(box: Box) -> Generator[None]:
    yield
    box.clear()


def borrow(box: Box) -> Generator[None]:
    yield
    box.clear()


class Pause:
    def __await__(self) -> Generator[None]:
        yield


async def wait_here(box: Box) -> None:
    await Pause()
    box.clear()


async def wait_there(box: Box) -> None:
    await Pause()
    box.clear()


async def ebb(box: Box) -> AsyncGenerator[int]:
    yield len(box)


async def flow(box: Box) -> AsyncGenerator[int]:
    yield len(box)


def begun(function: Callable[[Box], Generator[None] | Coroutine[Any, Any, None]]) -> None:
    box: Box = []
    suspended = function(box)
    box.append(suspended)
    suspended.send(None)


def not_begun(function: Callable[[Box], object]) -> None:
    box: Box = []
    box.append(function(box))


def either(box: Box | None, chosen: int) -> Generator[None]:
    """One variable of two has the box from there on."""
    this = that = None
    if chosen:
        this = box
    else:
        that = box
    box = None
    yield
    del this, that


def local(chosen: int) -> None:
    box: Box = []
    suspended = either(box, chosen)
    box.append(suspended)
    next(suspended)


def caught(chosen: int) -> None:
    """A frame that keeps the exception which passed it, in one of two variables."""
    try:
        raise ValueError
    except ValueError as error:
        if chosen:
            early = error  # noqa: F841
        else:
            late = error  # noqa: F841


red: ContextVar[object] = ContextVar("red")
blue: ContextVar[object] = ContextVar("blue")


def in_context(variable: ContextVar[object]) -> None:
    node, context = Node(), Context()
    node.next = context
    context.run(variable.set, node)


def make_classes() -> tuple[type[Any], type[Any]]:
    """Two classes of one name and module."""

    class Body:
        def close(self) -> None:
            self.me = self

    first = Body

    class Body:  # type: ignore[no-redef]
        def close(self) -> None:
            self.me = self

    return first, Body


ROUND, SQUARE = make_classes()
HERE, THERE = (
    type("Body", (), {"__module__": f"bodies.{place}", "close": ROUND.close})
    for place in ("here", "there")
)


def closed(cls: type[Any]) -> None:
    cls().close()


def make_class() -> type[Any]:
    """Each call makes a class of the same code, name and module."""

    class Made:
        def close(self) -> None:
            self.me = self

    return Made


OVAL, LONG = make_class(), make_class()
UNNAMED = [make_class(), make_class()]


def run(text: str) -> None:
    names: dict[str, Any] = {}
    exec(text, names)
    names.pop("make")()


TEXT = "def make():\n def inner(): return inner{}\n"


def called(name: str) -> None:
    """A function with a qualified name of its own, as ``functools.wraps`` gives."""

    def own() -> object:
        return own

    own.__qualname__ = name


def decorated(function: Callable[..., object]) -> None:
    @functools.wraps(function)
    def wrapper() -> object:
        return wrapper


Leave = Callable[[], object]

PAIRS: dict[str, tuple[Leave, Leave]] = {
    "attributes": (partial(attribute, "left"), partial(attribute, "right")),
    "slots": (partial(slot, "inner"), partial(slot, "outer")),
    "sides of a tree": (partial(tree, "left", "right"), partial(tree, "right", "left")),
    "keys": (partial(entry, "left"), partial(entry, "right")),
    "methods": (partial(method, "rise"), partial(method, "sink")),
    "methods in C": (partial(builtin, "append"), partial(builtin, "pop")),
    "functions of a partial": (partial(partly, north), partial(partly, south)),
    "closures": (north, south),
    "lambdas on two lines": (partial(lines, 1), partial(lines, 0)),
    "lambdas on one line": (partial(line, 1), partial(line, 0)),
    "variables of a closure": (partial(variables, 1), partial(variables, 0)),
    "generators": (partial(begun, lend), partial(begun, borrow)),
    "coroutines": (partial(begun, wait_here), partial(begun, wait_there)),
    "async generators": (partial(not_begun, ebb), partial(not_begun, flow)),
    "variables of a generator": (partial(local, 1), partial(local, 0)),
    "variables of a frame": (partial(caught, 1), partial(caught, 0)),
    "context variables": (partial(in_context, red), partial(in_context, blue)),
    "classes of one name and module": (partial(closed, ROUND), partial(closed, SQUARE)),
    "classes of one name and two modules": (partial(closed, HERE), partial(closed, THERE)),
    "classes of one factory": (partial(closed, OVAL), partial(closed, LONG)),
    "code in no file": (partial(run, TEXT.format("")), partial(run, TEXT.format(", 1"))),
    "what is wrapped": (partial(decorated, north), partial(decorated, south)),
}
"""By what tells the two apart, which leave one cycle each."""

SAME: dict[str, tuple[Leave, Leave]] = {
    "a function called in two lines": (lambda: north(), lambda: north()),
    "a text executed twice": (partial(run, TEXT.format("")), partial(run, TEXT.format(""))),
    "a generator begun twice": (lambda: begun(lend), lambda: begun(lend)),
    "instances of one class": (partial(closed, ROUND), lambda: ROUND().close()),
    "classes of one factory that have no name": (
        partial(closed, UNNAMED[0]),
        partial(closed, UNNAMED[1]),
    ),
    "items of a list": (partial(builtin, "append"), lambda: builtin("append")),
}
"""What is one kind, left by either."""

ENDLESS: dict[str, Leave] = {
    "attributes": lambda: attribute(f"at_{next(numbers)}"),
    "keys": lambda: entry(f"key {next(numbers)}"),
    "numbers as keys": lambda: entry(next(numbers)),
    "qualified names": lambda: called(f"job {next(numbers)}"),
    "code in no file": lambda: run(TEXT.format(f", {next(numbers)}")),
}
"""What is named otherwise in every operation."""

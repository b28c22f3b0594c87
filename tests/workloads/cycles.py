"""Operations that each leave a well-known cycle; beside each its clean twin, and the cut by hand.

``X`` leaves the cycle, ``X_cut`` is the same with the cut that unknot proposes, and ``X_clean`` is
how somebody writes it who knows. Standard library alone: it runs under other interpreters too.
"""

from __future__ import annotations

import ast
import asyncio
import contextvars
import csv
import gc
import weakref
from abc import ABCMeta
from collections.abc import AsyncGenerator, Callable
from functools import partial
from itertools import count
from typing import Any
from xml.parsers import expat

# An exception kept in a local.


def exception(cut: bool = False) -> None:
    kept_error = None
    try:
        try:
            raise ValueError("kept")
        except ValueError as error:
            kept_error = error
        str(kept_error)
    finally:
        if cut:
            del kept_error


def exception_clean() -> None:
    try:
        raise ValueError("not kept")
    except ValueError as error:
        str(error)


# A closure that holds its own object.


class Button:
    def __init__(self) -> None:
        self.on_press: Callable[..., None] | None = None
        self.pressed = 0


def closure(cut: bool = False) -> None:
    button = Button()

    def pressed() -> None:
        button.pressed += 1

    button.on_press = pressed
    button.on_press()
    if cut:
        button.on_press = None


def closure_clean() -> None:
    button = Button()

    def pressed(button: Button) -> None:
        button.pressed += 1

    button.on_press = pressed
    button.on_press(button)


# A task that is an attribute of what it runs; found by a context variable, by the traceback of
# what it raised, by the coroutine that never ends.

current_job: contextvars.ContextVar[Job] = contextvars.ContextVar("current_job")


class Job:
    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        current_job.set(self)

    async def fail(self) -> None:
        raise ValueError("as it was asked to")

    async def wait(self) -> None:
        await asyncio.get_running_loop().create_future()


async def task(cut: bool = False) -> None:
    job = Job()
    job.task = asyncio.ensure_future(job.run())
    await job.task
    if cut:
        job.task = None


async def task_clean() -> None:
    job = Job()
    await asyncio.ensure_future(job.run())


async def failed_task(cut: bool = False) -> None:
    job = Job()
    job.task = asyncio.ensure_future(job.fail())
    await asyncio.wait([job.task])
    job.task.exception()
    if cut:
        job.task = None


async def failed_task_clean() -> None:
    job = Job()
    running = asyncio.ensure_future(job.fail())
    await asyncio.wait([running])
    running.exception()
    del running  # an operation's frame that awaits is in no traceback, and this is one reference


# An abandoned async generator stored on its owner.


class Feed:
    def __init__(self) -> None:
        self.stream: AsyncGenerator[int, None] | None = None

    async def numbers(self) -> AsyncGenerator[int, None]:
        yield 1
        yield 2


async def async_generator(cut: bool = False) -> None:
    feed = Feed()
    feed.stream = feed.numbers()
    await feed.stream.__anext__()
    if cut:
        await feed.stream.aclose()
        feed.stream = None


async def async_generator_clean() -> None:
    feed = Feed()
    async for _ in feed.numbers():
        pass


# A doubly linked tree.


class TreeNode:
    def __init__(self, parent: Any) -> None:
        self.parent = parent
        self.children: list[TreeNode] = []


def tree(cut: bool = False) -> None:
    root = TreeNode(None)
    for _ in range(2):
        child = TreeNode(weakref.ref(root) if cut else root)
        root.children.append(child)
        child.children.append(TreeNode(weakref.ref(child) if cut else child))


def tree_clean() -> None:
    root = TreeNode(None)
    for _ in range(2):
        child = TreeNode(None)
        root.children.append(child)
        child.children.append(TreeNode(None))


# What is called like an exception, and is none.


class ArgumentGroup:
    def __init__(self) -> None:
        self.actions: list[ArgumentAction] = []


class ArgumentAction:
    def __init__(self, container: ArgumentGroup | None) -> None:
        self.container = container


def group() -> None:
    found = ArgumentGroup()
    found.actions.append(ArgumentAction(found))


# A callback registered on an object that the callback closes over.


class Signal:
    def __init__(self) -> None:
        self.callbacks: list[Callable[..., None]] = []
        self.sent = 0


def callback(cut: bool = False) -> None:
    signal = Signal()

    def on_signal() -> None:
        signal.sent += 1

    signal.callbacks.append(on_signal)
    for each in signal.callbacks:
        each()
    if cut:
        del each
        signal.callbacks.remove(on_signal)


def callback_clean() -> None:
    signal = Signal()

    def on_signal(signal: Signal) -> None:
        signal.sent += 1

    signal.callbacks.append(on_signal)
    for each in signal.callbacks:
        each(signal)


# A future whose result holds the future.


class Reply:
    def __init__(self, future: asyncio.Future[Reply] | None) -> None:
        self.future = future


async def future(cut: bool = False) -> None:
    waiting: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    waiting.set_result(Reply(waiting))
    await waiting
    if cut:
        waiting.result().future = None


async def future_clean() -> None:
    waiting: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    waiting.set_result(Reply(None))
    await waiting


# A class created per call.


class Once:
    pass


def made_class(cut: bool = False) -> None:
    if cut:
        Once()
        return

    class PerCall:
        limit = 3

    PerCall()


def made_by_a_metaclass() -> None:
    class PerCall(metaclass=ABCMeta):  # noqa: B024
        limit = 3

    PerCall()


def several_made_classes() -> None:
    for name in ("Alpha", "Beta", "Gamma", "Delta", "Epsilon"):
        type(name, (), {})


numbers = count()


def class_with_a_number() -> None:
    type(f"Row{next(numbers)}", (), {})


class Peer:
    def __init__(self) -> None:
        self.peers: dict[str, Peer] = {}


def key_with_a_number() -> None:
    peer = Peer()
    peer.peers[f"user_{next(numbers)}"] = peer


# Cycles of one shape that other code makes.


def _again() -> None:
    def again() -> Callable[..., object]:
        return again


def _over() -> None:
    def over() -> Callable[..., object]:
        return over


def mixed() -> None:
    _again()
    _over()
    _again()
    _again()


def _sum(value: object) -> int:
    """What `ast` does: a function that calls itself through a variable of the one around it."""

    def add(some: object) -> int:
        return sum(map(add, some)) if isinstance(some, list) else 1

    return add(value)


def among_the_library_s() -> None:
    for number in range(3):
        ast.literal_eval(str(number))
    _sum([1, [2, 3]])
    ast.literal_eval("4")


def among_the_library_s_clean() -> None:
    ast.parse("1")


KINDS = [type(f"Kind{number:02}", (), {}) for number in range(20)]


def many() -> None:
    for kind in KINDS:
        one: Any = kind()
        one.me = one


def made_class_clean() -> None:
    Once().limit = 3  # type: ignore[attr-defined]


# A bound method stored on its own instance.


class Handler:
    def __init__(self) -> None:
        self.method: Callable[[], None] | None = None

    def handle(self) -> None:
        pass


def bound_method(cut: bool = False) -> None:
    handler = Handler()
    handler.method = None if cut else handler.handle
    handler.handle()


def bound_method_clean() -> None:
    handler = Handler()
    handler.method = Once  # type: ignore[assignment]


# A cycle through a C type without names.


class Rows:
    def __init__(self) -> None:
        self.parsed: Any = None

    def __iter__(self) -> Rows:
        return self

    def __next__(self) -> str:
        return "a,b"


def c_type(cut: bool = False) -> None:
    rows = Rows()
    rows.parsed = csv.reader(rows)
    next(rows.parsed)
    if cut:
        rows.parsed = None


def c_type_clean() -> None:
    next(csv.reader(Rows()))


# A cycle through a C type whose names can be read: an expat parser and its handler.


class Titles:
    def __init__(self) -> None:
        self.parser: Any = None
        self.found: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.found.append(name)


def parser(cut: bool = False) -> None:
    titles = Titles()
    titles.parser = expat.ParserCreate()
    titles.parser.StartElementHandler = titles.start
    titles.parser.Parse("<title/>", True)
    if cut:
        titles.parser = None


def parser_clean() -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = Titles().start
    parser.Parse("<title/>", True)


# Three cycles of different kinds in one operation.


def three(cut: bool = False) -> None:
    closure(cut)
    bound_method(cut)
    tree(cut)


def three_clean() -> None:
    closure_clean()
    bound_method_clean()
    tree_clean()


# 10,000 objects in one component.


class Link:
    def __init__(self, owner: Ring | None) -> None:
        self.owner = owner
        self.following: Link | None = None


class Ring:
    def __init__(self) -> None:
        self.links: list[Link] = []


def big(cut: bool = False, closed: bool = True) -> None:
    ring = Ring()
    ring.links = [Link(ring if closed and not cut else None) for _ in range(9_998)]


def big_clean() -> None:
    big(closed=False)


def long_ring() -> None:
    first = last = Link(None)
    for _ in range(9_999):
        last.following = Link(None)
        last = last.following
    last.following = first


async def waiting_task(cut: bool = False) -> None:
    job = Job()
    job.task = asyncio.ensure_future(job.wait())
    await asyncio.sleep(0)
    if cut:
        job.task.cancel()
        await asyncio.wait([job.task])
        job.task = None


exception_cut = partial(exception, cut=True)
closure_cut = partial(closure, cut=True)
task_cut = partial(task, cut=True)
waiting_task_cut = partial(waiting_task, cut=True)
failed_task_cut = partial(failed_task, cut=True)
async_generator_cut = partial(async_generator, cut=True)
tree_cut = partial(tree, cut=True)
callback_cut = partial(callback, cut=True)
future_cut = partial(future, cut=True)
made_class_cut = partial(made_class, cut=True)
bound_method_cut = partial(bound_method, cut=True)
parser_cut = partial(parser, cut=True)
c_type_cut = partial(c_type, cut=True)
three_cut = partial(three, cut=True)
big_cut = partial(big, cut=True)


# An operation that has the collector run itself.


def collecting() -> None:
    bound_method()
    gc.collect()

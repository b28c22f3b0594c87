"""Operations that leave a cycle, each of another kind."""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

current: contextvars.ContextVar[Any] = contextvars.ContextVar("current")


class Session:
    def __init__(self) -> None:
        self.worker_task: asyncio.Task[None] | None = None


async def drive(session: Session) -> None:
    current.set(session)


async def dispatch() -> None:
    session = Session()
    session.worker_task = asyncio.get_running_loop().create_task(
        drive(session), context=contextvars.copy_context()
    )
    await session.worker_task


def error_in_local() -> None:
    try:
        raise ValueError("kept")
    except ValueError as raised:
        error = raised
    str(error)


def closure_on_itself() -> Callable[[int], int]:
    def countdown(number: int) -> int:
        return countdown(number - 1) if number else 0

    return countdown


class Source:
    def __init__(self) -> None:
        self.numbers = self.count()

    async def count(self) -> AsyncIterator[int]:
        yield 0
        yield 1


async def abandon_stored_generator() -> None:
    await anext(Source().numbers)


class Reader:
    def __init__(self) -> None:
        self.lines = self.read()
        next(self.lines)

    def read(self) -> Iterator[int]:
        yield 0


class TreeNode:
    def __init__(self, parent: TreeNode | None, depth: int) -> None:
        self.parent = parent
        self.children = [TreeNode(self, depth - 1) for _ in range(2 if depth else 0)]


def tree(depth: int = 3) -> None:
    TreeNode(None, depth)


class Button:
    def __init__(self) -> None:
        self.clicks = 0
        self.callbacks: list[Callable[[], None]] = []


def callback_over_its_object() -> None:
    button = Button()

    def clicked() -> None:
        button.clicks += 1

    button.callbacks.append(clicked)


class Scope:
    """Is among the values that it keeps."""

    def __init__(self, key: object) -> None:
        self.values: dict[object, object] = {key: self}


class Answer:
    def __init__(self, future: asyncio.Future[Answer]) -> None:
        self.future = future


async def future_in_its_result() -> None:
    future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    future.set_result(Answer(future))


def class_per_call() -> None:
    class Row:
        size = 1

    Row()


class Handler:
    def __init__(self) -> None:
        self.handle = self.run

    def run(self) -> None:
        pass


class Timer:
    def __init__(self) -> None:
        self.fire = functools.partial(print, self)


class Job:
    task: asyncio.Task[None]

    async def run(self) -> None:
        raise ValueError


async def task_of_what_it_runs() -> None:
    job = Job()
    job.task = asyncio.ensure_future(job.run())
    await asyncio.wait([job.task])
    job.task.exception()


def three_kinds() -> None:
    closure_on_itself()
    error_in_local()
    Handler()


class Peer:
    def __init__(self) -> None:
        self.links: list[Peer] = []


def tangle(size: int = 5000) -> None:
    """Two objects a peer, all in one component."""
    peers = [Peer() for _ in range(size)]
    for number, peer in enumerate(peers):
        for step in (1, 7, 131):
            peer.links.append(peers[(number + step) % size])
    peers[0].links.append(peers[0])

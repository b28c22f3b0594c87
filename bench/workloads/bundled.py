"""Sustained dispatch through the bundled runtime: every release policy, shape and ending.

One operation is one dispatch, from the call to the end that its caller sees. A dispatch that is
abandoned has begun on the worker when its caller lets go of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from functools import partial

import unknot
from unknot.runtime import Worker, keep, pin, sever

POLICIES = {"sever": sever, "keep": keep, "pin": pin}


class Refused(Exception):
    """What the routines that raise, raise."""


class Begun:
    """Tells the caller, on its own loop, that a routine has begun on the worker's."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event = asyncio.Event()

    def expect(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event.clear()

    def tell(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self) -> None:
        await self._event.wait()


BEGUN = Begun()


async def answer(value: int) -> int:
    return value


async def refuse() -> None:
    raise Refused("as it was asked to")


async def never() -> None:
    BEGUN.tell()
    await asyncio.get_running_loop().create_future()


async def count(limit: int) -> AsyncGenerator[int, None]:
    for number in range(limit):
        yield number


async def count_and_refuse() -> AsyncGenerator[int, None]:
    yield 0
    raise Refused("as it was asked to")


async def count_and_hang() -> AsyncGenerator[int, None]:
    yield 0
    await never()


async def call_returned(worker: Worker) -> None:
    await worker.dispatch(answer, 1)


async def call_raised(worker: Worker) -> None:
    try:
        await worker.dispatch(refuse)
    except Refused:
        pass


async def call_cancelled(worker: Worker) -> None:
    BEGUN.expect()
    await _cancel(worker.dispatch(never))


async def call_abandoned(worker: Worker) -> None:
    BEGUN.expect()
    call = worker.dispatch(never)
    call.send(None)
    await BEGUN.wait()
    call.close()


async def stream_returned(worker: Worker) -> None:
    async for _ in worker.stream(count, 2):
        pass


async def stream_raised(worker: Worker) -> None:
    try:
        async for _ in worker.stream(count_and_refuse):
            pass
    except Refused:
        pass


async def stream_cancelled(worker: Worker) -> None:
    BEGUN.expect()
    await _cancel(_exhaust(worker, count_and_hang))


async def stream_abandoned(worker: Worker) -> None:
    await anext(worker.stream(count, 2))


async def _exhaust(worker: Worker, routine: Callable[[], AsyncGenerator[int, None]]) -> None:
    async for _ in worker.stream(routine):
        pass


async def _cancel(call: Awaitable[object]) -> None:
    """Cancel ``call`` once its routine has begun, and see it end."""
    task = asyncio.ensure_future(call)
    await BEGUN.wait()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass


OPERATIONS = {
    ("coroutine", "returned"): call_returned,
    ("coroutine", "raised"): call_raised,
    ("coroutine", "cancelled"): call_cancelled,
    ("coroutine", "abandoned"): call_abandoned,
    ("stream", "returned"): stream_returned,
    ("stream", "raised"): stream_raised,
    ("stream", "cancelled"): stream_cancelled,
    ("stream", "abandoned"): stream_abandoned,
}


@unknot.workload
async def dispatch(
    policy: str = "sever", shape: str = "coroutine", ending: str = "returned"
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """One dispatch under ``policy``, of ``shape``, that ends as ``ending`` says."""
    async with Worker(release=POLICIES[policy]) as worker:
        yield partial(OPERATIONS[shape, ending], worker)

"""Sustained dispatch through the bundled runtime: every transport, policy, shape and ending.

One operation is one dispatch, from the call to the end that its caller sees. A dispatch that is
abandoned has begun on the worker when its caller lets go of it, and has no end that its caller
sees: there the operation waits until its routine has ended on the worker.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import Self

import unknot
from unknot.runtime import Release, Worker, keep, pin, sever
from unknot.runtime.caller import Caller

POLICIES = {"sever": sever, "keep": keep, "pin": pin}
TRANSPORTS = ("thread", "grpc")


class Refused(Exception):
    """What the routines that raise, raise."""


class Beginnings:
    """Tells a caller when its routine has begun on the worker, and ended, in whatever process.

    By a datagram of eight bytes: a dispatch to ask with would be one more dispatch an operation.
    """

    def __init__(self) -> None:
        self._expected: dict[int, asyncio.Future[None]] = {}
        self._number = 0

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._folder = tempfile.TemporaryDirectory(prefix="unknot-")
        self.address = str(Path(self._folder.name, "begun"))
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._read)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()
        self._folder.cleanup()

    def expect(self, number: int | None = None) -> int:
        """A number for a routine to tell of; or the one that has begun, to tell of its end."""
        if number is None:
            self._number += 1
            number = self._number
        self._expected[number] = self._loop.create_future()
        return number

    async def wait(self, number: int) -> None:
        try:
            await self._expected[number]
        finally:
            del self._expected[number]

    def _read(self) -> None:
        begun = self._expected.get(int.from_bytes(self._socket.recv(8)))
        if begun is not None and not begun.done():
            begun.set_result(None)


@cache
def teller() -> socket.socket:
    """What a worker's process tells with."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)


async def answer(value: int) -> int:
    return value


async def refuse() -> None:
    raise Refused("as it was asked to")


def tell(address: str, number: int) -> None:
    teller().sendto(number.to_bytes(8), address)


async def never(address: str, number: int) -> None:
    tell(address, number)
    await asyncio.get_running_loop().create_future()


async def never_and_tell(address: str, number: int) -> None:
    """As `never`, and tells of its end, too."""
    tell(address, number)
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        tell(address, number)


async def count(limit: int) -> AsyncGenerator[int, None]:
    for number in range(limit):
        yield number


async def count_and_refuse() -> AsyncGenerator[int, None]:
    yield 0
    raise Refused("as it was asked to")


async def count_and_hang(address: str, number: int) -> AsyncGenerator[int, None]:
    yield 0
    await never(address, number)


async def call_returned(worker: Caller, begun: Beginnings) -> None:
    await worker.dispatch(answer, 1)


async def call_raised(worker: Caller, begun: Beginnings) -> None:
    try:
        await worker.dispatch(refuse)
    except Refused:
        pass


async def call_cancelled(worker: Caller, begun: Beginnings) -> None:
    number = begun.expect()
    await _cancel(worker.dispatch(never, begun.address, number), begun.wait(number))


async def call_abandoned(worker: Caller, begun: Beginnings) -> None:
    number = begun.expect()
    call = worker.dispatch(never_and_tell, begun.address, number)
    call.send(None)
    await begun.wait(number)
    # Two dispatches that end in one iteration of the worker's loop share its frame where a finished
    # coroutine's frame still leads to those that ran it (docs/versions.md).
    begun.expect(number)
    call.close()
    await begun.wait(number)


async def stream_returned(worker: Caller, begun: Beginnings) -> None:
    async for _ in worker.stream(count, 2):
        pass


async def stream_raised(worker: Caller, begun: Beginnings) -> None:
    try:
        async for _ in worker.stream(count_and_refuse):
            pass
    except Refused:
        pass


async def stream_cancelled(worker: Caller, begun: Beginnings) -> None:
    number = begun.expect()
    await _cancel(_exhaust(worker, begun.address, number), begun.wait(number))


async def stream_abandoned(worker: Caller, begun: Beginnings) -> None:
    await anext(worker.stream(count, 2))


async def _exhaust(worker: Caller, address: str, number: int) -> None:
    async for _ in worker.stream(count_and_hang, address, number):
        pass


async def _cancel(call: Awaitable[object], begun: Awaitable[None]) -> None:
    """Cancel ``call`` once its routine has begun, and see it end."""
    task = asyncio.ensure_future(call)
    await begun
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


def worker_over(transport: str, release: Release) -> AbstractAsyncContextManager[Caller]:
    if transport == "thread":
        return Worker(release=release)
    # Here, because the extra is not needed for the other.
    from unknot.runtime.remote import WorkerProcess

    return WorkerProcess(release=release)


@unknot.workload
async def dispatch(
    policy: str = "sever",
    shape: str = "coroutine",
    ending: str = "returned",
    transport: str = "thread",
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """One dispatch over ``transport`` under ``policy``, of ``shape``, that ends as ``ending``."""
    async with worker_over(transport, POLICIES[policy]) as worker:
        with Beginnings() as begun:
            yield partial(OPERATIONS[shape, ending], worker, begun)

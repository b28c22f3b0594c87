"""The caller's end of the gRPC transport: one long-lived stream that carries every dispatch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import grpc

from unknot.runtime import frames
from unknot.runtime.call import Receiver
from unknot.runtime.errors import (
    DispatchError,
    FrameTooLarge,
    WorkerDied,
    WorkerRefused,
    WorkerStopped,
)

from . import packets
from .protocol import METHOD, NAME, OPTIONS, WELCOME
from .pump import Pump

CONNECTING = 15.0
"""Seconds within which a worker has to greet its caller."""
LEAVING = 1.0
"""Seconds within which a worker has to confirm that its caller leaves."""

# Why a worker is gone, given whether it was for not answering in time.
Why = Callable[[bool], Awaitable[DispatchError]]


class Connection:
    """A link to a worker elsewhere, of the loop on which it was made.

    Whatever becomes of the worker, each receiver that is in flight then gets what `why` says.
    """

    def __init__(self, name: str, why: Why, largest: int, hang_after: float | None) -> None:
        self.name = name
        self.closing = False
        self.lost: DispatchError | None = None
        self.over = asyncio.Event()
        """Set when the worker is gone."""
        self.left = False
        """Whether the worker confirmed that its caller left."""
        self._hung = False
        self._loop = asyncio.get_running_loop()
        self._why = why
        self._hang_after = hang_after
        self._receivers: dict[int, Receiver] = {}
        self._inbox = packets.Inbox(packets.FROM_WORKER, largest)
        self._pump = Pump(self._loop, largest)
        self._empty: asyncio.Future[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._channel: Any = None
        self._stream: Any = None

    def __len__(self) -> int:
        return len(self._receivers)

    async def connect(self, address: str, metadata: Any, credentials: Any = None) -> None:
        """Wait for the worker's greeting. Raises `WorkerRefused`."""
        if credentials is None:
            self._channel = grpc.aio.insecure_channel(address, options=OPTIONS)
        else:
            self._channel = grpc.aio.secure_channel(address, credentials, options=OPTIONS)
        connect = self._channel.stream_stream(f"/{NAME}/{METHOD}")
        try:
            self._stream = connect(metadata=metadata)
            async with asyncio.timeout(CONNECTING):
                if await self._stream.read() != WELCOME:
                    raise WorkerRefused(f"{self.name}: what answers at {address} is no worker")
        except (grpc.aio.AioRpcError, TimeoutError) as error:
            await self._channel.close()
            raise WorkerRefused(f"{self.name}: {_reason(error)}") from None
        except BaseException:
            await self._channel.close()
            raise
        self._tasks = [
            self._loop.create_task(self._read(), name="unknot:read"),
            self._loop.create_task(self._write(), name="unknot:write"),
        ]
        if self._hang_after is not None:
            self._tasks.append(self._loop.create_task(self._watch(self._hang_after)))

    # -- as a link -----------------------------------------------------------------------------

    def open(self, receiver: Receiver, sent: list[bytes]) -> None:
        try:
            self.check()
            self._pump.put(receiver.id, packets.OPEN, sent[0])
        except (DispatchError, RuntimeError) as error:
            receiver.fail(frames.refused(error))
            return
        self._receivers[receiver.id] = receiver
        for request in sent[1:]:
            self.send(receiver.id, request)

    def send(self, number: int, request: bytes) -> None:
        try:
            self._pump.put(number, packets.REQUEST, request)
        except FrameTooLarge as error:
            self._settle(number, frames.refused(error))
            self._pump.put(number, packets.CANCEL)

    def cancel(self, number: int) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._cancel, number)

    def check(self) -> None:
        """Raise if the connection cannot take a dispatch."""
        if self.lost is not None:
            # A new error each time: one raised repeatedly would keep every traceback.
            raise type(self.lost)(*self.lost.args)
        if self.closing:
            raise WorkerStopped(f"worker {self.name!r} was stopped")
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError(f"worker {self.name!r} belongs to the event loop that started it")

    # -- its end -------------------------------------------------------------------------------

    async def close(self, grace: float | None, patience: float | None, last_reply: bytes) -> None:
        """Take nothing more, and end when all in flight have.

        After `grace` seconds the worker is asked to end what is left, with `last_reply` for the
        callers; `patience` seconds later they get it in any case.
        """
        self.closing = True
        await self._until_empty(grace)
        if self._receivers and self.lost is None:
            self._pump.put(0, packets.EXPIRE, last_reply)
            await self._until_empty(patience)
        stuck = bool(self._receivers)
        self.abandon(last_reply)
        await self._leave(0 if stuck else LEAVING)
        if self._channel is not None:
            await self._channel.close()
        # grpc closes its socket with the last reference to the two.
        self._stream = self._channel = None

    async def _leave(self, seconds: float) -> None:
        """Close the stream in order. The worker closes its side in reply."""
        if not self._tasks:
            return
        reading, *others = self._tasks
        for task in others:
            task.cancel()
        await asyncio.wait(others)
        if self.lost is None:
            with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):  # it is ending already
                await self._stream.done_writing()
            await asyncio.wait((reading,), timeout=seconds)
        self.left = reading.done()
        reading.cancel()
        await asyncio.wait((reading,))
        self._stream.cancel()
        self._tasks.clear()

    def abandon(self, last_reply: bytes) -> None:
        """Give every remaining caller its last reply."""
        self.closing = True
        left, self._receivers = self._receivers, {}
        for receiver in left.values():
            receiver.fail(last_reply)
        self._tell_if_empty()

    async def _until_empty(self, seconds: float | None) -> None:
        if self._receivers:
            self._empty = self._loop.create_future()
            await asyncio.wait((self._empty,), timeout=seconds)

    # -- on its loop ---------------------------------------------------------------------------

    async def _read(self) -> None:
        try:
            while (message := await self._stream.read()) is not grpc.aio.EOF:
                self._heard = self._loop.time()
                for number, kind, frame in self._inbox.open(message):
                    if kind == packets.LAST:
                        self._settle(number, frame)
                    elif kind == packets.REPLY and number in self._receivers:
                        self._receivers[number].deliver(frame, False)
        except (grpc.aio.AioRpcError, DispatchError):
            pass  # `why` knows better
        await self._lose()

    async def _write(self) -> None:
        with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):  # `_read` sees it, too
            await self._pump.run(self._stream.write)

    async def _watch(self, hang_after: float) -> None:
        """Check that the worker's loop still runs, and end the connection if it does not."""
        step = hang_after / 4
        self._heard = asked = self._loop.time()
        while True:
            before = self._loop.time()
            await asyncio.sleep(step)
            now = self._loop.time()
            if now - before > 2 * step:  # the local loop was blocked
                self._heard = now
            elif now - self._heard > hang_after and self._receivers:
                self._hung = True
                self._stream.cancel()  # which cancels `_read`, too
                return await self._lose()
            if not self._receivers:
                self._heard = now
            elif now - asked >= step:
                asked = now
                self._pump.put(0, packets.PING)

    async def _lose(self) -> None:
        try:
            if self.lost is None and (self._receivers or not self.closing):
                self.lost = WorkerDied(f"worker {self.name!r} is gone")
                self.lost = await self._why(self._hung)
                self.abandon(frames.refused(self.lost))
        finally:
            self.over.set()

    def _settle(self, number: int, reply: bytes) -> None:
        receiver = self._receivers.pop(number, None)
        if receiver is not None:
            receiver.deliver(reply, True)
        self._tell_if_empty()

    def _tell_if_empty(self) -> None:
        if self._empty is not None and not self._receivers and not self._empty.done():
            self._empty.set_result(None)

    def _cancel(self, number: int) -> None:
        if number in self._receivers:
            self._pump.put(number, packets.CANCEL)


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"no welcome within {CONNECTING:.0f} s"
    assert isinstance(error, grpc.aio.AioRpcError)
    return f"{error.code().name.lower().replace('_', ' ')}: {error.details()}"

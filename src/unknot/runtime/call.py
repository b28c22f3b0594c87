"""A dispatch, seen by its caller: an async context manager and an iterator of reply frames."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Protocol

from . import frames, variables
from .mailbox import Mailbox

_numbers = count(1)


class Receiver(Protocol):
    """Who gets the replies to a dispatch."""

    @property
    def id(self) -> int: ...

    def deliver(self, reply: bytes, last: bool) -> None:
        """Take a reply of the worker's, on the receiver's own loop."""

    def post(self, reply: bytes, last: bool) -> None:
        """The same from any thread."""

    def fail(self, reply: bytes) -> None:
        """Take the last reply from the link: the worker is gone, or does not take the dispatch."""


class Link(Protocol):
    """Carries frames to a worker and its replies to receivers.

    Every receiver that it opened gets exactly one last reply, whatever becomes of the worker.
    """

    def open(self, receiver: Receiver, sent: list[bytes]) -> None:
        """Hand over a dispatch: its first frame, and the requests that were sent with it."""

    def send(self, number: int, request: bytes) -> None: ...

    def cancel(self, number: int) -> None:
        """Ask the dispatch to end, from any thread. Never blocks, so a finalizer may call it."""


class Call:
    """One dispatch: enter it, `send` requests, iterate over its reply frames."""

    __slots__ = (
        "__weakref__",
        "_ahead",
        "_link",
        "_loop",
        "_replies",
        "_unsent",
        "cancelled",
        "completion",
        "id",
        "started",
    )

    # From `__aenter__` on, as they are of the caller's loop.
    completion: asyncio.Future[None]
    _loop: asyncio.AbstractEventLoop
    _replies: Mailbox

    def __init__(self, first: bytes, link: Link) -> None:
        self.id = next(_numbers)
        self.cancelled = False
        self.started = False
        self._link = link
        self._ahead = 0  # requests on their way, or answered and the reply not read
        self._unsent = [first]

    @property
    def name(self) -> str:
        """The name of the worker's task."""
        return f"dispatch:{self.id}"

    # -- on the caller's loop ------------------------------------------------------------------

    async def __aenter__(self) -> Call:
        self._loop = loop = asyncio.get_running_loop()
        self.completion = loop.create_future()
        self._replies = Mailbox(loop)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End what still runs. A coroutine that is being closed may not wait for that."""
        if self.completion.done():
            return
        self.cancel()
        if not self.started:
            self._start()  # which, cancelled, hands nothing over
        if kind is None or not issubclass(kind, GeneratorExit):
            await self.drain()

    def __aiter__(self) -> Call:
        return self

    async def __anext__(self) -> bytes:
        """The next reply. The first time, this is what hands the dispatch to the worker."""
        if not self.started:
            self._start()
        if not self._replies and self.completion.done():
            raise StopAsyncIteration
        reply = await self._replies.get()
        self._ahead -= 1
        if self._unsent:
            self._send(self._unsent.pop(0))
        if reply[:1] == frames.VARIABLES:
            changed, reply = frames.take_variables(reply)
            variables.write(changed)  # in the context of whoever asked
        return reply

    def send(self, request: bytes) -> None:
        """Put a request before the routine, without waiting for the reply."""
        if self.started and self._ahead < frames.WINDOW:
            self._send(request)
        else:
            self._unsent.append(request)

    async def drain(self) -> None:
        """Wait for the last reply, if the dispatch was started at all."""
        if self.started and not self.completion.done():
            # `wait` leaves `completion` alone when the one who waits is cancelled.
            await asyncio.wait((self.completion,))

    def deliver(self, reply: bytes, last: bool) -> None:
        """Take in a reply. After the last, what comes is lost."""
        if not self.completion.done():
            if last:
                self.completion.set_result(None)
            self._replies.deliver(reply)

    def _start(self) -> None:
        self.started = True
        if self.cancelled:
            self._unsent.clear()
            self.deliver(frames.CANCELLED, last=True)
            return
        sent, self._unsent = self._unsent[: 1 + frames.WINDOW], self._unsent[1 + frames.WINDOW :]
        self._ahead = len(sent) - 1
        self._link.open(self, sent)

    def _send(self, request: bytes) -> None:
        self._ahead += 1
        self._link.send(self.id, request)

    # -- from any thread -----------------------------------------------------------------------

    def cancel(self) -> None:
        """Ask the routine to end, once. Never blocks, so a finalizer may call it."""
        if not self.cancelled:
            self.cancelled = True
            if self.started:
                self._link.cancel(self.id)

    def post(self, reply: bytes, last: bool) -> None:
        """Deliver from any thread, in one wake-up of the caller's loop."""
        with suppress(RuntimeError):  # nobody waits on a closed loop
            self._loop.call_soon_threadsafe(self.deliver, reply, last)

    def fail(self, reply: bytes) -> None:
        """As the link itself ends the dispatch."""
        self.post(reply, last=True)

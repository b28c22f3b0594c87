"""A dispatch on the caller's side: an async context manager and an iterator of reply frames."""

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
    """Receives the replies to a dispatch."""

    @property
    def id(self) -> int: ...

    def deliver(self, reply: bytes, last: bool) -> None:
        """Take a reply from the worker, on the receiver's loop."""

    def post(self, reply: bytes, last: bool) -> None:
        """Take a reply from the worker, from any thread."""

    def fail(self, reply: bytes) -> None:
        """Take a last reply from the link: the worker is gone or refuses the dispatch."""


class Link(Protocol):
    """Carries frames to a worker and its replies to receivers.

    Every receiver passed to `open` gets exactly one last reply, whatever happens to the worker.
    """

    def open(self, receiver: Receiver, sent: list[bytes]) -> None:
        """Open a dispatch with its first frame and the requests sent with it."""

    def send(self, number: int, request: bytes) -> None: ...

    def cancel(self, number: int) -> None:
        """Ask the dispatch to end, from any thread. Never blocks, so finalizers may call it."""


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

    # Set by `__aenter__`, because they belong to the caller's loop.
    completion: asyncio.Future[None]
    _loop: asyncio.AbstractEventLoop
    _replies: Mailbox

    def __init__(self, first: bytes, link: Link) -> None:
        self.id = next(_numbers)
        self.cancelled = False
        self.started = False
        self._link = link
        self._ahead = 0  # requests sent whose replies have not been read
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
        """Cancel the dispatch if it runs, and wait for its end unless the coroutine is closing."""
        if self.completion.done():
            return
        self.cancel()
        if not self.started:
            self._start()  # sends nothing, because it is cancelled
        if kind is None or not issubclass(kind, GeneratorExit):
            await self.drain()

    def __aiter__(self) -> Call:
        return self

    async def __anext__(self) -> bytes:
        """The next reply. The first call opens the dispatch on the worker."""
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
            variables.write(changed)  # in the caller's context
        return reply

    def send(self, request: bytes) -> None:
        """Send a request to the routine without waiting for the reply."""
        if self.started and self._ahead < frames.WINDOW:
            self._send(request)
        else:
            self._unsent.append(request)

    async def drain(self) -> None:
        """Wait for the last reply, if the dispatch was started."""
        if self.started and not self.completion.done():
            # `wait` does not cancel `completion` when the waiter is cancelled.
            await asyncio.wait((self.completion,))

    def deliver(self, reply: bytes, last: bool) -> None:
        """Take a reply. Replies after the last one are dropped."""
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
        """Ask the routine to end, once. Never blocks, so finalizers may call it."""
        if not self.cancelled:
            self.cancelled = True
            if self.started:
                self._link.cancel(self.id)

    def post(self, reply: bytes, last: bool) -> None:
        """Deliver from any thread, in one wake-up of the caller's loop."""
        with suppress(RuntimeError):  # on a closed loop nothing waits
            self._loop.call_soon_threadsafe(self.deliver, reply, last)

    def fail(self, reply: bytes) -> None:
        """End the dispatch with a reply from the link."""
        self.post(reply, last=True)

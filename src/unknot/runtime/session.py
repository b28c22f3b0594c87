"""A dispatch, seen from the caller's side: an async context manager and iterator of replies."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import copy_context
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import frames
from .errors import Rejected
from .mailbox import Mailbox

if TYPE_CHECKING:
    from .docket import Docket

_ids = count(1)


class DispatchSession:
    """One dispatch: enter it, `send` requests, iterate over its reply frames.

    It is made of a first frame and a docket to run on, so whatever transport brought the frame
    can hold one. Its one reference into the worker's side is `worker_task`.
    """

    __slots__ = (
        "__weakref__",
        "_call",
        "_docket",
        "_first",
        "cancelled",
        "completion",
        "id",
        "inbox",
        "kind",
        "outbox",
        "release",
        "verdict",
        "worker_task",
    )

    # From `__aenter__` on: the first frame says the kind, and the others are of the caller's loop.
    kind: bytes
    completion: asyncio.Future[None]
    outbox: Mailbox

    def __init__(self, first: bytes, docket: Docket) -> None:
        self.id = next(_ids)
        self.release = docket.release
        self.worker_task: asyncio.Task[bytes] | None = None
        self.inbox = Mailbox(docket.loop)
        self.cancelled = False
        self.verdict = frames.CANCELLED  # the last reply, should the driver be cancelled
        self._first = first
        self._call: frames.Call | None = None
        self._docket: Docket | None = docket

    @property
    def name(self) -> str:
        """The name of the driver task."""
        return f"dispatch:{self.id}"

    @property
    def started(self) -> bool:
        """Whether it was handed to the worker."""
        return self._docket is None

    # -- on the caller's loop ------------------------------------------------------------------

    async def __aenter__(self) -> DispatchSession:
        """Parse and check the first frame. Raises `Rejected`."""
        try:
            self._call = frames.open_call(self._first)
            self.kind = self._call[0]
        except Exception as error:
            raise Rejected(f"{type(error).__qualname__}: {error}") from error
        self._first = b""
        loop = asyncio.get_running_loop()
        self.completion = loop.create_future()
        self.outbox = Mailbox(loop)
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
            self._start()  # which, cancelled, hands nothing over and lets go of everything
        if kind is None or not issubclass(kind, GeneratorExit):
            await self.drain()

    def __aiter__(self) -> DispatchSession:
        return self

    async def __anext__(self) -> bytes:
        """The next reply. The first time, this is what hands the dispatch to the worker."""
        if not self.started:
            self._start()
        if not self.outbox and self.completion.done():
            raise StopAsyncIteration
        return await self.outbox.get()

    def send(self, request: bytes) -> None:
        """Put a request before the routine, without waiting for the reply."""
        if self.started:
            self.inbox.post(request)
        else:
            self.inbox.deliver(request)

    async def drain(self) -> None:
        """Wait until the driver is done, if it was started at all."""
        if self.started and not self.completion.done():
            # `wait` leaves `completion` alone when the one who waits is cancelled.
            await asyncio.wait((self.completion,))

    def _start(self) -> None:
        docket, self._docket = self._docket, None
        if self.cancelled:
            self._call = None
            self._conclude(frames.CANCELLED)
        elif docket is not None:
            docket.submit(self, copy_context())

    def _conclude(self, reply: bytes) -> None:
        if not self.completion.done():
            self.completion.set_result(None)
            self.outbox.deliver(reply)

    # -- from any thread -----------------------------------------------------------------------

    def cancel(self) -> None:
        """Ask the driver to end, once. Never blocks, so a finalizer may call it."""
        if not self.cancelled:
            self.cancelled = True
            if self.started:
                # The task is read over there: it may not exist yet, and may be gone by then.
                with suppress(RuntimeError):  # a closed loop drives nothing
                    self.inbox.loop.call_soon_threadsafe(self._cancel_driver)

    def settle(self, reply: bytes) -> None:
        """Deliver the last reply and settle `completion`, in one wake-up. Later ones are lost."""
        with suppress(RuntimeError):  # nobody waits on a closed loop
            self.outbox.loop.call_soon_threadsafe(self._conclude, reply)

    # -- on the worker's loop ------------------------------------------------------------------

    def begin(self) -> Any:
        """The routine's coroutine or generator, which alone has the arguments from now on."""
        # A routine may raise what it was passed. The driver's frames are in the traceback then,
        # and had they a name for the arguments, error -> traceback -> frame -> arguments -> error
        # would be a cycle: test_endings.py, "raised_an_argument", fails.
        call, self._call = self._call, None
        assert call is not None
        _, routine, args, kwargs = call
        return routine(*args, **kwargs)

    def expire(self, verdict: bytes) -> None:
        """Cancel the driver on the worker's account; `verdict` is what the caller gets for it."""
        self.verdict = verdict
        self.cancelled = True
        self._cancel_driver()

    def _cancel_driver(self) -> None:
        if self.worker_task is not None:
            self.worker_task.cancel()

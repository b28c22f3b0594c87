"""The thread transport: frames between the callers' loops and a docket on a thread of its own."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from contextvars import Context, copy_context
from functools import partial
from threading import Thread

from . import frames
from .admission import Admission
from .call import Receiver
from .docket import Docket
from .errors import GraceExpired, WorkerDied, WorkerStopped
from .release import Release


class ThreadLink:
    """Runs a docket, and files its callers from the hand-over to the last reply.

    The callers are on any number of loops. The ones of the thread's own end the loop when the link
    is closed and the last of them is answered.
    """

    __slots__ = ("_docket", "_enders", "_receivers", "_serving", "closing", "died", "loop", "name")

    def __init__(self, name: str, admission: Admission, release: Release) -> None:
        self.name = name
        self.loop = asyncio.new_event_loop()
        self.closing = False
        self.died = False
        self._docket = Docket(self.loop, admission, release)
        self._serving = True
        self._receivers: dict[int, Receiver] = {}
        self._enders: deque[asyncio.Future[None]] = deque()

    def start(self) -> Thread:
        """The thread, which runs from now on."""
        thread = Thread(target=self.serve, name=self.name, daemon=True)
        thread.start()
        return thread

    # -- from any thread -----------------------------------------------------------------------

    def open(self, receiver: Receiver, sent: list[bytes]) -> None:
        if self.closing:
            self._dismiss(receiver)
            return
        # Filed before it crosses, so that it is answered even if the loop ends in between.
        self._receivers[receiver.id] = receiver
        context = copy_context()  # forked here, where it is the caller's
        try:
            self.loop.call_soon_threadsafe(self._open, receiver, sent, context, context=context)
        except RuntimeError:
            self._dismiss(receiver)

    def send(self, number: int, request: bytes) -> None:
        with suppress(RuntimeError):  # on a closed loop nobody reads
            self.loop.call_soon_threadsafe(self._docket.request, number, request)

    def cancel(self, number: int) -> None:
        with suppress(RuntimeError):  # a closed loop drives nothing
            self.loop.call_soon_threadsafe(self._docket.cancel, number)

    def close(self, ended: asyncio.Future[None] | None = None) -> None:
        """Take nothing more, end when empty; `ended` is settled once the thread is through."""
        self.closing = True
        if ended is not None:
            self._enders.append(ended)
        try:
            self.loop.call_soon_threadsafe(self._end_if_empty)
        except RuntimeError:
            self._tell_enders()

    def expire(self, grace: float | None) -> None:
        """Cancel whatever is left; its callers get `GraceExpired`."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._docket.expire, self._expired(grace))

    def abandon(self, grace: float | None) -> list[str]:
        """Answer the callers of what would not end; returns the names of those dispatches."""
        left = list(self._receivers.copy().values())
        for receiver in left:
            receiver.fail(self._expired(grace))
        return [f"dispatch:{receiver.id}" for receiver in left]

    def gone(self) -> WorkerStopped | WorkerDied:
        """Why this takes no dispatch any more."""
        if self.died:
            return WorkerDied(f"the event loop of worker {self.name!r} ended by itself")
        return WorkerStopped(f"worker {self.name!r} was stopped")

    def _expired(self, grace: float | None) -> bytes:
        return frames.refused(
            GraceExpired(f"worker {self.name!r} was stopped, and {grace} s later cancelled this")
        )

    def _dismiss(self, receiver: Receiver) -> None:
        self._receivers.pop(receiver.id, None)
        receiver.fail(frames.refused(self.gone()))

    def _tell_enders(self) -> None:
        with suppress(IndexError):
            while True:
                ended = self._enders.popleft()
                with suppress(RuntimeError):
                    ended.get_loop().call_soon_threadsafe(_settle, ended)

    # -- on the worker's thread ----------------------------------------------------------------

    def serve(self) -> None:
        """Run the loop until the link is closed and all are answered, then close the loop."""
        try:
            self.loop.run_forever()
        finally:
            self.died, self._serving = self._serving, False
            self._docket.condemn(frames.refused(self.gone()))  # no caller has cancelled them
            # Entering and leaving it is all: it cancels what tasks are left, closes generators,
            # executor and loop, the way `asyncio.run` does.
            with asyncio.Runner(loop_factory=self._get_loop):
                pass
            for receiver in list(self._receivers.values()):
                self._dismiss(receiver)
            self._tell_enders()

    def _get_loop(self) -> asyncio.AbstractEventLoop:
        return self.loop

    def _open(self, receiver: Receiver, sent: list[bytes], context: Context) -> None:
        if self._serving:
            self._docket.open(receiver.id, sent, partial(self._reply, receiver), context)
        else:
            self._dismiss(receiver)

    def _reply(self, receiver: Receiver, frame: bytes, last: bool) -> None:
        receiver.post(frame, last)
        if last:
            del self._receivers[receiver.id]
            self._end_if_empty()

    def _end_if_empty(self) -> None:
        if self.closing and self._serving and not self._receivers:
            self._serving = False  # so what still comes in is answered, not started and cancelled
            self.loop.stop()


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)

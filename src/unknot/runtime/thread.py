"""The thread transport: frames between the callers' loops and a docket on a separate thread."""

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
    """Runs a docket, and keeps its receivers from their opening to their last reply.

    Callers may be on any number of loops. The thread's loop ends once the link is closed and the
    last caller is answered.
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
        """Start the thread and return it."""
        thread = Thread(target=self.serve, name=self.name, daemon=True)
        thread.start()
        return thread

    # -- from any thread -----------------------------------------------------------------------

    def open(self, receiver: Receiver, sent: list[bytes]) -> None:
        if self.closing:
            self._dismiss(receiver)
            return
        # Registered before it crosses, so that it is answered even if the loop ends meanwhile.
        self._receivers[receiver.id] = receiver
        context = copy_context()  # copied here, in the caller's context
        try:
            self.loop.call_soon_threadsafe(self._open, receiver, sent, context, context=context)
        except RuntimeError:
            self._dismiss(receiver)

    def send(self, number: int, request: bytes) -> None:
        with suppress(RuntimeError):  # on a closed loop nothing reads
            self.loop.call_soon_threadsafe(self._docket.request, number, request)

    def cancel(self, number: int) -> None:
        with suppress(RuntimeError):  # on a closed loop nothing runs
            self.loop.call_soon_threadsafe(self._docket.cancel, number)

    def close(self, ended: asyncio.Future[None] | None = None) -> None:
        """Refuse new dispatches and end when empty. `ended` is settled when the thread ends."""
        self.closing = True
        if ended is not None:
            self._enders.append(ended)
        try:
            self.loop.call_soon_threadsafe(self._end_if_empty)
        except RuntimeError:
            self._tell_enders()

    def expire(self, grace: float | None) -> None:
        """Cancel the remaining dispatches. Their callers get `GraceExpired`."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._docket.expire, self._expired(grace))

    def abandon(self, grace: float | None) -> list[str]:
        """Answer the callers of dispatches that did not end. Returns their names."""
        left = list(self._receivers.copy().values())
        for receiver in left:
            receiver.fail(self._expired(grace))
        return [f"dispatch:{receiver.id}" for receiver in left]

    def gone(self) -> WorkerStopped | WorkerDied:
        """The reason why no more dispatches are taken."""
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
        """Run the loop until the link is closed and all callers are answered, then close it."""
        try:
            self.loop.run_forever()
        finally:
            self.died, self._serving = self._serving, False
            # No caller has cancelled the remaining dispatches.
            self._docket.set_last_reply(frames.refused(self.gone()))
            # Leaving a runner cancels remaining tasks and closes generators, executor and loop, as
            # `asyncio.run` does.
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
            self._serving = False  # so that new dispatches are refused, not started and cancelled
            self.loop.stop()


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)

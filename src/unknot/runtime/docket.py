"""The docket: the dispatches in flight on a worker, and all that a session needs of it.

The docket points at its sessions. A session has it only until it is submitted, and from then on
points at nothing of the worker's but the loop and its own `worker_task`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING

from . import frames
from .driver import drive
from .errors import GraceExpired, WorkerDied, WorkerStopped

if TYPE_CHECKING:
    from .admission import Admission
    from .release import Release
    from .session import DispatchSession


class Docket:
    """Every dispatch from its submission to its last reply. It ends its loop when told to close.

    `submit`, `close`, `expire` and `abandon` are called from any thread, the rest on the loop.
    """

    __slots__ = (
        "_admission",
        "_enders",
        "_serving",
        "_sessions",
        "closing",
        "died",
        "loop",
        "name",
        "release",
    )

    def __init__(self, name: str, admission: Admission, release: Release) -> None:
        self.name = name
        self.loop = asyncio.new_event_loop()
        self.release = release
        self.closing = False
        self.died = False
        self._admission = admission
        self._serving = True
        self._sessions: dict[int, DispatchSession] = {}
        self._enders: deque[asyncio.Future[None]] = deque()

    # -- from any thread -----------------------------------------------------------------------

    def submit(self, session: DispatchSession, context: Context) -> None:
        """Start a driver for `session` in `context`. On a closing worker it is answered at once."""
        if self.closing:
            self._dismiss(session)
            return
        # Filed before it crosses, so that it is answered even if the loop ends in between.
        self._sessions[session.id] = session
        try:
            self.loop.call_soon_threadsafe(self._start, session, context, context=context)
        except RuntimeError:
            self._dismiss(session)

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
            self.loop.call_soon_threadsafe(self._expire, self._expired(grace))

    def abandon(self, grace: float | None) -> list[str]:
        """Answer the callers of what would not end; returns the names of those dispatches."""
        left = list(self._sessions.copy().values())
        for session in left:
            session.settle(self._expired(grace))
        return [session.name for session in left]

    def _expired(self, grace: float | None) -> bytes:
        return frames.refused(
            GraceExpired(f"worker {self.name!r} was stopped, and {grace} s later cancelled this")
        )

    def _dismiss(self, session: DispatchSession) -> None:
        self._sessions.pop(session.id, None)
        session.settle(frames.refused(self.gone()))

    def gone(self) -> WorkerStopped | WorkerDied:
        """Why this takes no dispatch any more."""
        if self.died:
            return WorkerDied(f"the event loop of worker {self.name!r} ended by itself")
        return WorkerStopped(f"worker {self.name!r} was stopped")

    def _tell_enders(self) -> None:
        with suppress(IndexError):
            while True:
                ended = self._enders.popleft()
                with suppress(RuntimeError):
                    ended.get_loop().call_soon_threadsafe(_settle, ended)

    # -- on the worker's thread ----------------------------------------------------------------

    def serve(self) -> None:
        """Run the loop until the docket is closed and empty, then close the loop."""
        try:
            self.loop.run_forever()
        finally:
            self.died, self._serving = self._serving, False
            for session in self._sessions.copy().values():
                session.verdict = frames.refused(self.gone())  # not as if its caller had cancelled
            # Entering and leaving it is all: it cancels what tasks are left, closes generators,
            # executor and loop, the way `asyncio.run` does.
            with asyncio.Runner(loop_factory=self._get_loop):
                pass
            for session in list(self._sessions.values()):
                self._dismiss(session)
            self._tell_enders()

    def _get_loop(self) -> asyncio.AbstractEventLoop:
        return self.loop

    def _start(self, session: DispatchSession, context: Context) -> None:
        if not self._serving:
            self._dismiss(session)
            return
        task = self.loop.create_task(
            drive(session, self._admission), name=session.name, context=context
        )
        session.worker_task = task
        task.add_done_callback(partial(self._finish, session), context=context)

    def _finish(self, session: DispatchSession, task: asyncio.Task[bytes]) -> None:
        del self._sessions[session.id]
        try:
            # Before the caller is woken, so that whoever has seen `completion` sees it released.
            session.release(session)
        finally:
            session.settle(_last_reply(session, task))
            self._end_if_empty()

    def _expire(self, verdict: bytes) -> None:
        for session in list(self._sessions.values()):
            session.expire(verdict)

    def _end_if_empty(self) -> None:
        if self.closing and self._serving and not self._sessions:
            self._serving = False  # so what still comes in is told, and not started to be cancelled
            self.loop.stop()


def _last_reply(session: DispatchSession, task: asyncio.Task[bytes]) -> bytes:
    if task.cancelled():
        return session.verdict
    error = task.exception()
    return task.result() if error is None else frames.raised(error)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)

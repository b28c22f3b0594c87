"""The docket: the dispatches in flight on a worker's loop, by number.

It is the worker's interface for a transport, in frames. The docket refers to its sessions; a
session refers to nothing of the worker but the loop and its own `worker_task`.
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from functools import partial

from . import frames
from .admission import Admission
from .driver import drive
from .errors import DispatchError
from .release import Release
from .session import DispatchSession, Reply


class Docket:
    """All dispatches from their first frame to their last reply. Every method runs on `loop`."""

    __slots__ = ("_admission", "_loop", "_release", "_sessions")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, admission: Admission, release: Release
    ) -> None:
        self._loop = loop
        self._admission = admission
        self._release = release
        self._sessions: dict[int, DispatchSession] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def __contains__(self, number: int) -> bool:
        return number in self._sessions

    def open(self, number: int, sent: list[bytes], reply: Reply, context: Context) -> None:
        """Start a driver in `context` for a first frame and the requests sent with it."""
        try:
            session = DispatchSession(number, sent[0], reply, self._release, self._loop)
        except Exception as error:
            reply(frames.rejected(error), True)
            return
        for request in sent[1:]:
            session.inbox.deliver(request)
        self._sessions[number] = session
        task = self._loop.create_task(
            drive(session, self._admission), name=session.name, context=context
        )
        session.worker_task = task
        task.add_done_callback(partial(self._finish, session), context=context)

    def request(self, number: int, frame: bytes) -> int:
        """Deliver a request to a routine. Returns how many wait there; 0 if it has ended."""
        session = self._sessions.get(number)
        if session is None:
            return 0
        session.inbox.deliver(frame)
        return len(session.inbox)

    def cancel(self, number: int) -> None:
        """Ask a dispatch to end, unless it has."""
        session = self._sessions.get(number)
        if session is not None:
            session.cancel()

    def expire(self, last_reply: bytes) -> None:
        """Cancel the remaining dispatches, with `last_reply` for their callers."""
        for session in list(self._sessions.values()):
            session.expire(last_reply)

    def set_last_reply(self, last_reply: bytes) -> None:
        """Set the `last_reply` of the remaining dispatches, should they be cancelled."""
        for session in self._sessions.values():
            session.last_reply = last_reply

    def _finish(self, session: DispatchSession, task: asyncio.Task[bytes]) -> None:
        del self._sessions[session.id]
        try:
            # Before the last reply, so that a caller with an answer sees the session released.
            session.release(session)
        finally:
            session.settle(_last_reply(session, task))


def _last_reply(session: DispatchSession, task: asyncio.Task[bytes]) -> bytes:
    """The last reply of a driver's task. Never raises, because the caller waits for it."""
    if task.cancelled():
        return session.last_reply
    error = task.exception()
    try:
        return task.result() if error is None else frames.raised(error)
    except BaseException:
        return frames.refused(DispatchError(f"how {session.name} ended cannot be put into words"))
    finally:
        # error -> traceback -> this frame -> error: test_endings.py,
        # "exception_without_words", fails.
        del error

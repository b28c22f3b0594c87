"""The docket: the dispatches in flight on a worker's loop, by number.

All of the worker's half that a transport talks to, in frames. The docket points at its sessions; a
session points at nothing of the worker's but the loop and its own `worker_task`.
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
    """Every dispatch from its first frame to its last reply. All of it runs on `loop`."""

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
        """Start a driver in `context` for a first frame and the requests that came with it."""
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
        """Put a request before a routine; how many wait there. One that has ended reads no more."""
        session = self._sessions.get(number)
        if session is None:
            return 0
        session.inbox.deliver(frame)
        return len(session.inbox)

    def cancel(self, number: int) -> None:
        """Ask a dispatch to end, if it has not."""
        session = self._sessions.get(number)
        if session is not None:
            session.cancel()

    def expire(self, verdict: bytes) -> None:
        """Cancel whatever is left; `verdict` is what its callers get."""
        for session in list(self._sessions.values()):
            session.expire(verdict)

    def condemn(self, verdict: bytes) -> None:
        """Should anything cancel what is left, `verdict` is what its callers get."""
        for session in self._sessions.values():
            session.verdict = verdict

    def _finish(self, session: DispatchSession, task: asyncio.Task[bytes]) -> None:
        del self._sessions[session.id]
        try:
            # Before the caller is answered, so that whoever has an answer sees it released.
            session.release(session)
        finally:
            session.settle(_last_reply(session, task))


def _last_reply(session: DispatchSession, task: asyncio.Task[bytes]) -> bytes:
    """Never raises, as somebody waits for it."""
    if task.cancelled():
        return session.verdict
    error = task.exception()
    try:
        return task.result() if error is None else frames.raised(error)
    except BaseException:
        return frames.refused(DispatchError(f"how {session.name} ended cannot be put into words"))
    finally:
        # error -> traceback -> this frame -> error: test_endings.py,
        # "exception_without_words", fails.
        del error

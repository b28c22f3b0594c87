"""A worker: a thread with an event loop to which routines are dispatched."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterable
from itertools import count
from threading import Thread
from types import TracebackType

from .admission import Admission, Backpressure
from .caller import Caller
from .errors import WorkerAlreadyStarted, WorkerNotStarted, WorkerStuck
from .release import Release, sever
from .thread import ThreadLink
from .variables import checked

_numbers = count(1)


class Worker(Caller):
    """Runs coroutine functions and async generator functions on a daemon thread.

    At most `limit` dispatches run at once. `backpressure` is called before one more has to wait;
    without it, all wait. A routine that dispatches to its own worker holds one slot while it waits
    for another. `release` decides what a finished session does with its task. A routine runs in a
    copy of its caller's context; changes to `variables`, named as `package.module:variable`, are
    returned.
    """

    __slots__ = ("_admission", "_link", "_thread", "_variables", "name", "release")

    def __init__(
        self,
        *,
        limit: int = 1024,
        release: Release = sever,
        backpressure: Backpressure | None = None,
        variables: Iterable[str] = (),
        name: str | None = None,
    ) -> None:
        self._link: ThreadLink | None = None
        self._thread: Thread | None = None
        self._variables = checked(variables)
        self._admission = Admission(limit, backpressure)
        self.release = release
        self.name = name if name is not None else f"worker-{next(_numbers)}"

    def start(self) -> None:
        """Start the thread. A worker can be started only once."""
        if self._link is not None:
            raise WorkerAlreadyStarted(f"worker {self.name!r} was started before")
        self._link = ThreadLink(self.name, self._admission, self.release)
        self._thread = self._link.start()

    async def stop(self, *, grace: float | None = 5.0, patience: float | None = 5.0) -> None:
        """Take no more dispatches, and end when those in flight have ended.

        After `grace` seconds the rest are cancelled. Raises `WorkerStuck` if they do not end within
        another `patience` seconds.
        """
        link, thread = self._link, self._thread
        if link is None or thread is None:
            raise WorkerNotStarted(f"worker {self.name!r} was never started")
        loop = asyncio.get_running_loop()
        if loop is link.loop:
            raise RuntimeError("a worker cannot be stopped from a routine that it runs")
        ended = loop.create_future()
        link.close(ended)
        await asyncio.wait((ended,), timeout=grace)
        if not ended.done():
            link.expire(grace)
            await asyncio.wait((ended,), timeout=patience)
        if not ended.done():
            stuck = ", ".join(link.abandon(grace)) or "a task that is not a dispatch"
            raise WorkerStuck(f"worker {self.name!r} did not stop: {stuck}")
        thread.join()

    async def __aenter__(self) -> Worker:
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None and issubclass(kind, GeneratorExit):
            if self._link is not None:
                self._link.close()  # a coroutine that is being closed must not wait
        else:
            await self.stop()

    def __del__(self) -> None:
        if self._link is not None and not self._link.closing:
            warnings.warn(
                f"worker {self.name!r} was not stopped", ResourceWarning, stacklevel=2, source=self
            )
            self._link.close()

    def open_link(self) -> ThreadLink:
        if self._link is None:
            raise WorkerNotStarted(f"worker {self.name!r} was not started")
        if self._link.closing or self._link.died:
            raise self._link.gone()
        return self._link

"""A worker: a thread with an event loop, to dispatch routines to."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable
from itertools import count
from threading import Thread
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from . import frames
from .admission import Admission, Backpressure
from .docket import Docket
from .errors import WorkerAlreadyStarted, WorkerNotStarted, WorkerStuck
from .release import Release, sever
from .session import DispatchSession
from .stream import Stream

P = ParamSpec("P")
T = TypeVar("T")
Y = TypeVar("Y")
S = TypeVar("S")

_numbers = count(1)


class Worker:
    """Runs coroutine functions and async generator functions on a daemon thread of its own.

    `limit` dispatches run at once; `backpressure` is asked before one more is made to wait (without
    it, all wait). A routine that dispatches to its own worker holds one slot while it waits for the
    next. `release` says what a finished session does with its task.
    """

    __slots__ = ("_admission", "_docket", "_thread", "name", "release")

    def __init__(
        self,
        *,
        limit: int = 1024,
        release: Release = sever,
        backpressure: Backpressure | None = None,
        name: str | None = None,
    ) -> None:
        self._docket: Docket | None = None
        self._thread: Thread | None = None
        self._admission = Admission(limit, backpressure)
        self.release = release
        self.name = name if name is not None else f"worker-{next(_numbers)}"

    # -- its life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread. A worker starts once."""
        if self._docket is not None:
            raise WorkerAlreadyStarted(f"worker {self.name!r} was started before")
        self._docket = Docket(self.name, self._admission, self.release)
        self._thread = Thread(target=self._docket.serve, name=self.name, daemon=True)
        self._thread.start()

    async def stop(self, *, grace: float | None = 5.0, patience: float | None = 5.0) -> None:
        """Take no more dispatches, and end when those in flight have.

        After `grace` seconds what is left is cancelled. Raises `WorkerStuck` if something then
        does not end within `patience` seconds.
        """
        docket, thread = self._docket, self._thread
        if docket is None or thread is None:
            raise WorkerNotStarted(f"worker {self.name!r} was never started")
        loop = asyncio.get_running_loop()
        if loop is docket.loop:
            raise RuntimeError("a worker cannot be stopped from a routine that it runs")
        ended = loop.create_future()
        docket.close(ended)
        await asyncio.wait((ended,), timeout=grace)
        if not ended.done():
            docket.expire(grace)
            await asyncio.wait((ended,), timeout=patience)
        if not ended.done():
            stuck = ", ".join(docket.abandon(grace)) or "a task that is no dispatch"
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
            if self._docket is not None:
                self._docket.close()  # a coroutine that is being closed may not wait
        else:
            await self.stop()

    def __del__(self) -> None:
        if self._docket is not None and not self._docket.closing:
            warnings.warn(
                f"worker {self.name!r} was not stopped", ResourceWarning, stacklevel=2, source=self
            )
            self._docket.close()

    # -- its work ------------------------------------------------------------------------------

    async def dispatch(
        self, routine: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `routine(*args, **kwargs)` returns or raises, awaited on the worker.

        Cancelling this cancels the routine and waits for its end; cancelling it again does not.
        """
        async with self._session(frames.COROUTINE, routine, args, kwargs) as session:
            result: T = frames.open_reply(await session.__anext__())
            return result

    def stream(
        self, routine: Callable[P, AsyncGenerator[Y, S]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Stream[Y, S]:
        """The async generator `routine(*args, **kwargs)`, run on the worker."""
        return Stream(self._session(frames.STREAM, routine, args, kwargs))

    def session(
        self, routine: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs
    ) -> DispatchSession:
        """The dispatch itself, of either kind, for who wants to hold it."""
        return self._session(frames.kind_of(routine), routine, args, kwargs)

    def accept(self, first: bytes) -> DispatchSession:
        """A dispatch whose first frame some transport brought."""
        return DispatchSession(first, self._open_docket())

    def _session(
        self, kind: bytes, routine: frames.Routine, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> DispatchSession:
        docket = self._open_docket()
        frames.check_kind(kind, routine)
        return DispatchSession(frames.call(kind, routine, args, kwargs), docket)

    def _open_docket(self) -> Docket:
        if self._docket is None:
            raise WorkerNotStarted(f"worker {self.name!r} was not started")
        if self._docket.closing or self._docket.died:
            raise self._docket.gone()
        return self._docket

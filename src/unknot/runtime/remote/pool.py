"""A pool: several worker processes behind the interface of one, each replaced when it dies."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Self

from unknot.runtime.admission import Backpressure
from unknot.runtime.call import Receiver
from unknot.runtime.caller import Caller
from unknot.runtime.errors import (
    DispatchError,
    GraceExpired,
    WorkerAlreadyStarted,
    WorkerNotStarted,
)
from unknot.runtime.release import Release, sever
from unknot.runtime.variables import checked

from .packets import LARGEST
from .process import WorkerProcess
from .spread import Seat, Spread

FIRST_DELAY, LONGEST_DELAY = 0.05, 5.0
"""Seconds before a worker is replaced; twice as long each time, up to the second."""
STEADY = 2.0
"""Seconds that a worker lives to be no sign of trouble."""
TRIES = 3
"""Starts that fail in a row before those who wait are told, if no other worker lives."""

_numbers = count(1)


class WorkerPool(Caller):
    """Dispatches to the least loaded of `size` worker processes.

    Each runs `limit` dispatches at once. `queue` more wait, if `backpressure` lets them; the rest
    are `Overloaded`. What is in flight on a worker that dies is `WorkerDied`, and is not tried
    again: only who dispatches to `again(times)` says that it may be. The rest is as with a
    `WorkerProcess`.
    """

    __slots__ = (
        "_backpressure",
        "_keepers",
        "_make",
        "_spread",
        "_variables",
        "limit",
        "name",
        "queue",
        "size",
    )

    def __init__(
        self,
        size: int,
        *,
        limit: int = 256,
        queue: int = 4096,
        backpressure: Backpressure | None = None,
        release: Release = sever,
        hang_after: float | None = None,
        largest: int = LARGEST,
        variables: Iterable[str] = (),
        name: str | None = None,
    ) -> None:
        self._spread: Spread | None = None
        for word, number, least in (("size", size, 1), ("limit", limit, 1), ("queue", queue, 0)):
            if number < least:
                raise ValueError(f"{word} must be at least {least}, not {number}")
        self._variables = checked(variables)
        self.size = size
        self.limit = limit
        self.queue = queue
        self.name = name if name is not None else f"pool-{next(_numbers)}"
        self._backpressure = backpressure
        self._make = Recipe(self.name, limit, release, hang_after, largest)
        self._keepers: list[asyncio.Task[None]] = []

    @property
    def pids(self) -> list[int]:
        """Of the processes that run now."""
        return [] if self._spread is None else self._spread.pids

    @property
    def in_flight(self) -> int:
        """Dispatches that wait for their last reply, in line or on a worker."""
        return 0 if self._spread is None else len(self._spread)

    def again(self, times: int) -> Caller:
        """The same pool, for dispatches that may be begun up to `times` times more.

        For routines that may well run twice. One that has answered already is not begun again.
        """
        return Again(self.open_link, times, self._variables)

    async def start(self) -> None:
        """Start every worker. A pool starts once. Raises `WorkerRefused`."""
        if self._spread is not None:
            raise WorkerAlreadyStarted(f"pool {self.name!r} was started before")
        self._spread = spread = Spread(
            self.name, self.size, self.limit, self.queue, self._backpressure
        )
        loop = asyncio.get_running_loop()
        started = [loop.create_future() for _ in spread.seats]
        self._keepers = [
            loop.create_task(keep_filled(spread, seat, self._make, first), name="unknot:keeper")
            for seat, first in zip(spread.seats, started, strict=True)
        ]
        try:
            await asyncio.gather(*started)
        except BaseException:
            await self.stop(grace=0, patience=0)
            raise

    async def stop(self, *, grace: float | None = 5.0, patience: float | None = 5.0) -> None:
        """Take no more dispatches, and end when those in flight and in line have.

        After `grace` seconds what is left is cancelled; `patience` seconds later its worker is
        killed.
        """
        spread = self._spread
        if spread is None:
            raise WorkerNotStarted(f"pool {self.name!r} was never started")
        await spread.close(grace)
        for keeper in self._keepers:
            keeper.cancel()
        if self._keepers:
            await asyncio.wait(self._keepers)
        self._keepers.clear()
        workers = [seat.worker for seat in spread.seats if seat.worker is not None]
        await asyncio.gather(*(worker.stop(grace=0, patience=patience) for worker in workers))
        spread.fail_all(
            GraceExpired(f"pool {self.name!r} was stopped, and {grace} s later cancelled this")
        )

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None or issubclass(kind, Exception):
            await self.stop()
        elif issubclass(kind, GeneratorExit):
            self._drop()  # a coroutine that is being closed may not wait
        else:  # whoever is in a hurry does not wait for what is in flight
            await self.stop(grace=0, patience=0.5)

    def _drop(self) -> None:
        if self._spread is not None:
            self._spread.closing = True
            for keeper in self._keepers:
                with suppress(RuntimeError):  # its loop is closed
                    keeper.cancel()
            for seat in self._spread.seats:
                if seat.worker is not None:
                    seat.worker.kill()

    def __del__(self) -> None:
        if self._spread is not None and not self._spread.closing:
            warnings.warn(
                f"pool {self.name!r} was not stopped", ResourceWarning, stacklevel=2, source=self
            )
            self._drop()

    def open_link(self) -> Spread:
        if self._spread is None:
            raise WorkerNotStarted(f"pool {self.name!r} was not started")
        self._spread.check()
        return self._spread


class Recipe:
    """Makes the workers of a pool, one like the other."""

    __slots__ = ("_hang_after", "_largest", "_limit", "_name", "_numbers", "_release")

    def __init__(
        self, name: str, limit: int, release: Release, hang_after: float | None, largest: int
    ) -> None:
        self._name = name
        self._limit = limit
        self._release = release
        self._hang_after = hang_after
        self._largest = largest
        self._numbers = count(1)

    def __call__(self) -> WorkerProcess:
        return WorkerProcess(
            limit=self._limit,
            release=self._release,
            hang_after=self._hang_after,
            largest=self._largest,
            name=f"{self._name}-{next(self._numbers)}",
        )


class Again(Caller):
    """A pool, for what may be tried again."""

    __slots__ = ("_open", "_times", "_variables")

    def __init__(
        self, open_link: Callable[[], Spread], times: int, variables: tuple[str, ...]
    ) -> None:
        self._open = open_link
        self._times = times
        self._variables = variables

    def open_link(self) -> Retrying:
        return Retrying(self._open(), self._times)


class Retrying:
    """A pool's link, for dispatches that may be begun again."""

    __slots__ = ("_spread", "_times")

    def __init__(self, spread: Spread, times: int) -> None:
        self._spread = spread
        self._times = times

    def open(self, receiver: Receiver, sent: list[bytes]) -> None:
        self._spread.open(receiver, sent, self._times)

    def send(self, number: int, request: bytes) -> None:
        self._spread.send(number, request)

    def cancel(self, number: int) -> None:
        self._spread.cancel(number)


async def keep_filled(
    spread: Spread, seat: Seat, make: Recipe, started: asyncio.Future[None]
) -> None:
    """Have a worker in the seat, and another when that dies; `started` settles with the first."""
    loop = asyncio.get_running_loop()
    delay, failures = 0.0, 0
    while True:
        worker = make()
        try:
            await worker.start()
        except (DispatchError, OSError) as error:
            failures += 1
            if not started.done():
                started.set_exception(error)
                return
            if failures >= TRIES and not spread.pids:
                spread.fail_all(error)
        else:
            failures = 0
            if not started.done():
                started.set_result(None)
            began = loop.time()
            if worker.usable:  # it may have died in the meantime
                spread.seat(seat, worker)
            await worker.until_lost()
            spread.unseat(seat)
            await worker.stop(grace=0, patience=0)
            if loop.time() - began >= STEADY:
                delay = 0.0
        delay = min(max(2 * delay, FIRST_DELAY), LONGEST_DELAY)
        await asyncio.sleep(delay)

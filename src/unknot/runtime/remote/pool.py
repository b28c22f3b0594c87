"""A pool of worker processes with the interface of one worker. Dead workers are replaced."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count

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
from .pool_link import PoolLink, WorkerSlot
from .process import WorkerProcess
from .started import Started

FIRST_DELAY, LONGEST_DELAY = 0.05, 5.0
"""Seconds before a worker is replaced: the first value, doubled each time up to the second."""
STEADY = 2.0
"""Seconds after which the death of a worker no longer counts as a failed start."""
TRIES = 3
"""Failed starts in a row after which waiting dispatches fail, if no other worker is alive."""

_numbers = count(1)


class WorkerPool(Started):
    """Dispatches to the least loaded of `size` worker processes.

    Each runs `limit` dispatches at once. `queue` more wait, if `backpressure` lets them; the rest
    are `Overloaded`. What is in flight on a worker that dies is `WorkerDied`, and is not tried
    again: only who dispatches to `again(times)` says that it may be. The rest is as with a
    `WorkerProcess`.
    """

    __slots__ = (
        "_backpressure",
        "_link",
        "_make",
        "_supervisors",
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
        self._link: PoolLink | None = None
        for word, number, least in (("size", size, 1), ("limit", limit, 1), ("queue", queue, 0)):
            if number < least:
                raise ValueError(f"{word} must be at least {least}, not {number}")
        self._variables = checked(variables)
        self.size = size
        self.limit = limit
        self.queue = queue
        self.name = name if name is not None else f"pool-{next(_numbers)}"
        self._backpressure = backpressure
        self._make = WorkerFactory(self.name, limit, release, hang_after, largest)
        self._supervisors: list[asyncio.Task[None]] = []

    @property
    def pids(self) -> list[int]:
        """The identifiers of the running processes."""
        return [] if self._link is None else self._link.pids

    @property
    def in_flight(self) -> int:
        """Number of dispatches without a last reply, waiting or running."""
        return 0 if self._link is None else len(self._link)

    def again(self, times: int) -> Caller:
        """The same pool, for dispatches that may be retried up to `times` times.

        For routines that may well run twice. One that has answered already is not begun again.
        """
        return Again(self.open_link, times, self._variables)

    async def start(self) -> None:
        """Start every worker. A pool starts once. Raises `WorkerRefused`."""
        if self._link is not None:
            raise WorkerAlreadyStarted(f"pool {self.name!r} was started before")
        self._link = link = PoolLink(
            self.name, self.size, self.limit, self.queue, self._backpressure
        )
        loop = asyncio.get_running_loop()
        started = [loop.create_future() for _ in link.slots]
        self._supervisors = [
            loop.create_task(supervise(link, slot, self._make, first), name="unknot:keeper")
            for slot, first in zip(link.slots, started, strict=True)
        ]
        try:
            await asyncio.gather(*started)
        except BaseException:
            await self.stop(grace=0, patience=0)
            raise

    async def stop(self, *, grace: float | None = 5.0, patience: float | None = 5.0) -> None:
        """Take no more dispatches, and end when those in flight and waiting have ended.

        After `grace` seconds what is left is cancelled; `patience` seconds later its worker is
        killed.
        """
        link = self._link
        if link is None:
            raise WorkerNotStarted(f"pool {self.name!r} was never started")
        await link.close(grace)
        for supervisor in self._supervisors:
            supervisor.cancel()
        if self._supervisors:
            await asyncio.wait(self._supervisors)
        self._supervisors.clear()
        workers = [slot.worker for slot in link.slots if slot.worker is not None]
        await asyncio.gather(*(worker.stop(grace=0, patience=patience) for worker in workers))
        link.fail_all(
            GraceExpired(f"pool {self.name!r} was stopped, and {grace} s later cancelled this")
        )

    def _drop(self) -> None:
        if self._link is not None:
            self._link.closing = True
            for supervisor in self._supervisors:
                with suppress(RuntimeError):  # the loop is closed
                    supervisor.cancel()
            for slot in self._link.slots:
                if slot.worker is not None:
                    slot.worker.kill()

    def __del__(self) -> None:
        if self._link is not None and not self._link.closing:
            warnings.warn(
                f"pool {self.name!r} was not stopped", ResourceWarning, stacklevel=2, source=self
            )
            self._drop()

    def open_link(self) -> PoolLink:
        if self._link is None:
            raise WorkerNotStarted(f"pool {self.name!r} was not started")
        self._link.check()
        return self._link


class WorkerFactory:
    """Creates equal workers for a pool."""

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
    """A pool for dispatches that may be retried."""

    __slots__ = ("_open", "_times", "_variables")

    def __init__(
        self, open_link: Callable[[], PoolLink], times: int, variables: tuple[str, ...]
    ) -> None:
        self._open = open_link
        self._times = times
        self._variables = variables

    def open_link(self) -> Retrying:
        return Retrying(self._open(), self._times)


class Retrying:
    """A pool's link for dispatches that may be retried."""

    __slots__ = ("_link", "_times")

    def __init__(self, link: PoolLink, times: int) -> None:
        self._link = link
        self._times = times

    def open(self, receiver: Receiver, sent: list[bytes]) -> None:
        self._link.open(receiver, sent, self._times)

    def send(self, number: int, request: bytes) -> None:
        self._link.send(number, request)

    def cancel(self, number: int) -> None:
        self._link.cancel(number)


async def supervise(
    link: PoolLink, slot: WorkerSlot, make: WorkerFactory, started: asyncio.Future[None]
) -> None:
    """Keep a live worker in the slot. `started` is settled once the first one has started."""
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
            if failures >= TRIES and not link.pids:
                link.fail_all(error)
        else:
            failures = 0
            if not started.done():
                started.set_result(None)
            began = loop.time()
            if worker.usable:  # it may have died meanwhile
                link.add_worker(slot, worker)
            await worker.until_lost()
            link.remove_worker(slot)
            await worker.stop(grace=0, patience=0)
            if loop.time() - began >= STEADY:
                delay = 0.0
        delay = min(max(2 * delay, FIRST_DELAY), LONGEST_DELAY)
        await asyncio.sleep(delay)

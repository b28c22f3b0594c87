"""Waits for work that finishes after the operation returns, and collects to a fixed point."""

from __future__ import annotations

from typing import Awaitable, Callable, NamedTuple, Optional

from .originals import collect, count_threads, get_objects, monotonic

__all__ = ["Running", "Settling", "nothing_scheduled"]

FIRST_WAIT = 0.001
LONGEST_WAIT = 0.128
WAITS = 16
WAITS_ONCE_RESTLESS = 4
PASSES = 50

PATIENCE = 2.0
"""Seconds during which no task, timer or thread ends, after which the rest is not waited for."""

LONGEST = 12.0
"""Maximum number of seconds to wait for tasks, timers and threads."""

Sleep = Callable[[float], Awaitable[object]]


class Running(NamedTuple):
    """The tasks, timers and threads that have begun and not ended."""

    number: int
    due: float = 0.0
    """Seconds until the last timer is due."""
    known: bool = True
    """Whether everything that can run is counted."""


def nothing_scheduled() -> Running:
    """What is scheduled without an event loop."""
    return Running(0)


class Settling:
    """Waits with the backend's ``sleep``, so that the event loop keeps running.

    After a process has failed to settle once, within about 1.4 s, later waits are shorter: a thread
    that never rests would otherwise make every count run into the time limit. The same applies to
    tasks that operations start and that never end. ``scheduled`` returns what the loop runs.
    """

    def __init__(self, sleep: Sleep, scheduled: Callable[[], Running] = nothing_scheduled) -> None:
        self._sleep = sleep
        self._scheduled = scheduled
        self._waits = WAITS
        self._patient = True
        self._before: Optional[int] = None

    def begin(self) -> None:
        """Note what runs already, such as a server. It is not waited for."""
        now = self._running().number
        self._before = now if self._before is None else min(self._before, now)

    @property
    def alone(self) -> bool:
        """Whether nothing runs that could change the number of objects."""
        running = self._running()
        return running.known and not count_threads() and running.number <= (self._before or 0)

    async def settle(self, quiet: float = 0.0, patient: bool = True) -> bool:
        """Wait, in doubling steps, until two successive counts of tracked objects agree.

        Callbacks, worker threads and server tasks finish a little after the reply they sent. The
        counts have to agree for ``quiet`` seconds. If ``patient``, tasks, timers and threads begun
        since :meth:`begin` are waited for, within bounds. Returns whether the counts agreed.
        """
        settled = await self._agree(quiet)
        if patient and self._before is not None and await self._until_ended():
            settled = await self._agree(quiet)
        return settled

    async def _agree(self, quiet: float) -> bool:
        wait = FIRST_WAIT
        before = -1
        still = 0.0
        end = monotonic() + quiet
        waits = 0
        while waits < self._waits or monotonic() < end:
            now = len(get_objects())
            still = still + wait if now == before else -wait
            if now == before and still >= quiet:
                return True
            before = now
            await self._sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
            waits += 1
        if not quiet:
            self._waits = WAITS_ONCE_RESTLESS
        return False

    async def _until_ended(self) -> bool:
        """Wait until no more runs than at :meth:`begin`. Returns whether anything had to end."""
        if not self._patient or not self._more():
            return False
        began = monotonic()
        fell = began
        least = self._more()
        wait = FIRST_WAIT
        while True:
            await self._sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
            more, now = self._more(), monotonic()
            if more <= 0:
                return True
            if more < least:
                least, fell = more, now
            due = self._running().due
            waiting = now - fell < PATIENCE or (due > 0 and now + due < began + LONGEST)
            if not waiting or now - began > LONGEST:
                self._patient = False
                return True

    def _more(self) -> int:
        return self._running().number - (self._before or 0)

    def _running(self) -> Running:
        scheduled = self._scheduled()
        return scheduled._replace(number=scheduled.number + count_threads())

    async def collect_to_fixed_point(self) -> bool:
        """Collect and settle until a collection no longer changes the number of tracked objects.

        One collection is not enough: an async generator in a cycle is resurrected by its finalizer
        hook and closed by a task, and only then can its cycle be freed. Returns whether the fixed
        point was reached within ``PASSES`` collections.
        """
        before = len(get_objects())
        for _ in range(PASSES):
            freed = collect()
            settled = await self.settle()
            now = len(get_objects())
            if not freed and now == before:
                return True
            if not settled and not freed:
                return False
            before = now
        return False

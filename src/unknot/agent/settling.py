"""Waiting for what finishes a little later than the reply, and collection to a fixed point."""

from __future__ import annotations

from typing import Awaitable, Callable

from .bound import collect, get_objects

__all__ = ["Settling"]

FIRST_WAIT = 0.001
LONGEST_WAIT = 0.128
WAITS = 16
WAITS_ONCE_RESTLESS = 4
PASSES = 50

Sleep = Callable[[float], Awaitable[object]]


class Settling:
    """Waits with the sleep of whatever runs the operations, so that their loop goes on.

    A process that did not settle once, within about 1.4 s, is not waited for that long again: a
    thread that never rests would make every count run into the time limit.
    """

    def __init__(self, sleep: Sleep) -> None:
        self._sleep = sleep
        self._waits = WAITS

    async def settle(self) -> bool:
        """Wait, in doubling steps, until two counts of tracked objects in a row agree.

        Callbacks, worker threads and server tasks finish a little later than the reply they sent.
        Returns whether the counts agreed within the bound.
        """
        wait = FIRST_WAIT
        before = -1
        for _ in range(self._waits):
            now = len(get_objects())
            if now == before:
                return True
            before = now
            await self._sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        self._waits = WAITS_ONCE_RESTLESS
        return False

    async def collect_to_fixed_point(self) -> bool:
        """Collect and settle until a collection changes the number of tracked objects no more.

        One collection is not enough: an async generator in a cycle is resurrected by its finalizer
        hook and closed by a task, and only then is its cycle free to go (``METHOD.md``). Returns
        whether the fixed point was reached within the bound.
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

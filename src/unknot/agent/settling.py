"""Waiting for what finishes a little later than the reply, and collection to a fixed point."""

from __future__ import annotations

import gc
from typing import Awaitable, Callable

__all__ = ["collect_to_fixed_point", "settle"]

FIRST_WAIT = 0.001
LONGEST_WAIT = 0.128
WAITS = 16
PASSES = 50

Sleep = Callable[[float], Awaitable[object]]


async def settle(sleep: Sleep) -> bool:
    """Wait, in doubling steps, until two counts of tracked objects in a row agree.

    Callbacks, worker threads and server tasks finish a little later than the reply they sent.
    Returns whether the counts agreed within the bound, about 1.4 s.
    """
    wait = FIRST_WAIT
    before = -1
    for _ in range(WAITS):
        now = len(gc.get_objects())
        if now == before:
            return True
        before = now
        await sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)
    return False


async def collect_to_fixed_point(sleep: Sleep) -> bool:
    """Collect and settle until a collection changes the number of tracked objects no more.

    One collection is not enough: an async generator in a cycle is resurrected by its finalizer
    hook and closed by a task, and only then is its cycle free to go (``METHOD.md``). Returns
    whether the fixed point was reached within the bound.
    """
    before = -1
    for _ in range(PASSES):
        freed = gc.collect()
        await settle(sleep)
        now = len(gc.get_objects())
        if not freed and now == before:
            return True
        before = now
    return False

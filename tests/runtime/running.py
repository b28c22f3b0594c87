"""Running a test's coroutine: on a fresh loop, and never for ever."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T], within: float = 60) -> T:
    return asyncio.run(_bounded(main, within))


async def _bounded(main: Coroutine[Any, Any, T], within: float) -> T:
    task = asyncio.ensure_future(main)
    await asyncio.wait((task,), timeout=within)
    if not task.done():
        # More than once, as a cancelled dispatch waits for its routine until it is cancelled again.
        while not task.done():
            task.cancel()
            await asyncio.wait((task,), timeout=0.1)
        raise TimeoutError(f"not done within {within} s")
    return task.result()


async def cancelled(task: "asyncio.Future[Any]") -> None:
    """Cancel `task` and see it end so."""
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return
    raise AssertionError("the task was not cancelled")

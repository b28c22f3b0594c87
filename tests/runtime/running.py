"""Running a test's coroutine: on a fresh loop, and never for ever."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T], within: float = 30) -> T:
    return asyncio.run(_bounded(main, within))


async def _bounded(main: Coroutine[Any, Any, T], within: float) -> T:
    async with asyncio.timeout(within):
        return await main


async def cancelled(task: "asyncio.Future[Any]") -> None:
    """Cancel `task` and see it end so."""
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return
    raise AssertionError("the task was not cancelled")

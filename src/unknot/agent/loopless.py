"""Runs coroutines without an event loop."""

from __future__ import annotations

from typing import Any, Coroutine

from .originals import sleep

__all__ = ["run_without_loop", "sleep_without_loop"]


def run_without_loop(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine that never suspends. Raises :class:`RuntimeError` if it does."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("a plain workload suspended")


async def sleep_without_loop(seconds: float) -> None:
    """Block the thread for so many seconds."""
    sleep(seconds)

"""Limits the time of a body that runs again, which may hang or become slower each time.

In an event loop it is cancelled, otherwise interrupted by an alarm. The timer of pytest-timeout,
which is for the test itself, is stopped meanwhile.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

__all__ = ["TestTimer", "TookTooLong", "alarm", "within"]


class TookTooLong(BaseException):
    """The time limit; not an `Exception`, so that no body under test takes it for its own."""


async def within(seconds: float, serving: Coroutine[Any, Any, None]) -> None:
    """Await ``serving``, cancelled after the limit, which counts as the body's error."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or (loop := asyncio._get_running_loop()) is None:
        with sys.modules["trio"].move_on_after(seconds):
            await serving
        return
    task = asyncio.current_task()
    timer = loop.call_later(seconds, task.cancel, "took too long")
    due = loop.time() + seconds
    try:
        await serving
    finally:
        timer.cancel()
        # The task may be that of all fixtures and tests: no later one is being cancelled.
        if loop.time() >= due and task.cancelling():
            task.uncancel()


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raises :class:`TookTooLong` in what runs inside after a while, where it can."""
    free = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    )
    if not free:
        yield
        return

    def ring(*_: object) -> None:
        raise TookTooLong(f"it did not end within {seconds:g} s")

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


class TestTimer:
    """The timer of pytest-timeout for the running test, if there is one."""

    __test__ = False

    def __init__(self) -> None:
        self._settings: Any = None

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_timeout_set_timer(self, settings: Any) -> None:
        self._settings = settings

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_timeout_cancel_timer(self) -> None:
        self._settings = None

    @contextmanager
    def stopped(self, item: pytest.Item) -> Iterator[None]:
        """Stop the timer inside the block, and restart it afterwards for the teardown."""
        settings = self._settings
        if settings is None:
            yield
            return
        item.ihook.pytest_timeout_cancel_timer(item=item)
        try:
            yield
        finally:
            item.ihook.pytest_timeout_set_timer(item=item, settings=settings)

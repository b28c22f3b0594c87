"""Runs the body of one test again, in the place and with the fixtures of its first run."""

from __future__ import annotations

import inspect
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from time import sleep
from typing import Any

import pytest

from unknot.agent.loopless import run_without_loop
from unknot.block import sleep_in_loop
from unknot.pytest_plugin.analysis import Analysis, ChannelClosed
from unknot.pytest_plugin.instrument import Instrument
from unknot.pytest_plugin.options import Budget, Effort
from unknot.pytest_plugin.rewinding import Rewinding, undisturbed_run

__all__ = ["Measured", "measure", "reason_against"]


PATIENCE = 3
"""Times the limit that it may take in the end: a body may grow slower each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a test leaves each time its body runs; plain text and numbers, for the other side of
    xdist too. ``reason`` says why there is no figure, where there is none."""

    test: str
    reason: str = ""
    cyclic: float = 0.0
    leaked: float = 0.0
    cycles: list[dict[str, Any]] = field(default_factory=list)
    leaks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.cycles and not self.leaks


class TookTooLong(BaseException):
    """The time limit; not an `Exception`, so that no body under test takes it for its own."""


def reason_against(item: pytest.Item) -> str:
    """Why a test's body cannot be run again; empty where it can."""
    if not isinstance(item, pytest.Function):
        return "is no test function"
    body = item.obj
    if getattr(body, "is_hypothesis_test", False):
        return "hypothesis runs it with other data each time"
    if inspect.isasyncgenfunction(body):
        return "is an async generator"
    if hasattr(item, "_testcase") and inspect.iscoroutinefunction(body):
        return "unittest has its own loop for it"
    return ""


def measure(
    item: pytest.Function,
    analysis: Analysis,
    effort: Effort,
    budget: Budget,
    rewinding: Rewinding,
    took: float,
    limit: float,
) -> Measured:
    """What the body leaves. ``took`` are the seconds that its first run took."""
    runs = effort.warmup + effort.rounds + effort.round_ops
    if took * (effort.warmup + 2 * effort.rounds) > limit:
        return Measured(test=item.nodeid, reason=f"takes {took:.2g} s, too long to run it again")
    fitting = max(int(limit / max(took, 1e-6)) - runs, effort.rounds)
    order = {
        "ops": max(min(effort.ops, fitting // 2), effort.rounds),
        "rounds": effort.rounds,
        "warmup": effort.warmup,
        "confirm_ops": max(min(effort.confirm_ops, fitting // 2), 1),
        "extra_rounds": effort.extra_rounds,
        "ignore": list(budget.ignore),
    }
    with undisturbed_run(item, rewinding) as rewind:
        try:
            outcome = _repeat(item, analysis, order, rewind, limit)
        except (ChannelClosed, TookTooLong):
            analysis.restart()
            outcome = {"failed": "the analysis ended, or was given up, before there was a result"}
    return _read(item.nodeid, outcome)


def _read(test: str, outcome: dict[str, Any]) -> Measured:
    if "unrepeatable" in outcome:
        return Measured(test=test, reason=f"raises when run again: {outcome['unrepeatable']}")
    if "failed" in outcome:
        last = outcome["failed"].strip().splitlines()[-1]
        return Measured(test=test, reason=f"could not be measured: {last}")
    if not outcome:
        return Measured(test=test, reason="was not run again by the plugin that runs it")
    names = ("cyclic", "leaked", "cycles", "leaks")
    return Measured(test=test, **{name: outcome[name] for name in names})


def _repeat(
    item: pytest.Function,
    analysis: Analysis,
    order: dict[str, Any],
    rewind: Callable[[], None],
    limit: float,
) -> dict[str, Any]:
    """Have the test run once more, with the instrument in the place of its body."""
    body = item.obj
    is_async = inspect.iscoroutinefunction(body)
    made: list[Instrument] = []

    def start(arguments: dict[str, Any]) -> Coroutine[Any, Any, None]:
        wait = sleep_in_loop if is_async else _sleep_for_threads
        run = partial(body, **arguments)
        made.append(Instrument(analysis.channel, order, run, rewind, wait))
        return made[0].serve(is_async)

    async def instead_async(**arguments: Any) -> None:
        await _within(limit, start(arguments))

    def instead(**arguments: Any) -> None:
        with _alarm(limit):
            run_without_loop(start(arguments))

    item.obj = instead_async if is_async else instead
    try:
        item.runtest()
    finally:
        item.obj = body
    return made[0].outcome if made else {}


async def _sleep_for_threads(seconds: float) -> None:
    """Wait, if there is anybody to wait for."""
    if threading.active_count() > 1:
        sleep(seconds)  # noqa: ASYNC251 - there is no event loop


async def _within(limit: float, serving: Coroutine[Any, Any, None]) -> None:
    """Await ``serving``; in asyncio, cancelled after a while, which reads as the body's error."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or (loop := asyncio._get_running_loop()) is None:
        await serving
        return
    timer = loop.call_later(PATIENCE * limit, asyncio.current_task().cancel, "took too long")
    try:
        await serving
    finally:
        timer.cancel()


@contextmanager
def _alarm(limit: float) -> Iterator[None]:
    """Raises :class:`TookTooLong` in what runs inside after ``limit`` seconds, where it can."""
    free = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    )
    if not free:
        yield
        return

    def ring(*_: object) -> None:
        raise TookTooLong(f"it did not end within {limit:g} s")

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE * limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

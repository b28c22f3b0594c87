"""Runs the body of one test again, in the place and with the fixtures of its first run."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter, sleep
from typing import Any

import pytest

from unknot.agent.loopless import run_without_loop
from unknot.block import sleep_in_loop
from unknot.pytest_plugin.analysis import Analysis
from unknot.pytest_plugin.instrument import Instrument, is_of_body
from unknot.pytest_plugin.options import Budget, Effort
from unknot.pytest_plugin.patience import alarm, within
from unknot.pytest_plugin.rewinding import Rewinding, undisturbed_run

__all__ = ["Measured", "measure", "reason_against"]


PATIENCE = 3
"""Times the limit that it may take in the end: a body may grow slower each time."""
DEAF = {"failed": "the process that analyses ended as it began"}


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
        "test": item.function.__name__,
    }
    ready = analysis.is_ready()
    started = perf_counter()
    with undisturbed_run(item, rewinding) as rewind:
        try:
            outcome = _repeat(item, analysis, order, rewind, limit) if ready else DEAF
        except BaseException as error:
            # Whatever it is, the test has passed: a time limit, an error of the plugin's that ran
            # the body again, or of ours.
            if not is_of_body(error):
                raise
            outcome = {"failed": f"{type(error).__name__}: {error}"}
    if not outcome or "failed" in outcome:
        analysis.restart()  # the conversation may have ended in the middle
    if "cycles" not in outcome and perf_counter() - started >= PATIENCE * limit:
        reason = f"did not end within {PATIENCE * limit:g} s when run again"
        return Measured(test=item.nodeid, reason=reason)
    return _read(item.nodeid, outcome)


def _read(test: str, outcome: dict[str, Any]) -> Measured:
    if "unrepeatable" in outcome:
        return Measured(test=test, reason=f"raises when run again: {outcome['unrepeatable']}")
    if "failed" in outcome:
        last = next(reversed(outcome["failed"].strip().splitlines()), "")
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
        await within(PATIENCE * limit, start(arguments))

    def instead(**arguments: Any) -> None:
        with alarm(PATIENCE * limit):
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

"""Runs one test again and again after its first run, to have counted what it leaves.

At first its fixtures are set up once more, and the body alone runs again with them. A body that
cannot run twice with the same fixtures, say because it empties one, runs in a whole new test each
time: set-up, body, teardown. What the same test leaves with an empty body is then not the body's.
"""

from __future__ import annotations

import gc
import inspect
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from time import perf_counter, sleep
from typing import Any

import pytest

from unknot.agent.loopless import run_without_loop
from unknot.block import sleep_in_loop
from unknot.pytest_plugin.analysis import Analysis
from unknot.pytest_plugin.fixtures import Fixtures, first_run_aside
from unknot.pytest_plugin.instrument import Instrument, Surroundings, describe, is_of_body
from unknot.pytest_plugin.keeping import kept
from unknot.pytest_plugin.measured import Measured
from unknot.pytest_plugin.options import Budget, Effort
from unknot.pytest_plugin.patience import alarm, within
from unknot.pytest_plugin.rewinding import FirstPatches, Rewinding
from unknot.pytest_plugin.silence import silenced
from unknot.pytest_plugin.unit import Result, is_unit_test, run_unit_test

__all__ = ["measure", "reason_against"]


PATIENCE = 3
"""Factor of the time limit that a body may reach, as it may become slower each time."""

Message = dict[str, Any]


def reason_against(item: pytest.Item) -> str:
    """Why a test cannot be run again; empty where it can."""
    if not isinstance(item, pytest.Function):
        return "is no test function"
    body = item.obj
    if getattr(body, "is_hypothesis_test", False):
        return "hypothesis runs it with other data each time"
    if inspect.isasyncgenfunction(body):
        return "is an async generator"
    return ""


def measure(
    item: pytest.Function,
    analysis: Analysis,
    effort: Effort,
    budget: Budget,
    patches: FirstPatches,
    took: float,
    limit: float,
) -> Measured:
    """What the test leaves. ``took`` are the seconds that its first run took.

    Raises nothing but what is to end the whole session.
    """
    if took * (effort.warmup + 2 * effort.rounds) > limit:
        return Measured(test=item.nodeid, reason=f"takes {took:.2g} s, too long to run it again")
    started = perf_counter()
    try:
        # The patches first: with what a test does to `sys.modules`, nothing of ours can run.
        with patches.undone(item), kept(item):
            analysis.wait_until_ready()
            started = perf_counter()
            outcome = _Test(item, analysis, effort, budget, limit).measure(took)
    except BaseException as error:
        # Whatever it is, the test has passed: a time limit, an error of the plugin's that ran
        # the body again, or of ours.
        if not is_of_body(error):
            raise
        outcome = {"failed": describe(error)}
    if "cycles" not in outcome and perf_counter() - started >= PATIENCE * limit:
        reason = f"did not end within {PATIENCE * limit:g} s when run again"
        return Measured(test=item.nodeid, reason=reason)
    return _read(item.nodeid, outcome)


def _read(test: str, outcome: Message) -> Measured:
    if "unrepeatable" in outcome:
        return Measured(test=test, reason=f"raises when run again: {outcome['unrepeatable']}")
    if "failed" in outcome:
        last = next(reversed(outcome["failed"].strip().splitlines()), "")
        return Measured(test=test, reason=f"could not be measured: {last}")
    if not outcome:
        return Measured(test=test, reason="was not run again by the plugin that runs it")
    names = ("cyclic", "leaked", "cycles", "leaks")
    return Measured(test=test, **{name: outcome[name] for name in names})


class _Test:
    """A test after its first run."""

    def __init__(
        self,
        item: pytest.Function,
        analysis: Analysis,
        effort: Effort,
        budget: Budget,
        limit: float,
    ) -> None:
        self._item = item
        self._analysis = analysis
        self._effort = effort
        self._ignore = list(budget.ignore)
        self._name = item.function.__name__
        self._limit = limit
        self._is_async = inspect.iscoroutinefunction(item.obj)
        self._result = Result() if is_unit_test(item) else None

    def measure(self, took: float) -> Message:
        """The analyst's answer; ``unrepeatable`` or ``failed`` in it say why there is none."""
        started = perf_counter()
        with silenced(self._item) as after_run, first_run_aside(self._item) as fixtures:
            self._after_run = after_run
            outcome = self._measure_body(fixtures, took)
            in_time = perf_counter() - started < PATIENCE * self._limit
            if "unrepeatable" in outcome and in_time:
                outcome = self._measure_whole(fixtures)
            elif not _are_whole(outcome) and in_time:
                # What several runs leave hangs together, by a fixture that they share, say. What
                # leaks is known by now, and takes long to look for.
                apart = self._measure_whole(fixtures, leaks=False)
                if "cycles" in apart and _are_whole(apart):
                    outcome = {**apart, "leaked": outcome["leaked"], "leaks": outcome["leaks"]}
            if "cycles" not in outcome:
                gc.collect()  # what it left half-way would complain in a later test
        return outcome

    def _measure_body(self, fixtures: Fixtures, took: float) -> Message:
        """What the body leaves per run, with the same fixtures in all runs."""
        if self._result is not None and self._is_async:
            return {"unrepeatable": "unittest has its own loop for it"}
        outcome: Message = {}
        try:
            with self._set_up(fixtures):
                outcome = self._run_in_place(fixtures, self._order(took))
        except BaseException as error:
            # A teardown that the fixtures of one run pass and those of many do not, or a set-up.
            if not is_of_body(error):
                raise
            if "cycles" in outcome or not outcome:
                outcome = {"unrepeatable": describe(error)}
        return outcome

    def _run_in_place(self, fixtures: Fixtures, order: Message) -> Message:
        """Run the test once, with the instrument in place of its body."""
        item, body = self._item, self._item.obj
        surroundings, rewinding = Surroundings(fixtures.objects()), Rewinding(item)
        self._analysis.wait_until_ready()
        made: list[Instrument] = []

        def rewind() -> None:
            rewinding()
            self._check()

        def start(arguments: dict[str, Any]) -> Coroutine[Any, Any, None]:
            wait = sleep_in_loop if self._is_async else _sleep_for_threads
            run = partial(body, **arguments)
            channel = self._analysis.channel
            made.append(Instrument(channel, order, run, rewind, wait, surroundings))
            return made[0].serve(self._is_async)

        async def instead_async(**arguments: Any) -> None:
            await within(PATIENCE * self._limit, start(arguments))

        def instead(**arguments: Any) -> None:
            with alarm(PATIENCE * self._limit):
                run_without_loop(start(arguments))

        item.obj = instead_async if self._is_async else instead
        try:
            self._run()
        finally:
            item.obj = body
            self._end_conversation(made)
        return made[0].outcome if made else {}

    def _measure_whole(self, fixtures: Fixtures, leaks: bool = True) -> Message:
        """What the whole test leaves, minus what it leaves with an empty body."""
        started = perf_counter()
        try:
            self._run_whole(fixtures, Surroundings(()))
        except BaseException as error:
            if not is_of_body(error):
                raise
            return {"unrepeatable": describe(error)}
        took = perf_counter() - started
        if took * (self._effort.warmup + 2 * self._effort.rounds) > self._limit:
            return {"unrepeatable": f"with new fixtures it takes {took:.2g} s, which is too long"}
        order = {**self._order(took), "named": True, "leaks": leaks}
        found = self._converse(order, fixtures, self._run_whole)
        if not (found.get("cycles") or found.get("leaks")):
            return found
        return _without(found, self._converse(order, fixtures, self._run_empty))

    def _converse(
        self, order: Message, fixtures: Fixtures, run: Callable[[Fixtures, Surroundings], None]
    ) -> Message:
        surroundings = Surroundings(fixtures.objects())
        self._analysis.wait_until_ready()  # it may have been started anew
        body = partial(run, fixtures, surroundings)
        rewind, channel = self._check, self._analysis.channel
        instrument = Instrument(channel, order, body, rewind, _sleep_for_threads, surroundings)
        try:
            with alarm(PATIENCE * self._limit):
                run_without_loop(instrument.serve(is_async=False))
        finally:
            self._end_conversation([instrument])
        return instrument.outcome

    def _end_conversation(self, made: list[Instrument]) -> None:
        if made and not made[0].outcome:
            self._analysis.restart()  # it ended in the middle

    def _run_whole(self, fixtures: Fixtures, surroundings: Surroundings) -> None:
        with self._set_up(fixtures, surroundings):
            self._run()
            self._check()

    def _run_empty(self, fixtures: Fixtures, surroundings: Surroundings) -> None:
        # What a fixture finds wrong when it is torn down is that the test did nothing with it.
        with suppress(Exception), self._set_up(fixtures, surroundings):
            self._item.obj = _nothing_async if self._is_async else _nothing
            self._run()

    @contextmanager
    def _set_up(
        self, fixtures: Fixtures, surroundings: Surroundings | None = None
    ) -> Iterator[None]:
        values: list[Any] = []
        try:
            with alarm(PATIENCE * self._limit):
                fixtures.set_up()
            if surroundings is not None:
                values += fixtures.objects()
            yield
        finally:
            with alarm(PATIENCE * self._limit):
                fixtures.tear_down()
            if surroundings is not None:
                surroundings.leave(values)

    def _run(self) -> None:
        if self._result is None:
            self._item.runtest()
        else:
            run_unit_test(self._item, self._result)
            self._result.check()

    def _check(self) -> None:
        """Raise errors that a run recorded rather than raised."""
        self._after_run()
        if self._result is not None:
            self._result.check()

    def _order(self, took: float) -> Message:
        """The order to the analyst for a body that takes that many seconds."""
        effort = self._effort
        runs = effort.warmup + effort.rounds + effort.round_ops
        fitting = max(int(self._limit / max(took, 1e-6)) - runs, effort.rounds)
        return {
            "ops": max(min(effort.ops, fitting // 2), effort.rounds),
            "rounds": effort.rounds,
            "warmup": effort.warmup,
            "look": effort.look,
            "confirm_ops": max(min(effort.confirm_ops, fitting // 2), 1),
            "extra_rounds": effort.extra_rounds,
            "ignore": self._ignore,
            "test": self._name,
        }


def _are_whole(outcome: Message) -> bool:
    """Whether all runs leave the same whole number of cycles and objects."""
    return all(found["is_whole"] for found in outcome.get("cycles", ()))


def _without(found: Message, empty: Message) -> Message:
    """The findings that an empty body does not have, or has less of."""
    if "cycles" not in empty:
        return empty
    known = {each["key"]: each["objects"] for each in (*empty["cycles"], *empty["leaks"])}
    more = {
        kind: [each for each in found[kind] if each["objects"] > known.get(each["key"], 0.0)]
        for kind in ("cycles", "leaks")
    }
    rates = {kind: max(found[kind] - empty[kind], 0.0) for kind in ("cyclic", "leaked")}
    return {**found, **more, **rates}


def _nothing(*_: object, **arguments: object) -> None:
    """An empty test body."""


async def _nothing_async(*_: object, **arguments: object) -> None:
    """An empty body that is a coroutine function."""


async def _sleep_for_threads(seconds: float) -> None:
    """Sleep if other threads are running."""
    if threading.active_count() > 1:
        sleep(seconds)  # noqa: ASYNC251 - there is no event loop

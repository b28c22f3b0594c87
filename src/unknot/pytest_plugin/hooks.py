"""The hooks of a run with the survey, markers or budgets active."""

from __future__ import annotations

import hashlib
import inspect
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import wraps
from typing import Any

import pytest

from unknot.agent import source_cache
from unknot.block import no_cycles
from unknot.errors import UnknotError
from unknot.pytest_plugin.analysis import Analysis
from unknot.pytest_plugin.measured import Measured
from unknot.pytest_plugin.options import Budget, Effort, read_marker, read_options
from unknot.pytest_plugin.patience import TestTimer
from unknot.pytest_plugin.rationing import CACHE_KEY, Past, Ration, read_past, remember
from unknot.pytest_plugin.repetition import measure, reason_against
from unknot.pytest_plugin.rewinding import FirstPatches
from unknot.pytest_plugin.summary import over_budget, summary_lines
from unknot.pytest_plugin.unit import has_passed
from unknot.text import visible

__all__ = ["Hooks"]

RESULTS = "unknot_results"
"""The key of a worker's results in xdist's ``workeroutput``."""


class Hooks:
    """Registered once a run, on the controller and on each worker of xdist."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._options = read_options(config)
        self._results: list[Measured] = []
        self._stack = ExitStack()
        self._analysis: Analysis | None = None
        self._trouble = ""
        self._timer = TestTimer()
        self._has_failed = False
        self._ration: Ration | None = None
        self._digests: dict[str, str] = {}
        config.pluginmanager.register(self._timer, "unknot-timer")
        source_cache.enable()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Choose the tests that the budget is for."""
        if self._options.budget is None:
            return
        unmarked = [item for item in session.items if item.get_closest_marker("unknot") is None]
        self._digests = {
            item.nodeid: _digest(item) for item in unmarked if not reason_against(item)
        }
        workers = getattr(self._config, "workerinput", {}).get("workercount", 1)
        self._ration = Ration(
            self._options.budget, self._digests, self._read_past(), share=1 / workers
        )

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Let the test run as it would; where it passed, run its body again."""
        __tracebackhide__ = True
        asked = self._asked_of(item)
        left = self._reason_to_leave(item) if asked else ""
        patches = None
        if asked and not left and isinstance(item, pytest.Function):
            patches = FirstPatches(item)
            self._start()  # before the test, which may leave nothing to start it with
        self._has_failed = False
        started = time.perf_counter()
        if "no_cycles" in getattr(item, "fixturenames", ()) and isinstance(item, pytest.Function):
            body, item.obj = item.obj, _check(item.obj, self._options.ignore)
            try:
                result = yield
            finally:
                item.obj = body
        else:
            result = yield
        if left:
            self._results.append(Measured(test=item.nodeid, reason=left, was_left=True))
        elif asked is not None and has_passed(item) and not self._has_failed:
            took = time.perf_counter() - started
            with self._timer.stopped(item):
                self._measure(item, *asked, patches, took)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember that a subtest has failed: its test goes on, and fails in the end."""
        self._has_failed = self._has_failed or report.failed

    def _asked_of(self, item: pytest.Item) -> tuple[Effort, Budget | None] | None:
        """How to measure a test, and the budget that it fails by; ``None`` where nobody asked."""
        if (marked := read_marker(item, self._options)) is not None:
            return marked
        if self._options.survey is None:
            return None
        budget = Budget(ignore=self._options.ignore)
        return self._options.survey, budget if self._options.fail else None

    def _reason_to_leave(self, item: pytest.Item) -> str:
        """Why the budget has no time for the test; empty if it has. A marker's test needs none."""
        if self._ration is None or item.nodeid not in self._digests:
            return ""
        return "" if self._ration.allows(item.nodeid) else self._ration.left

    def _measure(
        self,
        item: pytest.Item,
        effort: Effort,
        budget: Budget | None,
        patches: FirstPatches | None,
        took: float,
    ) -> None:
        reason = reason_against(item) or self._trouble
        if reason or not isinstance(item, pytest.Function) or patches is None:
            measured = Measured(test=item.nodeid, reason=reason)
        else:
            assert self._analysis is not None
            ignoring = budget or Budget(ignore=self._options.ignore)
            limit = self._options.time_limit
            started = time.perf_counter()
            measured = measure(
                item, self._analysis, effort, ignoring, patches, took=took, limit=limit
            )
            took = time.perf_counter() - started
            digest = self._digests.get(item.nodeid, "")
            measured = replace(measured, seconds=took, digest=digest)
            if self._ration is not None and digest:
                self._ration.spend(took)
        self._results.append(measured)
        judged = measured.of_own() if self._options.mine else measured
        if budget is not None and (text := over_budget(judged, budget.cyclic, budget.leaked)):
            pytest.fail(visible(text, keep="\n"), pytrace=False)
        if measured.reason and item.get_closest_marker("unknot"):
            text = f"the unknot marker asks for it, but the test {measured.reason}"
            pytest.fail(visible(text), pytrace=False)

    def _start(self) -> None:
        if self._analysis is None and not self._trouble:
            try:
                self._analysis = self._stack.enter_context(Analysis())
            except UnknotError as error:
                self._trouble = f"could not be measured: {error}"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[RESULTS] = [asdict(measured) for measured in self._results]
        elif self._options.budget is not None and self._results:
            self._remember()

    def _read_past(self) -> dict[str, Past]:
        cache = getattr(self._config, "cache", None)  # None with -p no:cacheprovider
        return read_past(cache.get(CACHE_KEY, {})) if cache is not None else {}

    def _remember(self) -> None:
        """Note in pytest's cache what was measured, on the controller alone."""
        cache = getattr(self._config, "cache", None)
        if cache is None:
            return
        new = {
            measured.test: (measured.digest, measured.seconds)
            for measured in self._results
            if measured.seconds and measured.digest
        }
        cache.set(CACHE_KEY, remember(self._read_past(), new))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Add the results of an xdist worker."""
        found = getattr(node, "workeroutput", {}).get(RESULTS, ())
        self._results += [Measured(**measured) for measured in found]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._options.survey is None:
            return
        terminalreporter.section("reference cycles and leaks")
        verbose = self._config.get_verbosity() > 0
        results = sorted(self._results, key=lambda measured: measured.test)
        for line in summary_lines(results, verbose):
            terminalreporter.write_line(visible(line))

    def pytest_unconfigure(self) -> None:
        self._stack.close()


def _digest(item: pytest.Item) -> str:
    """Of the code of a test; of its file's name where there is no source."""
    try:
        source = inspect.getsource(item.function) if isinstance(item, pytest.Function) else ""
    except (OSError, TypeError):
        source = str(item.path)
    return hashlib.blake2b(source.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _check(body: Callable[..., Any], ignore: tuple[str, ...]) -> Callable[..., Any]:
    """Run the body of a test inside :class:`unknot.no_cycles`."""
    if inspect.iscoroutinefunction(body):

        @wraps(body)
        async def checked_async(**arguments: Any) -> None:
            __tracebackhide__ = True
            async with no_cycles(ignore=ignore):
                await body(**arguments)

        return checked_async

    @wraps(body)
    def checked(**arguments: Any) -> None:
        __tracebackhide__ = True
        with no_cycles(ignore=ignore):
            body(**arguments)

    return checked

"""Hides repeated runs of a test from pytest: their output, log records, warnings and reports."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from typing import Any

import pytest

from unknot.pytest_plugin.fixtures import fixture_values
from unknot.pytest_plugin.instrument import Unrepeatable

__all__ = ["silenced"]

REPORTS = ("pytest_runtest_logreport", "pytest_exception_interact")
"""Hooks that a subtest calls when it ends."""
SUBTESTS = ("_pytest.subtests", "pytest_subtests.plugin")
"""Each counts the subtests that failed, to fail their test."""


class Reports:
    """A context manager that suppresses reports."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._manager: Any = config.pluginmanager
        self._complaint = ""
        self._failed: dict[Any, int] = {}

    def __enter__(self) -> Reports:
        self._counts = _failed_subtests(self._config)
        self._failed = dict(self._counts)
        # Not a hook: those of all plugins are called, whatever one of them does.
        self._execute = self._manager._inner_hookexec
        self._manager._inner_hookexec = self._drop_reports
        return self

    def __exit__(self, *_: object) -> None:
        self._manager._inner_hookexec = self._execute
        self._counts.clear()
        self._counts.update(self._failed)

    def check(self) -> None:
        """Raise :class:`Unrepeatable` where a subtest has failed."""
        if self._complaint:
            complaint, self._complaint = self._complaint, ""
            raise Unrepeatable(complaint)

    def _drop_reports(self, name: str, hooks: Any, arguments: Any, first: bool) -> object:
        if name not in REPORTS:
            return self._execute(name, hooks, arguments, first)
        report = arguments["report"]
        if report.failed and not self._complaint:
            crash = getattr(report.longrepr, "reprcrash", None)
            self._complaint = getattr(crash, "message", "") or "a subtest failed"
        return None if first else []


def _failed_subtests(config: pytest.Config) -> dict[Any, int]:
    for name in SUBTESTS:
        key = getattr(sys.modules.get(name), "failed_subtests_key", None)
        if key is not None and key in config.stash:
            counts: dict[Any, int] = config.stash[key]
            return counts
    return {}


class Records:
    """Makes pytest's log handlers forget the records of a run; restores them on exit."""

    def __init__(self) -> None:
        self._handlers: list[Any] = [
            handler
            for handler in logging.getLogger().handlers
            if type(handler).__name__ == "LogCaptureHandler"
        ]
        self._kept = [(handler.records, handler.stream) for handler in self._handlers]

    def clear(self) -> None:
        for handler, kept in zip(self._handlers, self._kept, strict=True):
            if handler.records is kept[0]:
                handler.records = []
                handler.setStream(StringIO())
            handler.records.clear()
            handler.stream.seek(0)
            handler.stream.truncate()

    def restore(self) -> None:
        for handler, (records, stream) in zip(self._handlers, self._kept, strict=True):
            handler.records = records
            handler.setStream(stream)


class CapturedOutput:
    """Output captured by ``capsys`` or similar in the first run, kept while other runs use it."""

    def __init__(self, capture: Any) -> None:
        self._capture = capture
        self._kept = capture.readouterr()

    def clear(self) -> None:
        self._capture.readouterr()

    def restore(self) -> None:
        self.clear()
        self._capture._captured_out, self._capture._captured_err = self._kept


@contextmanager
def silenced(item: pytest.Function) -> Iterator[Callable[[], None]]:
    """Nothing that happens inside reaches pytest: no output, record, warning, report.

    Yields what to call after each run: it forgets what the run left, and raises
    :class:`Unrepeatable` where a subtest of the run failed. What a fixture of the test's own
    catches, it catches.
    """
    records = Records()
    caught: list[warnings.WarningMessage] = []
    silent: list[TextIOWrapper] = []
    captures = [
        CapturedOutput(value)
        for value in fixture_values(item)
        if isinstance(value, pytest.CaptureFixture)
    ]

    def after_run() -> None:
        records.clear()
        for capture in captures:
            capture.clear()
        caught.clear()
        with warnings.catch_warnings():  # entered, it forgets which warnings were shown before
            pass
        for stream in silent:
            stream.seek(0)
            stream.truncate()
        reports.check()

    with ExitStack() as stack:
        stack.callback(records.restore)
        for capture in captures:
            stack.callback(capture.restore)
        caught = stack.enter_context(warnings.catch_warnings(record=True))
        if not captures:
            silent = [TextIOWrapper(BytesIO()), TextIOWrapper(BytesIO())]  # with a `buffer`
            stack.enter_context(redirect_stdout(silent[0]))
            stack.enter_context(redirect_stderr(silent[1]))
        stack.callback(_set_hooks, sys.unraisablehook, threading.excepthook)
        _set_hooks(_drop, _drop)
        reports = stack.enter_context(Reports(item.config))
        yield after_run


def _set_hooks(unraisable: Any, of_threads: Any) -> None:
    sys.unraisablehook, threading.excepthook = unraisable, of_threads


def _drop(lost: object) -> None:
    """Discard a log record."""

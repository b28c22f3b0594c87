"""Runs a ``unittest.TestCase`` with a result of our own."""

from __future__ import annotations

import unittest
from typing import Any

import pytest

__all__ = ["has_passed", "is_unit_test", "run_unit_test"]


class Result(unittest.TestResult):
    """Keeps the first failure, rather than a text for each."""

    def __init__(self) -> None:
        super().__init__()
        self.error: BaseException | None = None

    def _keep(self, error: BaseException) -> None:
        self.error = self.error or error

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802
        self._keep(err[1])

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        self._keep(err[1])

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        self._keep(err[1])

    def addSkip(self, test: Any, reason: str) -> None:  # noqa: N802
        self._keep(unittest.SkipTest(reason))

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802
        if err is not None:
            self._keep(err[1])

    def addUnexpectedSuccess(self, test: Any) -> None:  # noqa: N802
        self._keep(AssertionError("unexpected success"))

    def check(self) -> None:
        """Raise the error, if there is one."""
        if self.error is not None:
            error, self.error = self.error, None
            raise error


def is_unit_test(item: pytest.Item) -> bool:
    return isinstance(getattr(item, "instance", None), unittest.TestCase)


def has_passed(item: pytest.Item) -> bool:
    """Whether pytest's own run of the test neither failed nor was skipped.

    pytest keeps what a ``unittest`` test raised, and raises it later.
    """
    return not getattr(item, "_excinfo", None)


def run_unit_test(item: pytest.Function, result: Result) -> None:
    """What ``TestCaseFunction.runtest`` does, but for the result, which is pytest's there."""
    case = item.instance
    assert isinstance(case, unittest.TestCase)
    name = case._testMethodName
    setattr(case, name, item.obj)
    try:
        case(result)
    finally:
        delattr(case, name)

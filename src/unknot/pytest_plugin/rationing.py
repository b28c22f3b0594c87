"""Which tests a run measures within a budget of seconds, and what it remembers for the next one.

Tests that are new or whose code has changed come first, then those that were measured longest ago.
So each run of a large suite measures a part of it, and some runs together measure all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

__all__ = ["CACHE_KEY", "Past", "Ration", "read_past", "remember"]

CACHE_KEY = "unknot/measured"
"""Under which pytest's cache has the past of all tests."""


@dataclass(frozen=True, slots=True)
class Past:
    """A test as it was last measured."""

    digest: str
    """Of the code of the test."""
    seconds: float
    """What measuring it took."""
    run: int
    """The number of the run, ascending."""


def read_past(stored: object) -> dict[str, Past]:
    """What pytest's cache has, by test; empty if not in the form that :func:`remember` has."""
    if not isinstance(stored, dict):
        return {}
    try:
        return {
            str(test): Past(str(digest), float(seconds), int(run))
            for test, (digest, seconds, run) in stored.items()
        }
    except (TypeError, ValueError):
        return {}


def remember(past: Mapping[str, Past], new: Mapping[str, tuple[str, float]]) -> dict[str, Any]:
    """What to store: the past, and by test the digest and the seconds of this run."""
    run = 1 + max((each.run for each in past.values()), default=0)
    kept = {test: [each.digest, each.seconds, each.run] for test, each in past.items()}
    return {**kept, **{test: [digest, took, run] for test, (digest, took) in new.items()}}


class Ration:
    """Seconds to measure tests, and for which of them they are.

    ``tests`` has the digests of all tests of the run, ``share`` the part of them that this process
    runs, in about equal parts with others that have as many seconds each.
    """

    def __init__(
        self,
        seconds: float,
        tests: Mapping[str, str],
        past: Mapping[str, Past],
        share: float = 1.0,
    ) -> None:
        self.left = f"left for a later run: the budget is {seconds:g} s"
        """Why a test is not measured that is not allowed."""
        self._left = seconds
        self._chosen = frozenset(choose(seconds / share, tests, past))

    def allows(self, test: str) -> bool:
        """Whether to measure the test: it was chosen, and there is time left."""
        return self._left > 0 and test in self._chosen

    def spend(self, seconds: float) -> None:
        """Take the seconds that a test took."""
        self._left -= seconds


def choose(seconds: float, tests: Mapping[str, str], past: Mapping[str, Past]) -> Iterable[str]:
    """All new and changed tests, and of the others those that are begun in time, the oldest first.

    What a new test takes is not known: it is taken for as much as half of the others take.
    """
    known = {test: past[test] for test in tests if test in past}
    typical = median(each.seconds for each in known.values()) if known else 0.0
    first = [test for test in tests if test not in known or known[test].digest != tests[test]]
    left = seconds - sum(known[test].seconds if test in known else typical for test in first)
    chosen = list(first)
    for test in sorted(known.keys() - set(first), key=lambda test: (known[test].run, test)):
        if left <= 0:
            break
        left -= known[test].seconds
        chosen.append(test)
    return chosen

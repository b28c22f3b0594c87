"""Recognises what leaks in several tests of a session, and looks for its holder in the first alone.

It is the same leak if the same types leak at the same rates, and the objects that held them in the
first test grow as fast as they did there. To look for a holder takes two snapshots of the heap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from unknot.measuring.diagnosis import Found
from unknot.measuring.probe import Followed, Growth, Probe
from unknot.measuring.processes import Processes
from unknot.measuring.rounds import Rounds
from unknot.records import Leak

__all__ = ["KnownLeaks"]

MOST = 100
"""Maximum number of different leaks to remember."""


class _Known(NamedTuple):
    leaks: list[Leak]
    growth: Growth
    """Of each holder."""


class KnownLeaks:
    """The leaks of the tests so far. An operation is a run of the test's body."""

    def __init__(self) -> None:
        self._known: list[tuple[Mapping[str, float], _Known]] = []

    def __bool__(self) -> bool:
        return bool(self._known)

    def remember(
        self, test: Processes, probe: Probe, rounds: Rounds, found: Found, ops: int
    ) -> None:
        """Remember what was found. ``ops`` more operations show how fast its holders grow."""
        if not (found.leaks and found.holders) or len(self._known) == MOST:
            return
        growth = _growth(test, probe, found.holders, ops)
        if len(growth) == len(found.holders) and min(growth.values()) > 0:
            self._known.append((_rates(rounds), _Known(found.leaks, growth)))

    def recognise(
        self, test: Processes, probe: Probe, rounds: Rounds, ops: int
    ) -> list[Leak] | None:
        """The leaks that ``rounds`` show, if they are known; else ``None``.

        If some test leaked at the same rates, ``ops`` more operations run, and are not collected.
        """
        alike = [known for rates, known in self._known if rates == _rates(rounds)]
        if not alike:
            return None
        holders = frozenset(each for known in alike for each in known.growth)
        growth = _growth(test, probe, holders, ops)
        return next((one.leaks for one in alike if one.growth.items() <= growth.items()), None)


def _rates(rounds: Rounds) -> Mapping[str, float]:
    return {name: round(rate, 9) for name, rate in rounds.leaked.items() if rate}


def _growth(test: Processes, probe: Probe, holders: Followed, ops: int) -> Growth:
    before = probe.sizes_of(holders)
    test.run(ops)
    test.settle()
    return probe.sizes_of(holders).growth(before, ops)

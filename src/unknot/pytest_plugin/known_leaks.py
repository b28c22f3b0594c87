"""Recognises what leaks in several tests of a session, and looks for its holder in the first alone.

It is the same leak if the same types leak at the same rates, and the objects that held them in the
first test grow as fast as they did there. To look for a holder takes two snapshots of the heap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from unknot.measuring.diagnosis import find_cycles
from unknot.measuring.leaks import FoundLeaks
from unknot.measuring.probe import Growth, Probe
from unknot.measuring.processes import Processes
from unknot.measuring.rounds import Rounds
from unknot.records import Cycle, Leak

__all__ = ["KnownLeaks"]

MOST = 100
"""Maximum number of different leaks to remember."""


class _Known(NamedTuple):
    leaks: list[Leak]
    growth: Growth
    """Of each holder."""


class Recognised(NamedTuple):
    """The findings of a test whose leaks are known."""

    cycles: list[Cycle]
    leaks: list[Leak]


class KnownLeaks:
    """The leaks of the tests so far. An operation is a run of the test's body."""

    def __init__(self) -> None:
        self._known: list[tuple[Mapping[str, float], _Known]] = []

    def may_be(self, rounds: Rounds) -> bool:
        """Whether some test leaked at the same rates."""
        return bool(self._alike(rounds))

    def remember(
        self, test: Processes, probe: Probe, rounds: Rounds, found: FoundLeaks, ops: int
    ) -> None:
        """Remember what was found. ``ops`` more operations show how fast its holders grow."""
        if not (found.leaks and found.holders) or len(self._known) == MOST:
            return
        before = probe.sizes_of(found.holders, keep=True)
        test.run(ops)
        test.settle()
        growth = probe.sizes_of(found.holders).growth(before, ops)
        if len(growth) == len(found.holders) and min(growth.values()) > 0:
            self._known.append((_rates(rounds), _Known(found.leaks, growth)))

    def recognise(
        self, test: Processes, probe: Probe, rounds: Rounds, ops: int
    ) -> Recognised | None:
        """The leaks that ``rounds`` show and the cycles, if the leaks are known; else ``None``.

        If some test leaked at the same rates, all objects are frozen, and ``ops`` more operations
        run. What they leave is not collected.
        """
        alike = self._alike(rounds)
        if not alike:
            return None
        holders = frozenset(each for known in alike for each in known.growth)
        before = probe.sizes_of(holders, keep=True)
        test.run(ops)
        test.settle()
        cycles = find_cycles(probe, ops).named if rounds.cyclic else []
        growth = probe.sizes_of(holders).growth(before, ops)
        leaks = next((one.leaks for one in alike if one.growth.items() <= growth.items()), None)
        return None if leaks is None else Recognised(cycles, leaks)

    def _alike(self, rounds: Rounds) -> list[_Known]:
        return [known for rates, known in self._known if rates == _rates(rounds)]


def _rates(rounds: Rounds) -> Mapping[str, float]:
    return {name: round(rate, 9) for name, rate in rounds.leaked.items() if rate}

"""How many operations a cell can still run, given its remaining time, memory and operations."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

from unknot.measuring.spec import Effort

__all__ = ["Pace"]

PLANNED = 0.33
"""Share of the remaining time to plan for; confirming a leak and naming need the rest."""

LEFT_FOR_CONFIRMING = 0.5
"""Share of the remaining time for a shortened round that confirms a leak."""

SHARE_OF_MEMORY = 0.25
MOST_MEMORY = 4 << 30
"""Limits of the bytes that planned operations may keep: a share of the free ones, and a maximum."""

SHARE_OF_OPERATIONS = 0.5
"""Share of the operations that can run to plan for; confirming a leak needs the rest."""

CAUTION = 1.2
"""Factor by which an operation may become slower."""


NAMED = 100
"""Operations of the round in which leaks are named, if they take no longer than ``QUICK``: with
ten, one missed object would be a tenth of an object per operation."""
QUICK = 0.5
"""Seconds."""


class Pace:
    """A cell's remaining seconds and bytes, and the cost of an operation in both.

    ``room`` returns the bytes that the process can still allocate, ``left`` the number of
    operations that can still run.
    """

    def __init__(
        self,
        time_limit: float,
        room: Callable[[], int],
        left: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self._began = time.monotonic()
        self._limit = time_limit
        self._room = room
        self._left = left
        self.seconds_per_op = 0.0
        self.bytes_per_op = 0.0
        self.overhead = 0.5
        """Seconds that a round takes in addition to its operations."""

    @property
    def remaining(self) -> float:
        """Seconds until the time limit."""
        return self._began + self._limit - time.monotonic()

    def learn_time(self, ops: int, seconds: float) -> None:
        """Record that ``ops`` operations took ``seconds``."""
        if ops:
            self.seconds_per_op = seconds / ops

    def learn_memory(self, ops: int, gained: int) -> None:
        """Record that ``ops`` operations without a collection gained ``gained`` bytes."""
        if ops:
            self.bytes_per_op = max(gained, 0) / ops

    def plan(self, effort: Effort) -> tuple[Effort, list[str]]:
        """``effort``, with shorter rounds if time or memory is too short, and notes on that."""
        planned = 2 * effort.ops + effort.round_ops  # sustained, rounds, and a round for naming
        fits, cost = min(
            (self._fitting_in_time(PLANNED), f"{self.seconds_per_op:.2g} s an operation"),
            (self._fitting_in_memory(), f"{self.bytes_per_op / 1e6:.2g} MB an operation"),
            (SHARE_OF_OPERATIONS * self._left(), "few operations run without an error"),
        )
        if fits >= planned:
            return effort, []
        length = max(int(fits / (2 * effort.rounds + 1)), 1)
        shorter = replace(effort, ops=length * effort.rounds)
        return shorter, [f"{cost}: rounds of {length:,}"]

    def affords(self, ops: int, round_ops: int) -> bool:
        """Whether a round of ``ops`` operations fits, and one of ``round_ops`` for naming too."""
        takes = CAUTION * ops * self.seconds_per_op + self.overhead
        reserve = CAUTION * round_ops * self.seconds_per_op + 2 * self.overhead
        return (
            takes + reserve < self.remaining
            and ops <= self._fitting_in_memory()
            and ops + round_ops <= self._left()
        )

    def confirming(self, ops: int, round_ops: int) -> int:
        """How many of the ``ops`` operations that are to confirm a leak fit."""
        if self.affords(ops, round_ops):
            return ops
        in_time = self._fitting_in_time(LEFT_FOR_CONFIRMING)
        return int(min(ops, in_time, self._fitting_in_memory(), self._left() - round_ops))

    def naming(self, round_ops: int) -> int:
        """Operations of the round in which leaks are named: no fewer than ``round_ops``."""
        is_quick = NAMED * self.seconds_per_op <= QUICK and self.affords(NAMED, 0)
        return max(round_ops, NAMED) if is_quick else round_ops

    def advice(self, ops: int) -> str:
        """Advice on how to allow ``ops`` more operations."""
        if ops > self._left():
            return "it takes more operations without an error"
        if ops > self._fitting_in_memory():
            return (
                f"with {ops * self.bytes_per_op / SHARE_OF_MEMORY / 1e9:.1f} GB of memory they fit"
            )
        needed = self._limit - self.remaining + 2 * ops * self.seconds_per_op + 4 * self.overhead
        return f"--time-limit {_rounded_up(max(needed, self._limit * 1.5))} allows them"

    def _fitting_in_time(self, share: float) -> float:
        return share * max(self.remaining, 0.0) / max(self.seconds_per_op, 1e-9)

    def _fitting_in_memory(self) -> float:
        if self.bytes_per_op < 1000:  # less is noise, and does not fill anything
            return math.inf
        return min(SHARE_OF_MEMORY * self._room(), MOST_MEMORY) / self.bytes_per_op


def _rounded_up(seconds: float) -> int:
    """Rounded up to two significant digits."""
    unit = 10 ** max(int(math.log10(max(seconds, 1))) - 1, 0)
    return int(math.ceil(seconds / unit) * unit)

"""Measures the rounds of a cell until the verdict is certain or time and memory run out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from unknot.measuring.bounds import Bounds
from unknot.measuring.counting import Counted, count, count_round
from unknot.measuring.pace import Pace
from unknot.measuring.processes import Processes
from unknot.measuring.rounds import FEW, MeasuredRounds, Round
from unknot.measuring.spec import Effort

__all__ = ["RoundSeries", "measure_briefly", "measure_rounds"]

QUIET = (0.0, 0.1, 0.4, 1.6)
"""Seconds for which the counts must agree, increasing while something ends by itself."""

SAME = 0.2
"""Relative tolerance for objects freed in addition to the garbage in two rounds."""

MOST_LONG = 3
"""Maximum number of long rounds while growth falls from one to the next."""


def measure_rounds(processes: Processes, effort: Effort) -> MeasuredRounds:
    """The rounds of ``processes``, with neither time nor memory that could run out.

    Only objects matter, and steps that could not change the verdict are skipped.
    """
    series = RoundSeries(processes, effort, objects_alone=True)
    series.measure()
    return series.measured


class Brief(NamedTuple):
    """What a short round shows."""

    rounds: Sequence[Mapping[int, Round]]
    decides: bool
    """Whether no more rounds are needed."""


def measure_briefly(processes: Processes, ops: int) -> Brief:
    """One round of ``ops``, and a second if it leaves garbage alone.

    It decides if nothing is left, or the same garbage by each operation. That of the second round
    is not collected, so that a diagnosis finds it.
    """
    processes.collect()
    counted: Counted = count(processes, collected=True, growable=True)
    first, counted, _ = count_round(
        processes, ops, counted, growable=False, quiet=QUIET[0], objects_alone=True
    )
    found = [one for one in first.values() if one.live != one.base]
    if not all(one.is_plain_garbage for one in found):
        return Brief([first], decides=False)
    if not found:
        return Brief([first], decides=True)
    processes.run(ops)
    processes.settle(QUIET[0])
    again = {number: one.types for number, one in count(processes).items()}
    alike = again == {number: one.live for number, one in first.items()}
    return Brief([first, first], decides=alike)


class RoundSeries:
    """Measures rounds until growth is distinguished from a cache, or the effort's bound is reached.

    Types that grew in every round are suspected to leak, and must continue at the same rate through
    a round of ``confirm_ops`` operations: four rounds alone cannot distinguish them from a large
    cache. With a ``pace``, rounds stop before time or memory runs out. Results so far are kept.
    """

    def __init__(
        self,
        processes: Processes,
        effort: Effort,
        pace: Pace | None = None,
        show: Callable[[str], object] = str,
        objects_alone: bool = False,
    ) -> None:
        self._objects_alone = objects_alone
        self._processes = processes
        self._effort = effort
        self._pace = pace
        self._show = show
        self._quiet = 0
        self._followers: float | None = None
        self._waited = False
        self._counted: Counted = {}
        self._rounds: list[Mapping[int, Round]] = []
        self._idle: Mapping[int, Round] | None = None
        self._confirmed = 0
        self._bounds = Bounds(processes) if pace is not None else None
        self.unconfirmed: str | None = None
        """Why there are fewer or shorter rounds than the growth requires."""

    @property
    def measured(self) -> MeasuredRounds:
        return MeasuredRounds(self._rounds, self._idle)

    @property
    def filling(self) -> list[str]:
        """Notes on bounded caches that are still filling."""
        return self._bounds.filling if self._bounds is not None else []

    @property
    def notes(self) -> list[str]:
        """Notes on limitations of the rounds."""
        came = [one.gained for one in (self._idle or {}).values()]
        apart = [
            f"{sum(came):,} objects a round come about without any operation, by waiting or in "
            "the background: they are not counted"
        ]
        return [*self.filling, *(apart if any(came) else [])]

    def measure(self) -> None:
        """Measure all rounds."""
        if self._bounds is not None:
            self._bounds.rehearse()
        self._processes.collect()
        self._counted = count(self._processes, collected=True, growable=True)
        while (ops := self._next()) is not None:
            number = len(self._rounds) + 1
            self._show(f"round {number} of {self._effort.rounds}, {ops:,} operations")
            self._rounds.append(self._round(ops))
            if self._bounds is not None and number >= self._effort.rounds:
                self._fill_up(self._bounds)
        self._tell_instrument_apart()

    def _next(self) -> int | None:
        """Operations of the next round; ``None`` after the last."""
        effort, done = self._effort, len(self._rounds)
        if self._objects_alone and done == effort.rounds - 1 and not self._found_anything():
            return None  # a leak shows in every round, garbage in two at least
        if done < effort.rounds:
            return effort.round_ops if self._fits(effort.round_ops) else None
        if not self._is_in_doubt() or done >= effort.rounds + effort.extra_rounds:
            return None
        said = self.measured.total
        if said.all_flat and not self._waited and self._restarted():
            return effort.round_ops
        if said.falls or (said.all_flat and not self._confirmed):
            return self._confirming()
        return effort.round_ops if self._fits(effort.round_ops) else None

    def _found_anything(self) -> bool:
        rounds = [one for each in self._rounds for one in each.values()]
        return any(one.live != one.base for one in rounds)

    def _is_in_doubt(self) -> bool:
        """Whether more rounds could change the verdict."""
        said = self.measured.total
        if len(self._rounds) < self._effort.rounds or not said.grows:
            return False
        if said.falls:
            return self._confirmed < MOST_LONG
        return not (self._confirmed and said.all_flat)

    def _confirming(self) -> int | None:
        """Operations of the long round that tells a leak from a cache, as far as they fit."""
        wanted = max(self._effort.confirm_ops, self._effort.round_ops)
        ops = wanted
        if self._pace is not None:
            ops = self._pace.confirming(wanted, self._effort.round_ops)
        if ops < wanted:
            assert self._pace is not None
            had = f"{ops:,} of the {wanted:,}" if ops > self._effort.round_ops else "none of the"
            self.unconfirmed = (
                f"growth was followed for {had} operations that tell a leak from a cache; "
                f"{self._pace.advice(wanted)}"
            )
            if ops <= self._effort.round_ops:
                return None
        self._confirmed += 1
        return ops

    def _fits(self, ops: int) -> bool:
        if self._pace is None or not self._rounds or self._pace.affords(ops, ops):
            return True
        missing = max(self._effort.rounds - len(self._rounds), 1)
        self.unconfirmed = (
            f"{len(self._rounds)} rounds were measured before the time limit or memory ended; "
            f"{self._pace.advice(ops * missing)}"
        )
        return False

    def _round(self, ops: int) -> Mapping[int, Round]:
        """One round, repeated with longer waits if something else ended meanwhile."""
        before: float | None = None
        while True:
            measured = self._measure_round(ops)
            excess = sum(one.excess for one in measured.values()) / max(ops, 1)
            if self._processes.alone or not excess:
                return measured
            if excess <= FEW:
                return _in_motion(measured)
            for known in (self._followers, before):
                if known is not None and abs(excess - known) <= SAME * known:
                    self._followers = excess  # what is freed with the garbage, each time alike
                    return measured
            before = excess
            affordable = self._pace is None or self._pace.affords(ops, ops)
            if self._quiet + 1 == len(QUIET) or not affordable:
                return _in_motion(measured)
            self._quiet += 1

    def _measure_round(self, ops: int, growable: bool | None = None) -> Mapping[int, Round]:
        if growable is None:  # it takes a while: once, and while in doubt
            growable = len(self._rounds) + 1 >= self._effort.rounds
        began = time.monotonic()
        measured, self._counted, seconds = count_round(
            self._processes,
            ops,
            self._counted,
            growable,
            QUIET[self._quiet],
            self._objects_alone,
        )
        if self._pace is not None and isinstance(seconds, float):
            self._pace.overhead = time.monotonic() - began - seconds
            self._pace.learn_time(ops, seconds)
        return measured

    def _restarted(self) -> bool:
        """Whether retained objects disappeared by themselves, so that all rounds were discarded."""
        self._waited = True
        if self._processes.alone or self._pace is None:
            return False
        kept = sum(window.survived - window.base for window in self.measured.total.windows)
        before = _total(count(self._processes))
        self._processes.settle(QUIET[-1])
        after = _total(count(self._processes))
        if before - after <= max(SAME * kept, 1):
            return False
        self._quiet = len(QUIET) - 1
        self._begin_anew()
        return True

    def _fill_up(self, bounds: Bounds) -> None:
        """Fill a bounded cache if that takes few operations, and discard all rounds."""
        said = self.measured.total
        if not said.grows or self._pace is None:
            return
        ops = bounds.missing(sum(window.ops for window in said.windows))
        if not ops or not self._pace.affords(ops, self._effort.ops):
            return
        self._show(f"filling a cache to its bound, {ops:,} operations")
        self._processes.run(ops)
        self._processes.settle()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._rounds.clear()
        self._confirmed = 0
        self.unconfirmed = None
        self._processes.collect()
        self._counted = count(self._processes, collected=True, growable=True)
        if self._bounds is not None:
            self._bounds.begin()

    def _tell_instrument_apart(self) -> None:
        """Measure a round without operations, if the growth found may come from waiting alone."""
        said = self.measured.total
        per_op = said.per_op
        found = [per_op.cyclic, per_op.leaked, per_op.blocks_leaked]
        if self._pace is None or not any(0 < rate < 1 for rate in found):
            return
        idle = self._measure_round(0, growable=False)
        if any(one.gained for one in idle.values()):
            self._idle = idle


def _in_motion(rounds: Mapping[int, Round]) -> Mapping[int, Round]:
    return {number: replace(one, in_motion=True) for number, one in rounds.items()}


def _total(counted: Counted) -> int:
    return sum(sum(counts.types.values()) for counts in counted.values())

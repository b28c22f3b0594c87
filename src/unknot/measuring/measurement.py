"""The stages of a cell: warm up, sustain, measure rounds, name what was found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from msgspec import structs

from unknot.errors import CellFailed
from unknot.measuring.children import Children
from unknot.measuring.diagnosis import Found, diagnose
from unknot.measuring.duties import Close, Count, Greeting, StartLog, StopLog, TakeCensus
from unknot.measuring.family import Family
from unknot.measuring.heap_duties import TakeSnapshot
from unknot.measuring.pace import Pace
from unknot.measuring.process import AgentProcess
from unknot.measuring.series import RoundSeries
from unknot.measuring.spec import CellSpec, cell_of
from unknot.measuring.sustained import Sustained
from unknot.measuring.tally import (
    count_types,
    describe_absence,
    describe_curve,
    describe_doubt,
    describe_processes,
    describe_stray_passes,
    merge_cycles,
    merge_growths,
    merge_leaks,
    merge_octets,
    merge_unnamed,
    settle_verdict,
    weigh_absence,
    weigh_bounds,
    weigh_length,
)
from unknot.records import Cell, CellError

__all__ = ["Measurement"]

ABOUT: tuple[Literal["python", "build", "gc_thresholds", "collector", "jit"], ...] = (
    "python", "build", "gc_thresholds", "collector", "jit",
)  # fmt: skip
"""Fields of the greeting that are also fields of a cell."""

WARM = 0.9
"""Warming up ends when this share of the time limit is left."""


FEWEST = 10
"""Minimum number of operations for a cell: warming up, and nine rounds of one operation."""


class Stage:
    """The name of the current stage. Parts of a measurement hold this rather than a method of the
    whole, which would be a reference cycle (``test_measuring_leaves_no_cycle_of_its_own``)."""

    def __init__(self, show: Callable[[str], object]) -> None:
        self._show = show
        self.name = "starting the process"

    def __call__(self, name: str) -> None:
        self.name = name
        self._show(name)


class Measurement:
    """The stages of a cell, and their results so far.

    ``most_ops`` limits the total number of operations.
    """

    def __init__(
        self,
        spec: CellSpec,
        process: AgentProcess,
        children: Children,
        show: Callable[[str], object],
        most_ops: float = math.inf,
    ) -> None:
        self._spec = spec
        self._effort = spec.effort
        self._process = process
        self._children = children
        self._show = Stage(show)
        self._most_ops = most_ops
        self._family = family = Family(process, children)
        self._pace = Pace(spec.effort.time_limit, family.room, lambda: most_ops - family.ran)
        self._greeting: Greeting | None = None
        self._sustained: Sustained | None = None
        self._series: RoundSeries | None = None
        self._found: dict[int, Found] = {}
        self._unknown_processes: list[str] = []
        self._notes: list[str] = []
        self.is_named = False
        """Whether everything found has been named."""

    def measure(self) -> None:
        """Warm up, sustain, measure rounds, and name what was found."""
        spec, family = self._spec, self._family
        self._show("opening the workload")
        self._greeting = self._process.open(spec, self._children.address)
        self._show("warming up")
        self._warm_up()
        self._effort, self._notes = self._pace.plan(spec.effort)
        self._sustained = Sustained(family, replace(spec, effort=self._effort), self._show)
        self._sustained.measure()
        self._series = RoundSeries(family, self._effort, self._pace, self._show)
        self._series.measure()
        self._show("naming what is left behind")
        measured, ops = self._series.measured, self._effort.round_ops
        if measured.total.verdict == "leaking":
            ops = self._pace.naming(ops)
        self._found = diagnose(family, measured, ops)
        self._unknown_processes = family.unknown_processes()
        self.is_named = True
        self._process.ask(Close())

    def cell(self, error: CellError | None = None) -> Cell:
        """The record of what was measured; ``error`` ended the measurement."""
        greeting, series, sustained = self._greeting, self._series, self._sustained
        about: dict[str, Any] = {}
        if greeting is not None:
            about = {name: greeting[name] for name in ABOUT}
        if error is not None and (series is None or not series.measured.count):
            return cell_of(self._spec, **about, **self._without_rounds(error))
        assert series is not None
        assert sustained is not None
        measured, members = series.measured, self._family.members()
        rounds = measured.total
        octets = merge_octets(self._found.values())
        leaks = merge_leaks(each.leaks for each in self._found.values())
        verdict = settle_verdict(rounds.verdict, self._found.values())
        verdict = weigh_bounds(verdict, series.filling, leaks)
        verdict = weigh_length(verdict, measured.count)
        verdict = weigh_absence(verdict, members, measured, self._unknown_processes)
        doubt = describe_doubt(verdict, rounds.in_doubt)
        return cell_of(
            self._spec,
            **about,
            ops=self._effort.ops,
            verdict=verdict,
            per_op=structs.replace(
                rounds.per_op,
                bytes_of_folders=octets.of_folders,
                strings_with_folders=octets.with_folders,
            ),
            windows=rounds.windows,
            types=count_types(self._spec.watch, sustained.total, rounds, octets.by_type),
            cycles=merge_cycles(each.cycles for each in self._found.values()),
            unnamed=merge_unnamed(each.unnamed for each in self._found.values()),
            leaks=leaks,
            growths=merge_growths(each.growths for each in self._found.values()),
            series=sustained.series(self._spec.watch),
            collections=sustained.collections(),
            memory=sustained.memory,
            processes=describe_processes(members, sustained, measured, self._found),
            notes=[
                *self._notes,
                *rounds.notes,
                *series.notes,
                *describe_stray_passes(self._family.stray_passes),
                *describe_absence(members, measured, self._unknown_processes),
            ],
            error=error,
            stderr=self._process.errors_tail(),
            unconfirmed=self._why_unconfirmed(series, error) or doubt,
        )

    def ran(self, failure: CellFailed) -> int:
        """Number of completed operations when ``failure`` ended the measurement."""
        return max(self._family.ran, failure.begun - self._spec.in_flight)

    def _without_rounds(self, error: CellError) -> dict[str, Any]:
        """Fields of the record if ``error`` came before the end of the first round."""
        sustained = self._sustained
        if sustained is None or len(sustained.ops) < 2:
            note = f"it ended before anything was counted ({self._show.name})"
            return {"error": error, "notes": [note]}
        curve = describe_curve(sustained.total, sustained.ops[-1], self._effort.ops)
        return {
            "ops": sustained.ops[-1],
            "verdict": "undecided",
            "series": sustained.series(self._spec.watch),
            "memory": sustained.memory,
            "notes": self._notes,
            "error": error,
            "unconfirmed": f"it ended before the first round was over: {error.message}; {curve}",
        }

    def _why_unconfirmed(self, series: RoundSeries, error: CellError | None) -> str | None:
        if error is None:
            return series.unconfirmed
        rounds = series.measured.count
        counted = f"it ended after {rounds} {'round' if rounds == 1 else 'rounds'}: {error.message}"
        if error.kind == "timeout":
            return f"{counted}; {self._pace.advice(self._effort.ops)}"
        return counted

    def _warm_up(self) -> None:
        """Warm up pools of the workload and caches of the instrument.

        The last quarter runs with the collector off and measures the cost of an operation.
        """
        family = self._family
        warmup = int(min(self._spec.effort.warmup, self._most_ops / FEWEST))
        family.ask_all(StartLog())
        done, length = 0, 1
        while done < warmup - warmup // 4 and self._pace.remaining > WARM * self._limit:
            length = min(length, warmup - warmup // 4 - done)
            self._pace.learn_time(length, family.run(length, "auto"))
            done, length = done + length, 4 * length
        family.collect()
        last = min(warmup // 4, done)
        if last and self._pace.remaining > WARM * self._limit:
            before = family.resident()
            self._pace.learn_time(last, family.run(last))
            self._pace.learn_memory(last, family.resident() - before)
            family.collect()
        for duty in (TakeCensus(), Count(), TakeSnapshot(), StopLog()):
            family.ask_all(duty)
        family.ask_all(Count(collected=True, growable=True))  # ctypes keeps a cache, too
        family.collect()
        family.stray_passes = 0

    @property
    def _limit(self) -> float:
        return self._spec.effort.time_limit

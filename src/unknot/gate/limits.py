"""Checks one cell against its budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from unknot.gate.budgets import Budget, Limits
from unknot.gate.difference import Count, Rate, exceeds, total_rates, type_bytes, type_rates
from unknot.records import Cell
from unknot.records.judgement import GateMessage
from unknot.text import precise

__all__ = ["check_limits"]

Measure = Literal["cyclic", "leaked", "retained", "bytes"]
MEASURES: tuple[Measure, ...] = ("cyclic", "leaked", "retained", "bytes")


class LimitedFigures(NamedTuple):
    """Limits, and the figures that they apply to."""

    name: str
    limits: Limits
    rates: Mapping[Count, Rate]
    peak: int | None


def check_limits(
    cell: Cell, budget: Budget, excused: bool, excused_leaks: bool
) -> Iterator[GateMessage]:
    """Failures for what is over its limit, warnings for limits that could be lower.

    With ``excused`` all cycles of the cell are allowed ones, so what is cyclic is not judged; with
    ``excused_leaks`` what leaks is not.
    """
    for subject in _subjects(cell, budget):
        for measure in MEASURES:
            limit = getattr(subject.limits, measure)
            rate = subject.rates.get(measure)
            of_either = excused or excused_leaks
            is_excused = {"leaked": excused_leaks, "cyclic": excused}.get(measure, of_either)
            if limit is not None and rate is not None and not is_excused:
                yield from _check_rate(cell, subject.name, measure, rate, limit)
            elif limit is not None and measure == "bytes" and rate is None:
                what = f"{subject.name}: " if subject.name else ""
                text = (
                    f"{what}a budget of {precise(limit)} bytes per op, and they were not measured"
                )
                yield GateMessage(level="note", kind="not judged", case=cell.case, text=text)
        if subject.limits.peak is not None:
            yield from _check_peak(cell, subject, subject.limits.peak)


def _subjects(cell: Cell, budget: Budget) -> Iterator[LimitedFigures]:
    peak = max(cell.series.total, default=None) if cell.series is not None else None
    yield LimitedFigures("", budget, total_rates(cell), peak)
    for written, limits in budget.types.items():
        builtin = f"builtins.{written}"
        name = builtin if builtin in cell.types and written not in cell.types else written
        peak = cell.types[name].peak if name in cell.types else None
        rates, octets = type_rates(cell, name), type_bytes(cell, name)
        if octets is not None:
            rates["bytes"] = octets
        yield LimitedFigures(written, limits, rates, peak)


def _check_rate(
    cell: Cell, name: str, measure: Measure, rate: Rate, limit: float
) -> Iterator[GateMessage]:
    what = f"{name} " if name else ""
    allowed = Rate(limit, 0.0)
    if rate.value > limit == 0 or exceeds(rate, allowed):
        text = f"{what}{precise(rate.value)} {measure} per op, budget {precise(limit)}"
        yield GateMessage(level="failure", kind="budget", case=cell.case, text=text)
    elif exceeds(allowed, rate):
        text = (
            f"{what}{precise(rate.value)} {measure} per op, budget {precise(limit)}: "
            "it improved, tighten the budget"
        )
        yield GateMessage(level="warning", kind="improved", case=cell.case, text=text)


def _check_peak(cell: Cell, subject: LimitedFigures, limit: int) -> Iterator[GateMessage]:
    what = f"{subject.name}: " if subject.name else ""
    if subject.peak is None:
        text = f"{what}a budget of {limit:,} live objects, but their peak is not in the result"
        yield GateMessage(level="note", kind="not judged", case=cell.case, text=text)
    elif subject.peak > limit:
        text = f"{what}{subject.peak:,} live objects at the peak, budget {limit:,}"
        yield GateMessage(level="failure", kind="budget", case=cell.case, text=text)

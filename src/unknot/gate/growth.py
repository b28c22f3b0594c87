"""Compares what a process gains, other than objects, with the baseline."""

from __future__ import annotations

from collections.abc import Iterator

from unknot.records import Cell, Growth
from unknot.text import precise

__all__ = ["growths_that_are_more", "word_growth"]

ROUNDING = 1e-9


def growths_that_are_more(before: Cell, after: Cell) -> Iterator[tuple[float, Growth]]:
    """Growths that exceed the previous rate by more than the rounds differ, with that rate."""
    known = {_key(growth): growth for growth in before.growths}
    for growth in after.growths:
        same = known.get(_key(growth))
        was = 0.0 if same is None else same.per_op
        allowance = _spread(growth) + (0.0 if same is None else _spread(same))
        if same is None or growth.per_op - was > allowance + ROUNDING:
            yield was, growth


def word_growth(was: float, growth: Growth) -> str:
    """``c heap: 0 → 5,008 bytes per op``; for an object, its type and its holders."""
    name = " ".join(filter(None, (growth.type or growth.kind, " → ".join(growth.path[:2]))))
    unit = "bytes " if growth.is_bytes else ""
    return f"{name}: {precise(was)} → {precise(growth.per_op)} {unit}per op"


def _key(growth: Growth) -> tuple[str, ...]:
    return growth.kind, growth.type, *growth.path


def _spread(growth: Growth) -> float:
    return max(growth.rounds) - min(growth.rounds) if growth.rounds else 0.0

"""Reduces a result to a baseline: what a comparison needs, without where it was measured."""

from __future__ import annotations

import msgspec

from unknot.gate.pairing import minor_of
from unknot.records import Cell, Result, TypeCount

__all__ = ["as_baseline"]


def as_baseline(result: Result, kept: Result | None = None) -> Result:
    """``result`` without curves, logs, packages and paths; small enough to commit.

    Cells of the previous baseline, ``kept``, that were measured under other minor versions of
    Python are retained, so one file can serve several versions.
    """
    environment = msgspec.structs.replace(result.environment, packages={}, command=[])
    return msgspec.structs.replace(
        result,
        environment=environment,
        cells=[*map(_slim, result.cells), *_of_other_interpreters(result, kept)],
        comparisons=[],
        differences=[],
        plan=None,
        parts=[],
    )


def _of_other_interpreters(result: Result, kept: Result | None) -> list[Cell]:
    if kept is None:
        return []
    minors = {minor_of(cell.python) for cell in result.cells}
    return [_slim(cell) for cell in kept.cells if minor_of(cell.python) not in minors]


def _slim(cell: Cell) -> Cell:
    return msgspec.structs.replace(
        cell,
        types={name: count for name, count in cell.types.items() if _counts(count)},
        leaks=[],
        series=None,
        stderr="",
        collections=None,
        memory=None,
        packages={},
        processes=[],
        seconds=0.0,
        machine=None,
        workload_digest=None,
    )


def _counts(count: TypeCount) -> bool:
    rates = (count.retained_per_op, count.cyclic_per_op, count.leaked_per_op)
    return any(rates)

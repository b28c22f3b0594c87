"""The changes of a comparison that a picture shows: those of objects, in one of its cells."""

from __future__ import annotations

from typing import NamedTuple

from unknot.records import Difference, Result
from unknot.report.scenario import MODES, headline

__all__ = ["OBJECTS", "Changes", "object_changes"]

OBJECTS = {"cyclic": "waiting for the collector", "leaked": "leaked"}
"""The measures that count objects, in words; what is retained is their sum."""


class Changes(NamedTuple):
    """Those of one cell: totals first, then by their size; ``cells`` have some in all."""

    found: list[Difference]
    cells: int


def object_changes(result: Result) -> Changes:
    """Of the headline's case if it has some, and of the collector off if that was measured."""
    cells: dict[tuple[object, ...], list[Difference]] = {}
    for one in result.differences:
        if one.subject in ("total", "type") and one.measure in OBJECTS:
            cell = (one.workload, one.shape, one.ending, one.gc, one.python, one.candidate)
            cells.setdefault(cell, []).append(one)
    case = headline(result)
    shown = (case.shape, case.ending) if case is not None else None
    chosen = min(
        cells.values(),
        key=lambda found: (
            (found[0].shape, found[0].ending) != shown,
            MODES.index(found[0].gc),
        ),
        default=[],
    )
    ordered = sorted(
        chosen,
        key=lambda one: (one.subject != "total", -abs(one.after - one.before), one.name),
    )
    return Changes(ordered, len(cells))

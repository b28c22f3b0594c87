"""The changes of a comparison that a picture shows: those of objects, in one of its cells."""

from __future__ import annotations

from typing import NamedTuple

from unknot.records import Case, Difference, Result
from unknot.report.scenario import MODES, headline, is_of

__all__ = ["OBJECTS", "Changes", "object_changes"]

OBJECTS = {"cyclic": "waiting for the collector", "leaked": "leaked"}
"""The measures that count objects, in words; what is retained is their sum."""


class Changes(NamedTuple):
    """Those of one cell: totals first, then by their size; ``cells`` have some in all."""

    found: list[Difference]
    cells: int


def object_changes(result: Result) -> Changes:
    """Of the headline's case if it has some, and of the collector off if that was measured."""
    cells: dict[Case, list[Difference]] = {}
    for one in result.differences:
        if one.subject in ("total", "type") and one.measure in OBJECTS:
            cells.setdefault(one.case, []).append(one)
    shown = headline(result)
    chosen = min(
        cells.values(),
        key=lambda found: (
            shown is None or not is_of(found[0], shown),
            MODES.index(found[0].gc),
        ),
        default=[],
    )
    ordered = sorted(
        chosen,
        key=lambda one: (one.subject != "total", -abs(one.after - one.before), one.name),
    )
    return Changes(ordered, len(cells))

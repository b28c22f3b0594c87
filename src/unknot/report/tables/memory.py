"""Memory of the measured processes, before and after the sustained stage."""

from __future__ import annotations

from unknot.records import Result
from unknot.report.number import size
from unknot.report.scenario import headline_cells
from unknot.report.table import NOTHING, Column, Entry, Table, named

__all__ = ["memory_table"]

_COLUMNS = (
    Column("Collector", heads=True),
    Column("Variant", heads=True),
    Column("Resident", numeric=True),
    Column("Unique", numeric=True),
)


def memory_table(result: Result) -> Table | None:
    """Resident and unique set size for each variant of the headline case."""
    rows = tuple(
        (
            Entry(gc),
            named(variant, 24, variant=True),
            _grown(cell.memory.rss_before, cell.memory.rss_after),
            _grown(cell.memory.uss_before, cell.memory.uss_after),
        )
        for (gc, variant), cell in headline_cells(result).items()
        if cell.memory is not None
    )
    caption = "Memory of the measured process, before → after"
    return Table("memory", caption, _COLUMNS, rows, grouped=True) if rows else None


def _grown(before: int | None, after: int | None) -> Entry:
    if before is None or after is None:
        return Entry(NOTHING)
    return Entry(f"{size(before)} → {size(after)}")

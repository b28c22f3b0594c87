"""What was not measured, and why."""

from __future__ import annotations

from unknot.records import Case, Cell, Result
from unknot.report.cases import differing
from unknot.report.scenario import cases, failed
from unknot.report.table import NOTHING, Column, Entry, Table, named
from unknot.text import clip, one_line

__all__ = ["errors_table"]

_COLUMNS = (
    Column("Variant", heads=True),
    Column("Case"),
    Column("Collector"),
    Column("Error"),
    Column("Message"),
)


def errors_table(result: Result, limit: int) -> Table | None:
    """One row for each failed cell, messages clipped at ``limit``; ``None`` where all went well."""
    rows = tuple(_row(cell, limit, cases(result)) for cell in failed(result))
    return Table("errors", "Cells that failed", _COLUMNS, rows) if rows else None


def _row(cell: Cell, limit: int, among: list[Case]) -> tuple[Entry, ...]:
    assert cell.error is not None
    message = one_line(cell.error.message)
    case = differing(cell.case.work, among) or cell.workload
    return (
        named(cell.variant, 24, variant=True),
        named(case, 32),
        Entry(cell.gc),
        Entry(cell.error.kind, tone="bad"),
        Entry(clip(message, limit) or NOTHING, message if len(message) > limit else ""),
    )

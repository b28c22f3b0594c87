"""What an operation leaves behind in each process of a cell, for results with several of them."""

from __future__ import annotations

from unknot.records import Case, Cell, Process, Result
from unknot.report.cases import differing
from unknot.report.number import rate
from unknot.report.scenario import cases, counted
from unknot.report.table import NOTHING, Column, Entry, Table, named
from unknot.report.verdict import VERDICT_TONES

__all__ = ["by_process_table"]

_COLUMNS = (
    Column("Variant", heads=True),
    Column("Case"),
    Column("Process", numeric=True),
    Column("Command"),
    Column("Verdict"),
    Column("Cyclic", numeric=True),
    Column("Leaked", numeric=True),
    Column("Rounds", numeric=True),
    Column("Ended"),
)
_NOTE = (
    "Process 0 runs the operations. One that was not there for every round has no verdict, "
    "and is counted in no sum."
)


def by_process_table(result: Result) -> Table | None:
    """A row for each process of each counted cell; ``None`` where none had more than one.

    Where only cells with the collector on had several, those are shown.
    """
    cells = [cell for cell in counted(result).values() if cell.processes]
    rows = [
        _row(cell, process, cases(result))
        for cell in cells or [cell for cell in result.cells if cell.processes]
        for process in cell.processes
    ]
    caption = "Left behind by one operation, in each process"
    return Table("by-process", caption, _COLUMNS, tuple(rows), True, _NOTE) if rows else None


def _row(cell: Cell, process: Process, among: list[Case]) -> tuple[Entry, ...]:
    per_op = process.per_op
    case = differing(cell.case.work, among)
    return (
        named(cell.variant, 24, variant=True),
        named(case or NOTHING, 40),
        Entry(str(process.number)),
        named(process.command, 60),
        Entry(process.verdict or NOTHING, tone=VERDICT_TONES[process.verdict]),
        Entry(rate(per_op.cyclic) if per_op is not None else NOTHING),
        Entry(rate(per_op.leaked) if per_op is not None else NOTHING),
        Entry(str(process.rounds)),
        Entry(process.ended or ""),
    )

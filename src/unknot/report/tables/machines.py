"""Which machine measured which cells."""

from __future__ import annotations

from unknot.records import Cell, Result
from unknot.report.cases import name_of
from unknot.report.document import Entry, Table, figures, heads, named, number, table, texts
from unknot.text import count, duration

_LONGEST = 48


def machines_table(result: Result) -> Table | None:
    """A row for each machine; ``None`` where no cell says which one it was."""
    rows = []
    for cells in _by_machine(result).values():
        machine = cells[0].machine
        assert machine is not None
        loads = [cell.machine.load for cell in cells if cell.machine is not None]
        rows.append(
            (
                named(machine.name, _LONGEST),
                number(machine.cores, count),
                number(len(cells), count),
                number(sum(cell.seconds for cell in cells), duration),
                Entry(f"{min(loads):.2f} to {max(loads):.2f}", max(loads)),
                named(machine.platform, _LONGEST),
            )
        )
    columns = heads("Machine") + figures("Processors", "Cells", "Together", "Load")
    return table("machines", "The machines", columns + texts("Platform"), rows)


def measured_by_table(result: Result) -> Table | None:
    """A row for each cell that says which machine measured it."""
    among = [cell.case for cell in result.cells]
    rows = [
        (
            named(f"{name_of(cell.case, among)}, collector {cell.gc}", 2 * _LONGEST),
            named(cell.machine.name, _LONGEST),
            number(cell.machine.load, lambda load: f"{load:.2f}"),
            number(cell.seconds, duration),
        )
        for cell in result.cells
        if cell.machine is not None
    ]
    columns = heads("Cell") + texts("Machine") + figures("Load", "Took")
    return table("measured-by", "Which machine measured which cell", columns, rows)


def _by_machine(result: Result) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in result.cells:
        if cell.machine is not None:
            found.setdefault(cell.machine.name, []).append(cell)
    return found

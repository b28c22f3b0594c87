"""The types that an operation of the headline case leaves behind."""

from __future__ import annotations

from unknot.records import Cell, Result, TypeCount
from unknot.report.number import count, rate
from unknot.report.scenario import counted, headline
from unknot.report.table import Column, Entry, Table, left_out, named

__all__ = ["types_table"]

_COLUMNS = (
    Column("Variant", heads=True),
    Column("Type", heads=True),
    Column("Before", numeric=True),
    Column("After", numeric=True),
    Column("Retained", numeric=True),
    Column("Cyclic", numeric=True),
    Column("Leaked", numeric=True),
    Column("Garbage", numeric=True),
)


def types_table(result: Result, most: int) -> Table | None:
    """The first ``most`` types that each variant leaves behind; ``None`` where there are none."""
    case = headline(result)
    rows: list[tuple[Entry, ...]] = []
    others = 0
    for (variant, counted_case), cell in counted(result).items():
        if counted_case == case:
            types = _left_behind(cell)
            others += len(types[most:])
            rows += [_row(variant, name, of_type) for name, of_type in types[:most]]
    if not rows:
        return None
    note = left_out(others, "type")
    caption = "Types left behind, objects per operation"
    return Table("types", caption, _COLUMNS, tuple(rows), grouped=True, note=note)


def _left_behind(cell: Cell) -> list[tuple[str, TypeCount]]:
    some = [(name, of_type) for name, of_type in cell.types.items() if _weight(of_type) > 0]
    return sorted(some, key=lambda item: (-_weight(item[1]), item[0]))


def _weight(of_type: TypeCount) -> float:
    return max(of_type.cyclic_per_op, of_type.leaked_per_op, of_type.garbage_per_op)


def _row(variant: str, name: str, of_type: TypeCount) -> tuple[Entry, ...]:
    return (
        named(variant, 24, variant=True),
        named(name, 70),
        Entry(count(of_type.before)),
        Entry(count(of_type.after)),
        Entry(rate(of_type.retained_per_op)),
        Entry(rate(of_type.cyclic_per_op)),
        Entry(rate(of_type.leaked_per_op)),
        Entry(rate(of_type.garbage_per_op)),
    )

"""Several workloads as one table in Markdown: what an operation of each leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from unknot.records import Cell, Cycle, Growth, Leak, PerOp, Result
from unknot.report.document import NOTHING
from unknot.report.wording import growth_headline
from unknot.text import clip, one_line, rate, visible

_HEADS = ("Workload", "Operation", "Process", "Cyclic", "Leaked", "Verdict", "Found")
_MOST = 3
_SEEN = 0.05
"""Cycles and leaks with fewer copies per operation are only in the result."""


def survey_lines(result: Result, operations: Mapping[str, str]) -> list[str]:
    """A row for each process that was counted to the end; ``operations`` by variant."""
    rows = [row for cell in result.cells for row in _rows(cell, operations.get(cell.variant, ""))]
    rule = ["---", "---", "---", "--:", "--:", "---", "---"]
    return [_line(row) for row in (_HEADS, rule, *rows)]


def _rows(cell: Cell, operation: str) -> list[list[str]]:
    name = _installed(cell)
    if cell.error is not None or cell.per_op is None:
        error = one_line(cell.error.message) if cell.error is not None else ""
        return [[name, operation, NOTHING, NOTHING, NOTHING, "not measured", clip(error, 120)]]
    there = [one for one in cell.processes if one.per_op is not None]
    if not there:
        found = _found(cell.cycles, cell.leaks, cell.growths)
        return [[name, operation, "main", *_rates(cell.per_op), str(cell.verdict), found]]
    rows = []
    for one in there:
        if one.number and "resource_tracker" in one.command:
            continue
        place = "main" if one.role == "main" else f"child {one.number}"
        found = _found(one.cycles, one.leaks, one.growths)
        assert one.per_op is not None
        rows.append([name, operation, place, *_rates(one.per_op), str(one.verdict), found])
        name = operation = ""
    return rows


def _installed(cell: Cell) -> str:
    versions = [f"{name} {cell.packages.get(name, '')}".strip() for name in cell.requirements]
    return f"`{visible(cell.variant)}`" + (f", {', '.join(versions)}" if versions else "")


def _rates(per_op: PerOp) -> tuple[str, str]:
    return rate(round(per_op.cyclic, 2)), rate(round(per_op.leaked, 2))


def _found(cycles: Iterable[Cycle], leaks: Iterable[Leak], growths: Iterable[Growth]) -> str:
    """A sentence for each cycle, the most frequent first, then for each leak and each growth."""
    order = sorted(cycles, key=lambda cycle: -cycle.objects_per_op)
    said = [
        f"{rate(round(one.per_op, 2))} × {_steps(one.path)}; cut `{one.cut.edge}`"
        for one in order
        if one.per_op >= _SEEN
    ]
    said += [f"`{one.type}` held by {_steps(one.path)}" for one in leaks if one.per_op >= _SEEN]
    said += map(growth_headline, growths)
    return ". ".join(said[:_MOST]) or "nothing"


def _steps(path: list[str]) -> str:
    return f"`{clip(visible(' → '.join(path)), 90)}`"


def _line(entries: Iterable[str]) -> str:
    return f"| {' | '.join(entry.replace('|', '/') for entry in entries)} |"

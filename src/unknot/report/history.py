"""Releases of a package side by side: what one operation leaves behind in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from unknot.records import Cell, PerOp, Process, Result, TypeCount, Verdict
from unknot.report.scenario import MODES, watched
from unknot.text import short_names, visible

__all__ = ["OBJECTS", "History", "Left", "Release", "history_of", "is_history"]

OBJECTS = "objects"


class Left(NamedTuple):
    """Objects per operation: all that stay, what only the collector frees, what nothing frees."""

    retained: float
    cyclic: float
    leaked: float


class Release(NamedTuple):
    """One release; without a measurement ``left`` is empty and ``error`` says why."""

    name: str
    verdict: Verdict | None
    left: dict[str, Left]
    """By subject: a type's short name, or :data:`OBJECTS`."""
    error: str = ""
    change: str = ""
    """What is known to have changed in it."""


class History(NamedTuple):
    """Releases in the order measured, and the subjects that were counted in all of them."""

    releases: list[Release]
    subjects: list[str]
    place: str
    """Which processes were counted."""


def is_history(result: Result) -> bool:
    """Whether the variants are releases, ``name==1.2``, and more than two: those are compared."""
    names = {cell.variant for cell in result.cells}
    packages = {name.partition("==")[0] for name in names}
    return len(names) > 2 and len(packages) == 1 and all("==" in name for name in names)


def history_of(result: Result, changes: Mapping[str, str]) -> History:
    """The history that the cells of ``result`` tell, a variant being a release ``name==1.2``.

    Where operations run in child processes, those are counted and the caller is not.
    ``changes`` says by release what changed in it.
    """
    cells: dict[str, Cell] = {}
    for cell in sorted(result.cells, key=lambda cell: MODES.index(cell.gc)):
        if cell.variant not in cells or cells[cell.variant].error is not None:
            cells[cell.variant] = cell
    order = list(dict.fromkeys(cell.variant for cell in result.cells))
    types = watched(result)
    short = short_names(types)
    with_children = any(map(_children, cells.values()))
    return History(
        [_release(cells[name], types, short, changes) for name in order],
        [*(short[name] for name in types), OBJECTS],
        "the processes that the workload started" if with_children else "the process",
    )


def _release(
    cell: Cell, types: list[str], short: Mapping[str, str], changes: Mapping[str, str]
) -> Release:
    name = visible(cell.variant.partition("==")[2] or cell.variant)
    change = changes.get(name, "")
    if cell.error is not None or cell.per_op is None:
        error = cell.error.message if cell.error is not None else "not measured"
        return Release(name, None, {}, error, change)
    children = _children(cell)
    totals: list[PerOp] = [one.per_op for one in children if one.per_op] or [cell.per_op]
    tables = [one.types for one in children] or [cell.types]
    left = {short[name]: _of_type(table.get(name) for table in tables) for name in types}
    left[OBJECTS] = Left(
        sum(total.retained for total in totals),
        sum(total.cyclic for total in totals),
        sum(total.leaked for total in totals),
    )
    return Release(name, cell.verdict, left, "", change)


def _children(cell: Cell) -> list[Process]:
    """Those that were there for every round; the main process, which calls them, is not one."""
    return [one for one in cell.processes if one.role == "child" and one.per_op is not None]


def _of_type(counts: Iterable[TypeCount | None]) -> Left:
    there = [count for count in counts if count is not None]
    return Left(
        sum(count.retained_per_op for count in there),
        sum(count.cyclic_per_op for count in there),
        sum(count.leaked_per_op for count in there),
    )

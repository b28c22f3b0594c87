"""What an operation leaves behind in each release of a package."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import NamedTuple

from unknot.records import Cell, PerOp, Process, Result, TypeCount, Verdict
from unknot.report.cases import MODES, watched
from unknot.report.document import (
    NOTHING,
    Column,
    Entry,
    Table,
    Tone,
    heads,
    named,
    number,
    table,
    texts,
)
from unknot.report.verdict import verdict_entry
from unknot.text import clip, one_line, short_names, visible

OBJECTS = "objects"


class Left(NamedTuple):
    """Objects per operation: all that stay, those that the collector frees, those that leak."""

    retained: float
    cyclic: float
    leaked: float


class Release(NamedTuple):
    """A release; if it was not measured, ``left`` is empty and ``error`` says why."""

    name: str
    verdict: Verdict | None
    left: dict[str, Left]
    """By subject: a type's short name, or :data:`OBJECTS`."""
    error: str = ""
    change: str = ""
    """What changed in it, if known."""


class History(NamedTuple):
    """Releases in the order measured, and the subjects counted in all of them."""

    releases: list[Release]
    subjects: list[str]
    place: str
    """The processes that were counted, in words."""


def history_of(result: Result, changes: Mapping[str, str]) -> History:
    """The history of a result whose variants are releases, ``name==1.2``.

    If operations ran in child processes, only these are counted. ``changes`` says by release what
    changed in it.
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
    """The child processes that were present in all rounds."""
    return [one for one in cell.processes if one.role == "child" and one.per_op is not None]


def _of_type(counts: Iterable[TypeCount | None]) -> Left:
    there = [count for count in counts if count is not None]
    return Left(
        sum(count.retained_per_op for count in there),
        sum(count.cyclic_per_op for count in there),
        sum(count.leaked_per_op for count in there),
    )


_MOST_SUBJECTS = 4
_DIGITS = 2
_PARTS: tuple[tuple[str, Callable[[Left], float], Tone], ...] = (
    ("retained", attrgetter("retained"), ""),
    ("cyclic", attrgetter("cyclic"), ""),
    ("leaked", attrgetter("leaked"), "bad"),
)


def releases_table(history: History) -> Table | None:
    """Rows for retained, cyclic and leaked objects of each release; ``None`` if there are none."""
    subjects = [*history.subjects[:-1][: _MOST_SUBJECTS - 1], OBJECTS]
    columns = (
        *heads("Release"),
        Column("Left", heads=True, title="objects per operation"),
        *(Column(clip(name, 16), numeric=True, title=name) for name in subjects),
        Column("Verdict"),
    )
    rows = [row for release in history.releases for row in _rows(release, subjects)]
    note = f"Counted in {history.place}. Verdict: of all processes together."
    caption = "What one operation leaves behind, in objects, release by release"
    return table("releases", caption, columns, rows, grouped=True, note=note)


def changes_table(history: History) -> Table | None:
    """What changed in each release, or why it was not measured; ``None`` if nothing is known."""
    rows = [
        (named(release.name, 16), Entry(said, tone="bad" if release.error else ""))
        for release in history.releases
        for said in (release.change, clip(one_line(release.error), 160))
        if said
    ]
    return table("changes", "What changed", heads("Release") + texts("What changed"), rows)


def _rows(release: Release, subjects: list[str]) -> list[tuple[Entry, ...]]:
    name = named(release.name, 16)
    if not release.left:
        failed = Entry("not measured", title=release.error, tone="bad")
        return [(name, Entry(NOTHING), *(Entry(NOTHING) for _ in subjects), failed)]
    rows: list[tuple[Entry, ...]] = []
    for part, of, tone in _PARTS:
        values = [round(of(release.left[subject]), _DIGITS) for subject in subjects]
        entries = [number(value, tone=tone if value else "") for value in values]
        verdict = Entry("") if rows else verdict_entry(release.verdict)
        rows.append((name, Entry(part), *entries, verdict))
    return rows

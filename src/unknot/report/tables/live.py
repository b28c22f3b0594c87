"""Live objects before and after the sustained stage, by variant and collector mode."""

from __future__ import annotations

from typing import NamedTuple

from unknot.records import Cell, GcMode, Result
from unknot.report.number import count
from unknot.report.scenario import headline_cells, watched
from unknot.report.table import NOTHING, Column, Entry, Table, left_out, named
from unknot.text import clip, short_names, visible

__all__ = ["ALL", "Span", "live_table", "span_of"]


ALL = ""
"""In place of a type's name: objects of all types."""


class Span(NamedTuple):
    """Live objects of one type: at the start, at the end, and at most."""

    before: int
    after: int
    peak: int

    def reached(self, gc: GcMode) -> int:
        """The figure that answers: the end with the collector off, the peak with it on."""
        return self.after if gc == "off" else max(self.peak, self.after)


def span_of(cell: Cell, name: str) -> Span | None:
    """What ``cell`` knows of the type ``name``: its counts, failing that its samples."""
    if name == ALL:
        total = cell.series.total if cell.series is not None else []
        return Span(total[0], total[-1], max(total)) if total else None
    if name in cell.types:
        of_type = cell.types[name]
        return Span(of_type.before, of_type.after, of_type.peak)
    samples = cell.series.types.get(name) if cell.series is not None else None
    return Span(samples[0], samples[-1], max(samples)) if samples else None


def live_table(result: Result, most_types: int) -> Table | None:
    """The headline case's first ``most_types`` watched types; ``None`` without a measurement."""
    cells = headline_cells(result)
    types = watched(result)
    shown = types[:most_types]
    if not cells or not shown:
        return None
    short = short_names(types)
    if not any(_changes(cell, name) for cell in cells.values() for name in types):
        shown, short = [*shown, ALL], {**short, ALL: "all objects"}
    columns = (
        Column("Collector", heads=True),
        Column("Variant", heads=True),
        *(Column(clip(short[name], 20), numeric=True, title=visible(name)) for name in shown),
    )
    rows = tuple(
        (
            Entry(gc if gc == "off" else f"{gc} (peak)"),
            named(variant, 24, variant=True),
            *(_entry(cell, name) for name in shown),
        )
        for (gc, variant), cell in cells.items()
    )
    note = left_out(len(types) - most_types, "watched type")
    return Table("live", _caption(cells), columns, rows, grouped=True, note=note)


def _changes(cell: Cell, name: str) -> bool:
    span = span_of(cell, name)
    return span is not None and len(set(span)) > 1


def _caption(cells: dict[tuple[GcMode, str], Cell]) -> str:
    modes = {gc for gc, _ in cells}
    if modes == {"off"}:
        return "Live objects, before → after"
    if "off" not in modes:
        return "Live objects, before → peak"
    return "Live objects, before → after (collector off) or peak (on)"


def _entry(cell: Cell, name: str) -> Entry:
    span = span_of(cell, name)
    if span is None:
        return Entry(NOTHING)
    return Entry(f"{count(span.before)} → {count(span.reached(cell.gc))}")

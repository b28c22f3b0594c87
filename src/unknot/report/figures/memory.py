"""x"""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from unknot.records import Cell, GcMode, Result
from unknot.report.cases import headline_cells, variants
from unknot.report.figures.canvas import Scale, frame, note, panels, scale_of, short
from unknot.report.palette import MUTED, Look, looks
from unknot.text import size

_MOST_VARIANTS = 7
_ROW = 0.27
_ROOM = 1.15
"""Inches right of each panel for the growth."""
_UNITS = ((float(2**30), "GiB"), (float(2**20), "MiB"), (float(2**10), "KiB"), (1.0, "B"))


class Grown(NamedTuple):
    """Bytes before and after."""

    before: int
    after: int

    def __str__(self) -> str:
        more = self.after - self.before
        return f"+{size(more)}" if more > 0 else f"−{size(-more)}" if more < 0 else "±0"


def draw_memory(result: Result) -> Figure:
    """The figure: a panel for resident, and one for unique memory where that is known."""
    names = variants(result)
    cells = {
        key: cell
        for key, cell in headline_cells(result).items()
        if cell.memory is not None and key[1] in names[:_MOST_VARIANTS]
    }
    columns = {"Resident": {key: _resident(cell) for key, cell in cells.items()}}
    unique = {key: grown for key, cell in cells.items() if (grown := _unique(cell)) is not None}
    if unique:
        columns["Unique: shared with no other process"] = unique
    left_out = f" Shown: {_MOST_VARIANTS} of {len(names)} variants." * (len(names) > _MOST_VARIANTS)
    figure = frame(
        result,
        "Memory of the measured process",
        f"Hollow: before the operations. Filled: after them. Beside: the growth.{left_out}",
        height=1.75 + _ROW * len(cells),
    )
    grid = panels(figure, 1, len(columns), gap=(_ROOM + 0.15, 0.0), left=2.6, right=_ROOM)[0]
    table = looks(variants(result))
    for axes, (title, rows) in zip(grid, columns.items(), strict=True):
        axes.set_title(title, pad=8)
        _panel(axes, list(cells), rows, table)
    for row, (gc, variant) in enumerate(cells):
        first = row == 0 or list(cells)[row - 1][0] != gc
        _name(grid[0], row, f"collector {gc}" if first else "", variant, table[variant])
    return figure


def _resident(cell: Cell) -> Grown:
    assert cell.memory is not None
    return Grown(cell.memory.rss_before, cell.memory.rss_after)


def _unique(cell: Cell) -> Grown | None:
    memory = cell.memory
    if memory is None or memory.uss_before is None or memory.uss_after is None:
        return None
    return Grown(memory.uss_before, memory.uss_after)


def _panel(
    axes: Axes,
    keys: list[tuple[GcMode, str]],
    rows: dict[tuple[GcMode, str], Grown],
    table: dict[str, Look],
) -> None:
    scale = scale_of([float(end) for grown in rows.values() for end in grown], _UNITS)
    scale.apply(axes)
    axes.set_ylim(len(keys) - 0.5, -0.5)
    axes.set_xlabel(f"{scale.unit}; {scale.begins}")
    beside = ("axes fraction", "data")
    for row, key in enumerate(keys):
        if row and keys[row - 1][0] != key[0]:
            axes.axhline(row - 0.5, color=MUTED, linewidth=0.8)
        if key in rows:
            _dumbbell(axes, row, rows[key], table[key[1]], scale)
            note(axes, str(rows[key]), (1, row), (9, 0), beside, va="center", fontsize=8.5)
        else:
            text = "not known"
            note(axes, text, (1, row), (9, 0), beside, va="center", fontsize=8.5, color=MUTED)


def _dumbbell(axes: Axes, row: int, grown: Grown, look: Look, scale: Scale) -> None:
    ends = [end / scale.size for end in grown]
    axes.plot(ends, [row, row], color=look.colour, linewidth=2.0, zorder=2)
    for end, fill, mark in zip(ends, ("white", look.colour), (7.0, 5.5), strict=True):
        axes.plot(
            [end],
            [row],
            marker=look.mark,
            markersize=mark,
            color=look.colour,
            markerfacecolor=fill,
            clip_on=False,
            zorder=3,
        )


def _name(axes: Axes, row: int, mode: str, variant: str, look: Look) -> None:
    beside = ("axes fraction", "data")
    style = {"va": "center", "fontsize": 8.5}
    note(axes, mode, (0, row), (-166, 0), beside, fontweight="bold", **style)
    note(axes, short(variant, 11), (0, row), (-20, 0), beside, ha="right", **style)
    note(axes, look.glyph, (0, row), (-7, 0), beside, ha="right", color=look.colour, **style)

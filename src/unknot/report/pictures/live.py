"""Live objects over operations: a row for each collector mode, a column for each watched type."""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from unknot.records import Cell, Result
from unknot.report.number import count
from unknot.report.palette import Look, looks
from unknot.report.pictures.canvas import frame, label, note, panels, short, spread, thousands
from unknot.report.pictures.missing import collected, sampled
from unknot.report.pictures.passes import draw_passes, passes_height
from unknot.report.scenario import headline_cells, variants, watched
from unknot.report.tables.live import ALL, span_of
from unknot.text import short_names

__all__ = ["MOST_TYPES", "draw_live"]

MOST_TYPES = 3
_MOST_VARIANTS = 7
_ROOM = 1.3
"""Inches right of each panel for the names of its lines."""
_LEAST_TOP = 10
"""A scale that ends lower would make much of an object or two."""
_APART = 0.12
"""The least distance between two names, in heights of the panel."""


class Line(NamedTuple):
    """What one process had of one type; ``height`` is the figure that the line is named with."""

    variant: str
    ops: list[int]
    counts: list[int]
    height: int


def draw_live(result: Result) -> Figure:
    """The figure. At most three types and seven variants: more would not be readable."""
    cells = {key: cell for key, cell in headline_cells(result).items() if sampled(cell)}
    modes = list(dict.fromkeys(gc for gc, _ in cells))
    types, _ = _columns(result)
    names = short_names(watched(result)) | {ALL: "all objects, gained since the start"}
    table = looks(variants(result))
    shown = {
        gc: [(variant, cell) for (mode, variant), cell in cells.items() if mode == gc][
            :_MOST_VARIANTS
        ]
        for gc in modes
    }
    first, *rest = (passes_height(rows) for rows in shown.values())
    strip = max(rest, default=0.0)
    figure = frame(
        result,
        "Live objects over operations",
        _says(result),
        1.75 + first + 1.9 * len(modes) + strip * len(rest),
    )
    grid = panels(
        figure,
        len(modes),
        len(types),
        gap=(_ROOM + 0.45, 0.4 + strip),
        left=1.0,
        right=_ROOM,
        top=1.2 + first,
    )
    for row, gc in enumerate(modes):
        lines = [_lines(name, shown[gc]) for name in types]
        logarithmic = any(map(_hides, lines)) and not any(map(_falls, lines))
        for column, name in enumerate(types):
            axes = grid[row][column]
            _panel(axes, lines[column], table, logarithmic)
            draw_passes(axes, shown[gc], table, named=column == 0)
            if row == 0:
                axes.set_title(label(names[name], 36 if name == ALL else 26), pad=12 + 72 * first)
            if row == len(modes) - 1:
                axes.set_xlabel("operations")
            if column == 0:
                scale = ", log scale" if logarithmic else ""
                axes.set_ylabel(f"collector {gc}\nlive objects{scale}")
    return figure


def _says(result: Result) -> str:
    """What a line is, what a tick is, and what was left out."""
    left_out = []
    _, constant = _columns(result)
    if (types := len(watched(result)) - len(constant)) > MOST_TYPES:
        left_out.append(f"{MOST_TYPES} of {types} types")
    if (lines := len(variants(result))) > _MOST_VARIANTS:
        left_out.append(f"{_MOST_VARIANTS} of {lines} variants")
    shown = f" Shown: {', '.join(left_out)}." if left_out else ""
    names = short_names(watched(result))
    if constant:
        shown += f" No change of: {', '.join(label(names[name], 20) for name in constant[:2])}"
        shown += f" and {len(constant) - 2} more." if len(constant) > 2 else "."
    says = f"A line is a process, named with its last count (collector off) or peak (on).{shown}"
    cells = headline_cells(result).values()
    if not any(collected(cell) and sampled(cell) for cell in cells):
        return says
    says += "\nA tick above a panel is a pass of the collector, a long one a full collection."
    if any(cell.gc == "auto" for cell in cells):
        says += " A bar at the right end is a peak between two samples, counted before a pass."
    return says


def _columns(result: Result) -> tuple[list[str], list[str]]:
    """The types to draw; all objects where few types change; and the types that never do."""
    series = [
        cell.series.types
        for cell in headline_cells(result).values()
        if cell.series is not None and sampled(cell)
    ]
    changing = [
        name
        for name in watched(result)
        if any(len(set(types.get(name, ()))) > 1 for types in series)
    ]
    constant = [name for name in watched(result) if name not in changing]
    return [*changing, ALL][:MOST_TYPES], constant


def _lines(name: str, cells: list[tuple[str, Cell]]) -> list[Line]:
    if name == ALL:
        return [_gained(variant, cell) for variant, cell in cells]
    lines = []
    for variant, cell in cells:
        counts = cell.series.types.get(name) if cell.series is not None else None
        span = span_of(cell, name)
        if cell.series is not None and counts and span is not None:
            ops = cell.series.ops[: len(counts)]
            lines.append(Line(variant, ops, counts, span.reached(cell.gc)))
    return lines


def _gained(variant: str, cell: Cell) -> Line:
    """All objects, less those that were there before the first operation."""
    assert cell.series is not None
    counts = [total - cell.series.total[0] for total in cell.series.total]
    return Line(variant, cell.series.ops, counts, counts[-1] if cell.gc == "off" else max(counts))


def _hides(lines: list[Line]) -> bool:
    """Whether one line is so high that a linear scale would lay the ones below on each other."""
    heights = [line.height for line in lines]
    if not heights:
        return False
    lowest, highest = min(heights), max(heights)
    return any(3 * (lowest + 1) < height < highest / 5 for height in heights)


def _falls(lines: list[Line]) -> bool:
    """Whether a line goes below 0, where a logarithmic scale has no place for it."""
    return any(min(line.counts) < 0 for line in lines)


def _panel(axes: Axes, lines: list[Line], table: dict[str, Look], logarithmic: bool) -> None:
    top = max([_LEAST_TOP, *(max(line.height, *line.counts) for line in lines)])
    for depth, line in enumerate(lines):
        step = max(len(line.counts) // 4, 1)
        look = table[line.variant]
        axes.plot(
            line.ops,
            line.counts,
            color=look.colour,
            linestyle=look.line,
            linewidth=2.6 - 0.5 * min(depth, 3),
            marker=look.mark,
            markersize=4.5,
            markevery=(step * (depth + 1) // (len(lines) + 1), step),
            clip_on=False,
            label=label(line.variant, 12),
            zorder=3 + depth,
        )
    axes.set_xlim(0, max([1, *(line.ops[-1] for line in lines)]))
    thousands(axes, "x", most=4)
    if logarithmic:
        axes.set_yscale("symlog", linthresh=1, linscale=0.4)
        powers = [10**power for power in range(len(str(top)))]
        axes.set_yticks([0, *powers], ["0", *map(count, powers)])
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylim(0, top * 1.3)
    else:
        axes.set_ylim(min(0.0, *(1.05 * min(line.counts) for line in lines)), top * 1.05)
        thousands(axes)
    _mark_peaks(axes, lines, table)
    _name_lines(axes, lines, table)


def _mark_peaks(axes: Axes, lines: list[Line], table: dict[str, Look]) -> None:
    """A bar where a line is named with a peak that none of its samples reaches."""
    for line in lines:
        if line.height > max(line.counts):
            colour = table[line.variant].colour
            end = axes.get_xlim()[1]
            axes.plot([0.955 * end, end], [line.height] * 2, color=colour, linewidth=2.2)


def _name_lines(axes: Axes, lines: list[Line], table: dict[str, Look]) -> None:
    """Each line's name and figure at its height, moved apart where lines meet."""
    to_axes = axes.transData + axes.transAxes.inverted()
    wanted = [float(to_axes.transform((0.0, line.height))[1]) for line in lines]
    for line, place in zip(lines, spread(wanted, _APART, 0.0, 0.96), strict=True):
        look, end, at = table[line.variant], (1.0, place), "axes fraction"
        note(axes, look.glyph, end, (6, 0), at, va="center", fontsize=8, color=look.colour)
        text = f"{count(line.height)} {short(line.variant, 11)}"
        note(axes, text, end, (17, 0), at, va="center", fontsize=7.5)

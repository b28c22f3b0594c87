"""Live objects over operations: a row for each collector mode, a column for each watched type."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from unknot.records import Cell, Result
from unknot.report.name import short_names
from unknot.report.number import count
from unknot.report.palette import Look, looks
from unknot.report.pictures.canvas import frame, label, note, panels, spread, thousands
from unknot.report.pictures.missing import sampled
from unknot.report.scenario import headline_cells, variants, watched
from unknot.report.tables.live import span_of

__all__ = ["MOST_TYPES", "draw_live"]

MOST_TYPES = 3
_MOST_VARIANTS = 7
_ROOM = 1.3
"""Inches right of each panel for the names of its lines."""
_LEAST_TOP = 10
"""A scale that ends lower would make much of an object or two."""
_APART = 0.12
"""The least distance between two names, in heights of the panel."""


def draw_live(result: Result) -> Figure:
    """The figure. At most three types and seven variants: more would not be readable."""
    cells = {key: cell for key, cell in headline_cells(result).items() if sampled(cell)}
    modes = list(dict.fromkeys(gc for gc, _ in cells))
    types = watched(result)[:MOST_TYPES]
    short = short_names(watched(result))
    table = looks(variants(result))
    figure = frame(result, "Live objects over operations", _says(result), 1.6 + 1.9 * len(modes))
    grid = panels(
        figure, len(modes), len(types), gap=(_ROOM + 0.45, 0.4), left=1.0, right=_ROOM, top=1.05
    )
    for row, gc in enumerate(modes):
        lines = [(variant, cell) for (mode, variant), cell in cells.items() if mode == gc]
        lines = lines[:_MOST_VARIANTS]
        logarithmic = any(_hides(_heights(name, lines)) for name in types)
        for column, name in enumerate(types):
            axes = grid[row][column]
            _panel(axes, name, lines, table, logarithmic)
            if row == 0:
                axes.set_title(label(short[name], 26), pad=12)
            if row == len(modes) - 1:
                axes.set_xlabel("operations")
            if column == 0:
                scale = ", log scale" if logarithmic else ""
                axes.set_ylabel(f"collector {gc}\nlive objects{scale}")
    return figure


def _says(result: Result) -> str:
    """What a line is, and what was left out."""
    left_out = []
    if (types := len(watched(result))) > MOST_TYPES:
        left_out.append(f"{MOST_TYPES} of {types} types")
    if (lines := len(variants(result))) > _MOST_VARIANTS:
        left_out.append(f"{_MOST_VARIANTS} of {lines} variants")
    shown = f" Shown: {', '.join(left_out)}." if left_out else ""
    return f"A line is a process, named with its last count (collector off) or peak (on).{shown}"


def _heights(name: str, lines: list[tuple[str, Cell]]) -> dict[str, int]:
    """The figure that each variant's line is named with."""
    spans = {variant: (span_of(cell, name), cell.gc) for variant, cell in lines}
    return {variant: span.reached(gc) for variant, (span, gc) in spans.items() if span is not None}


def _hides(heights: dict[str, int]) -> bool:
    """Whether one line is so high that a linear scale would lay the ones below on each other."""
    if not heights:
        return False
    lowest, highest = min(heights.values()), max(heights.values())
    return any(3 * (lowest + 1) < height < highest / 5 for height in heights.values())


def _panel(
    axes: Axes, name: str, lines: list[tuple[str, Cell]], table: dict[str, Look], logarithmic: bool
) -> None:
    heights = _heights(name, lines)
    top, last = max([_LEAST_TOP, *heights.values()]), 1
    for depth, (variant, cell) in enumerate(lines):
        counts = cell.series.types.get(name) if cell.series is not None else None
        if cell.series is None or not counts:
            continue
        ops = cell.series.ops[: len(counts)]
        step = max(len(counts) // 4, 1)
        look = table[variant]
        axes.plot(
            ops,
            counts,
            color=look.colour,
            linestyle=look.line,
            linewidth=2.6 - 0.5 * min(depth, 3),
            marker=look.mark,
            markersize=4.5,
            markevery=(step * (depth + 1) // (len(lines) + 1), step),
            clip_on=False,
            label=label(variant, 12),
            zorder=3 + depth,
        )
        top, last = max(top, *counts), max(last, ops[-1])
    axes.set_xlim(0, last)
    thousands(axes, "x", most=4)
    if logarithmic:
        axes.set_yscale("symlog", linthresh=1, linscale=0.4)
        powers = [10**power for power in range(len(str(top)))]
        axes.set_yticks([0, *powers], ["0", *map(count, powers)])
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_ylim(0, top * 1.3)
    else:
        axes.set_ylim(0, top * 1.05)
        thousands(axes)
    _name_lines(axes, heights, table)


def _name_lines(axes: Axes, heights: dict[str, int], table: dict[str, Look]) -> None:
    """Each line's name and figure at its height, moved apart where lines meet."""
    to_axes = axes.transData + axes.transAxes.inverted()
    wanted = [float(to_axes.transform((0.0, height))[1]) for height in heights.values()]
    for (variant, height), place in zip(
        heights.items(), spread(wanted, _APART, 0.0, 0.96), strict=True
    ):
        look, end, at = table[variant], (1.0, place), "axes fraction"
        note(axes, look.glyph, end, (6, 0), at, va="center", fontsize=8, color=look.colour)
        text = f"{count(height)} {label(variant, 11)}"
        note(axes, text, end, (17, 0), at, va="center", fontsize=7.5)

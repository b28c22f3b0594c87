"""Draws live objects over operations, and the passes of the collector with their pauses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from unknot.records import Cell, Collections, CollectorPass, Result
from unknot.report.cases import headline_cells, variants, watched
from unknot.report.figures import collected, sampled
from unknot.report.figures.canvas import (
    frame,
    label,
    marks,
    note,
    panels,
    short,
    shown,
    spread,
    thousands,
)
from unknot.report.palette import MUTED, Style, styles
from unknot.report.tables.live import ALL, span_of
from unknot.text import amount, count, duration, short_names

MOST_TYPES = 3
_MOST_VARIANTS = 7
_ROOM = 1.3
"""Inches right of each panel, for the names of its lines."""
_LEAST_TOP = 10
"""Lowest end of a scale, so that a few objects appear small."""
_APART = 0.12
"""Minimum distance between two names, as a share of the panel's height."""


class Samples(NamedTuple):
    """Live objects of one type in one process; ``height`` is the figure beside the name."""

    variant: str
    ops: list[int]
    counts: list[int]
    height: int


def draw_live(result: Result) -> Figure:
    """Live objects of at most three types and seven variants, by collector mode."""
    cells = {key: cell for key, cell in headline_cells(result).items() if sampled(cell)}
    modes = list(dict.fromkeys(gc for gc, _ in cells))
    types, _ = _columns(result)
    names = short_names(watched(result)) | {ALL: "all objects, gained since the start"}
    table = styles(variants(result))
    drawn = {
        gc: [(variant, cell) for (mode, variant), cell in cells.items() if mode == gc][
            :_MOST_VARIANTS
        ]
        for gc in modes
    }
    first, *rest = (passes_height(rows) for rows in drawn.values())
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
        lines = [_lines(name, drawn[gc]) for name in types]
        logarithmic = any(map(_hides, lines)) and not any(map(_falls, lines))
        for column, name in enumerate(types):
            axes = grid[row][column]
            _panel(axes, lines[column], table, logarithmic)
            draw_passes(axes, drawn[gc], table, named=column == 0)
            if row == 0:
                axes.set_title(label(names[name], 36 if name == ALL else 26), pad=12 + 72 * first)
            if row == len(modes) - 1:
                axes.set_xlabel("operations")
            if column == 0:
                scale = ", log scale" if logarithmic else ""
                axes.set_ylabel(f"collector {gc}\nlive objects{scale}")
    return figure


def _says(result: Result) -> str:
    """Explains lines and ticks, and says what was left out."""
    left_out = []
    _, constant = _columns(result)
    if (types := len(watched(result)) - len(constant)) > MOST_TYPES:
        left_out.append(f"{MOST_TYPES} of {types} types")
    if (lines := len(variants(result))) > _MOST_VARIANTS:
        left_out.append(f"{_MOST_VARIANTS} of {lines} variants")
    said = f" Shown: {', '.join(left_out)}." if left_out else ""
    names = short_names(watched(result))
    if constant:
        said += f" No change of: {', '.join(label(names[name], 20) for name in constant[:2])}"
        said += f" and {len(constant) - 2} more." if len(constant) > 2 else "."
    says = f"A line is a process, named with its last count (collector off) or peak (on).{said}"
    cells = headline_cells(result).values()
    if not any(collected(cell) and sampled(cell) for cell in cells):
        return says
    says += "\nA tick above a panel is a pass of the collector, a long one a full collection."
    if any(cell.gc == "auto" for cell in cells):
        says += " A bar at the right end is a peak between two samples, counted before a pass."
    return says


def _columns(result: Result) -> tuple[list[str], list[str]]:
    """The types to draw, with all objects if few types change, and the types that never change."""
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
    constant = [
        name
        for name in watched(result)
        if name not in changing and any(any(types.get(name, ())) for types in series)
    ]
    return [*changing, ALL][:MOST_TYPES], constant


def _lines(name: str, cells: list[tuple[str, Cell]]) -> list[Samples]:
    if name == ALL:
        return [_gained(variant, cell) for variant, cell in cells]
    lines = []
    for variant, cell in cells:
        counts = cell.series.types.get(name) if cell.series is not None else None
        span = span_of(cell, name)
        if cell.series is not None and counts and span is not None:
            ops = cell.series.ops[: len(counts)]
            lines.append(Samples(variant, ops, counts, span.reached(cell.gc)))
    return lines


def _gained(variant: str, cell: Cell) -> Samples:
    """All objects gained since the first sample."""
    assert cell.series is not None
    counts = [total - cell.series.total[0] for total in cell.series.total]
    return Samples(
        variant, cell.series.ops, counts, counts[-1] if cell.gc == "off" else max(counts)
    )


def _hides(lines: list[Samples]) -> bool:
    """Whether a linear scale could not distinguish the lower lines."""
    heights = [line.height for line in lines]
    if not heights:
        return False
    lowest, highest = min(heights), max(heights)
    return any(3 * (lowest + 1) < height < highest / 5 for height in heights)


def _falls(lines: list[Samples]) -> bool:
    """Whether a line goes below 0, which a logarithmic scale cannot show."""
    return any(min(line.counts) < 0 for line in lines)


def _panel(axes: Axes, lines: list[Samples], table: dict[str, Style], logarithmic: bool) -> None:
    top = max([_LEAST_TOP, *(max(line.height, *line.counts) for line in lines)])
    for depth, line in enumerate(lines):
        step = max(len(line.counts) // 4, 1)
        style = table[line.variant]
        axes.plot(
            line.ops,
            line.counts,
            color=style.colour,
            linestyle=style.line,
            linewidth=2.6 - 0.5 * min(depth, 3),
            marker=style.mark,
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


def _mark_peaks(axes: Axes, lines: list[Samples], table: dict[str, Style]) -> None:
    """Draws a bar at a peak that no sample reaches."""
    for line in lines:
        if line.height > max(line.counts):
            colour = table[line.variant].colour
            end = axes.get_xlim()[1]
            axes.plot([0.955 * end, end], [line.height] * 2, color=colour, linewidth=2.2)


def _name_lines(axes: Axes, lines: list[Samples], table: dict[str, Style]) -> None:
    """Draws each line's name and figure at its height, moved apart if they would overlap."""
    to_axes = axes.transData + axes.transAxes.inverted()
    wanted = [float(to_axes.transform((0.0, line.height))[1]) for line in lines]
    for line, place in zip(lines, spread(wanted, _APART, 0.0, 0.96), strict=True):
        style, end, at = table[line.variant], (1.0, place), "axes fraction"
        note(axes, style.glyph, end, (6, 0), at, va="center", fontsize=8, color=style.colour)
        text = f"{count(line.height)} {short(line.variant, 11)}"
        note(axes, text, end, (17, 0), at, va="center", fontsize=7.5)


_LINE = 0.12
"""Inches between the ticks of two variants."""
_FIRST = 0.1
"""Inches from the panel's top to the middle of the lowest ticks."""
_SHORT, _LONG = 3.5, 7.5
"""Lengths in points of the ticks of a young and of a full collection."""


def passes_height(cells: Sequence[tuple[str, Cell]]) -> float:
    """Height in inches of the ticks above a panel."""
    lines = sum(collected(cell) for _, cell in cells)
    return _FIRST + _LINE * lines if lines else 0.0


def draw_passes(
    axes: Axes, cells: Sequence[tuple[str, Cell]], table: dict[str, Style], named: bool
) -> None:
    """Draws a tick for each pass; with ``named``, the variants' marks left of them."""
    logged = [(variant, cell) for variant, cell in cells if collected(cell)]
    inches = axes.figure.dpi_scale_trans
    for line, (variant, cell) in enumerate(reversed(logged)):
        assert cell.collections is not None
        style = table[variant]
        height = _FIRST + _LINE * line
        above = blended_transform_factory(axes.transData, axes.transAxes) + ScaledTranslation(
            0, height, inches
        )
        for passes, length in zip(_by_age(cell.collections), (_SHORT, _LONG), strict=True):
            ops = [one.ops for one in passes]
            axes.add_line(
                Line2D(
                    ops,
                    [1.0] * len(ops),
                    linestyle="none",
                    marker="|",
                    markersize=length,
                    markeredgewidth=1.1,
                    color=style.colour,
                    transform=above,
                    clip_on=False,
                )
            )
        if named:
            place = (-8, 72 * height)
            note(
                axes, style.glyph, (0, 1), place, "axes fraction",
                ha="right", va="center", fontsize=6.5, color=style.colour,
            )  # fmt: skip
    if named and logged:
        place = (-20, 72 * (_FIRST + _LINE * (len(logged) - 1) / 2))
        note(
            axes, "passes", (0, 1), place, "axes fraction",
            ha="right", va="center", fontsize=7, color=MUTED,
        )  # fmt: skip


_MOST_COLUMNS = 4
_MILLI = 1e3


def draw_pauses(result: Result) -> Figure:
    """Pauses by collector mode and variant, of at most four variants."""
    cells = headline_cells(result)
    drawn = [key for key, cell in cells.items() if collected(cell)]
    modes = list(dict.fromkeys(gc for gc, _ in drawn))
    names = [name for name in variants(result) if any(name == one for _, one in drawn)]
    left_out = shown(_MOST_COLUMNS, len(names), "variants")
    names = names[:_MOST_COLUMNS]
    table = styles(variants(result))
    says = f"A stem is a pass, as high as its pause; filled marks are full collections.{left_out}"
    figure = frame(result, "Collector passes", says, height=1.3 + 2.1 * len(modes))
    grid = panels(figure, len(modes), len(names), gap=(0.35, 0.65), left=1.0, top=1.3)
    for row, gc in enumerate(modes):
        there = [cells[gc, name].collections for name in names if (gc, name) in cells]
        longest = max(one.pause_max_s for one in there if one is not None) * _MILLI
        for column, name in enumerate(names):
            axes = grid[row][column]
            axes.set_ylim(0, longest * 1.1 or 1)
            _pauses_panel(axes, cells.get((gc, name)), table[name])
            axes.tick_params(labelleft=column == 0)
            if row == 0:
                title = short(name, 52 // len(names))
                axes.set_title(f"{table[name].glyph} {title}", pad=32, color=table[name].colour)
            if column == 0:
                axes.set_ylabel(f"collector {gc}\npause, ms")
            if row == len(modes) - 1:
                axes.set_xlabel("operations")
    return figure


def _pauses_panel(axes: Axes, cell: Cell | None, style: Style) -> None:
    if cell is None or cell.collections is None or not cell.collections.log:
        why = "no pass" if cell is not None and cell.collections is not None else "not measured"
        axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", color=MUTED)
        axes.set_xticks([])
        return
    _stems(axes, cell.collections, style)
    axes.set_xlim(0, max(cell.ops, *(one.ops for one in cell.collections.log)))
    thousands(axes, "x", most=4)


def _stems(axes: Axes, collections: Collections, style: Style) -> None:
    ops = [one.ops for one in collections.log]
    pauses = [one.pause_s * _MILLI for one in collections.log]
    axes.vlines(ops, 0, pauses, color=style.colour, linewidth=1.0, clip_on=False)
    for full, some in zip((False, True), _by_age(collections), strict=True):
        places = [one.ops for one in some], [one.pause_s * _MILLI for one in some]
        marks(axes, places, style.colour, style.mark, 5 if full else 3.5, filled=full)
    passes = amount(collections.passes, "pass", "es")
    total, longest = duration(collections.pause_total_s), duration(collections.pause_max_s)
    text = f"{passes}, {total} in all\nlongest {longest}"
    note(axes, text, (0, 1), (0, 6), "axes fraction", fontsize=8, linespacing=1.3)


def _by_age(collections: Collections) -> tuple[list[CollectorPass], list[CollectorPass]]:
    """The passes over young objects, and the full collections."""
    oldest = len(collections.passes_by_generation) - 1
    full = [one for one in collections.log if one.generation >= oldest]
    return [one for one in collections.log if one.generation < oldest], full

"""Collector passes: each a stem at its operation, as high as its pause was long."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from unknot.records import Cell, Collections, Result
from unknot.report.number import amount, duration
from unknot.report.palette import MUTED, Look, looks
from unknot.report.pictures.canvas import frame, note, panels, short, thousands
from unknot.report.pictures.missing import collected
from unknot.report.scenario import headline_cells, variants

__all__ = ["draw_pauses"]

_MOST_VARIANTS = 4
_MILLI = 1e3


def draw_pauses(result: Result) -> Figure:
    """The figure: a row for each collector mode, a column for each variant, at most four."""
    cells = headline_cells(result)
    drawn = [key for key, cell in cells.items() if collected(cell)]
    modes = list(dict.fromkeys(gc for gc, _ in drawn))
    names = [name for name in variants(result) if any(name == one for _, one in drawn)]
    left_out = f" Shown: {_MOST_VARIANTS} of {len(names)} variants." * (len(names) > _MOST_VARIANTS)
    names = names[:_MOST_VARIANTS]
    table = looks(variants(result))
    says = f"A stem is a pass, as high as its pause; filled marks are full collections.{left_out}"
    figure = frame(result, "Collector passes", says, height=1.3 + 2.1 * len(modes))
    grid = panels(figure, len(modes), len(names), gap=(0.35, 0.65), left=1.0, top=1.3)
    for row, gc in enumerate(modes):
        shown = [cells[gc, name].collections for name in names if (gc, name) in cells]
        longest = max(one.pause_max_s for one in shown if one is not None) * _MILLI
        for column, name in enumerate(names):
            axes = grid[row][column]
            axes.set_ylim(0, longest * 1.1 or 1)
            _panel(axes, cells.get((gc, name)), table[name])
            axes.tick_params(labelleft=column == 0)
            if row == 0:
                title = short(name, 52 // len(names))
                axes.set_title(f"{table[name].glyph} {title}", pad=32, color=table[name].colour)
            if column == 0:
                axes.set_ylabel(f"collector {gc}\npause, ms")
            if row == len(modes) - 1:
                axes.set_xlabel("operations")
    return figure


def _panel(axes: Axes, cell: Cell | None, look: Look) -> None:
    if cell is None or cell.collections is None or not cell.collections.log:
        why = "no pass" if cell is not None and cell.collections is not None else "not measured"
        axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", color=MUTED)
        axes.set_xticks([])
        return
    _stems(axes, cell.collections, look)
    axes.set_xlim(0, max(cell.ops, *(one.ops for one in cell.collections.log)))
    thousands(axes, "x", most=4)


def _stems(axes: Axes, collections: Collections, look: Look) -> None:
    ops = [one.ops for one in collections.log]
    pauses = [one.pause_s * _MILLI for one in collections.log]
    oldest = len(collections.passes_by_generation) - 1
    axes.vlines(ops, 0, pauses, color=look.colour, linewidth=1.0, clip_on=False)
    for full in (False, True):
        chosen = [i for i, one in enumerate(collections.log) if (one.generation >= oldest) == full]
        axes.plot(
            [ops[i] for i in chosen],
            [pauses[i] for i in chosen],
            linestyle="none",
            marker=look.mark,
            markersize=5 if full else 3.5,
            color=look.colour,
            markerfacecolor=look.colour if full else "white",
            clip_on=False,
            zorder=3,
        )
    passes = amount(collections.passes, "pass", "es")
    total, longest = duration(collections.pause_total_s), duration(collections.pause_max_s)
    text = f"{passes}, {total} in all\nlongest {longest}"
    note(axes, text, (0, 1), (0, 6), "axes fraction", fontsize=8, linespacing=1.3)

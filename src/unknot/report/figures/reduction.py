"""x"""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from unknot.records import Comparison, Result
from unknot.report.cases import headline_comparisons, variants
from unknot.report.figures.canvas import frame, label, note, panels
from unknot.report.palette import GRID, MUTED, Look, looks
from unknot.report.tables.live import claim_for, ratio_text
from unknot.text import count, ratio, short_names

_MOST_PAIRS = 2
_MOST_ROWS = 24
_ROOM = 1.0
"""Inches right of each panel for the ratios."""
_ZERO = 0.5
"""Where a count of 0 is drawn: a logarithmic scale has no place for it."""


def draw_reduction(result: Result, claims: Mapping[str, float]) -> Figure:
    """The figure: a panel for each pair of variants, a row for each mode and type."""
    comparisons = headline_comparisons(result)
    pairs = list(dict.fromkeys(map(_pair, comparisons)))[:_MOST_PAIRS]
    rows = list(dict.fromkeys((one.gc, one.type) for one in comparisons))[:_MOST_ROWS]
    short = short_names(dict.fromkeys(name for _, name in rows))
    names = [f"{gc} · {label(short[name], 18)}" for gc, name in rows]
    figure = frame(
        result,
        "The reduction",
        "Live objects after the same work: at the end with the collector off, at the peak with it "
        "on. Equal distance is equal ratio.",
        height=1.85 + 0.36 * len(rows),
    )
    left = 0.35 + 0.075 * max(map(len, names))
    grid = panels(figure, 1, len(pairs), gap=(_ROOM + 0.1, 0.0), left=left, right=_ROOM)[0]
    counts = [live for one in comparisons for live in (one.baseline_live, one.candidate_live)]
    for axes, pair in zip(grid, pairs, strict=True):
        _scale(axes, min(counts), max(counts))
        axes.set_title(f"{label(pair[0], 18)} over {label(pair[1], 18)}", pad=8)
        axes.set_yticks(range(len(rows)), names if axes is grid[0] else [""] * len(rows))
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        for i in range(1, len(rows)):
            if rows[i][0] != rows[i - 1][0]:
                axes.axhline(i - 0.5, color=MUTED, linewidth=0.8)
        for one in comparisons:
            if _pair(one) == pair and (one.gc, one.type) in rows:
                claim = claim_for(one, result, claims)
                _row(axes, rows.index((one.gc, one.type)), one, looks(variants(result)), claim)
    return figure


def _pair(comparison: Comparison) -> tuple[str, str]:
    return comparison.baseline, comparison.candidate


def _scale(axes: Axes, lowest: int, highest: int) -> None:
    """A logarithmic axis of powers of ten; where there is a 0, with a place for it at the left."""
    low, high = float(lowest or _ZERO), float(max(highest, 10))
    room = math.log10(high / low)
    low, high = low / 10 ** (0.14 * room), high * 10 ** (0.2 * room)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    powers = [10**power for power in range(12) if low <= 10**power <= high]
    ticks = [*([_ZERO] if lowest == 0 else []), *powers]
    axes.set_xticks(ticks, ["0" if tick == _ZERO else count(int(tick)) for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(visible=True, axis="x", color=GRID)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("live objects, logarithmic scale")


def _row(
    axes: Axes, row: int, comparison: Comparison, table: dict[str, Look], claim: float | None
) -> None:
    few, many = comparison.candidate_live, comparison.baseline_live
    axes.plot([few or _ZERO, many or _ZERO], [row, row], color=MUTED, linewidth=1.4, zorder=2)
    _end(axes, row, table[comparison.baseline], many, left=many < few)
    _end(axes, row, table[comparison.candidate], few, left=many >= few)
    beside, text = ("axes fraction", "data"), ratio_text(comparison)
    up = 4 if claim is not None else 0
    note(axes, text, (1, row), (6, up), beside, va="center", fontsize=9.5, fontweight="bold")
    if claim is not None:
        text = f"claimed {ratio(claim)}"
        note(axes, text, (1, row), (6, -8), beside, va="center", fontsize=7.5, color=MUTED)


def _end(axes: Axes, row: int, look: Look, live: int, left: bool) -> None:
    """One side's mark, with its count away from the other's."""
    place = live or _ZERO
    axes.plot([place], [row], color=look.colour, marker=look.mark, markersize=7, zorder=3)
    side = "right" if left else "left"
    note(axes, count(live), (place, row), (-7 if left else 7, 0), ha=side, va="center", fontsize=8)

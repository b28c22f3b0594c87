"""x"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from unknot.records import Difference, Result
from unknot.report.cases import case_words, variants
from unknot.report.figures.canvas import frame, label, note, panels
from unknot.report.palette import FOREGROUND, GRID, MUTED, Look, looks
from unknot.report.tables.differences import OBJECTS, object_changes
from unknot.text import rate, ratio, short_names

_MOST = 16
_WIDE = 30.0
"""Objects per operation, above which a linear axis would lay the small changes on 0."""


def draw_differences(result: Result) -> Figure:
    """The figure: at most 16 rows, those that changed most."""
    every, cells = object_changes(result)
    rows = every[:_MOST]
    one = rows[0]
    table = looks(list(dict.fromkeys([*variants(result), one.baseline, one.candidate])))
    short = short_names(row.name for row in rows if row.subject == "type")
    names = [_name(row, short) for row in rows]
    left_out = f" Shown: {len(rows)} of {len(every)} changes." * (len(every) > len(rows))
    left_out += f" {cells} cells changed, this is one of them." * (cells > 1)
    figure = frame(
        result,
        "What changed",
        f"Objects that one operation leaves behind: {label(case_words(one), 40)}, "
        f"collector {one.gc}.{left_out}",
        height=1.9 + 0.32 * len(rows),
    )
    left = 0.5 + 0.073 * max(map(len, names))
    axes = panels(figure, 1, 1, left=left, right=1.35, top=1.1)[0][0]
    _scale(axes, max(max(row.before, row.after) for row in rows))
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0, pad=9)
    for number, row in enumerate(rows):
        _row(axes, number, row, table)
    _legend(figure, one, table)
    return figure


def _name(one: Difference, short: dict[str, str]) -> str:
    what = "all objects" if one.subject == "total" else label(short[one.name], 30)
    return f"{what}, {OBJECTS[one.measure]}"


def _scale(axes: Axes, longest: float) -> None:
    """Linear; of powers of ten beyond 1 where the changes are of very different size."""
    end = max(longest, 1.0) * 1.1
    if end > _WIDE:
        axes.set_xscale("symlog", linthresh=1, linscale=0.5)
        ticks: Sequence[float] = [0, *(10.0**power for power in range(12) if 10**power <= end)]
    else:
        ticks = [float(tick) for tick in MaxNLocator(6).tick_values(0, end) if 0 <= tick <= end]
    axes.set_xlim(0, end * (1.5 if end > _WIDE else 1.05))
    axes.xaxis.set_major_locator(FixedLocator(list(ticks)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: rate(value)))
    scale = ", logarithmic above 1" * (end > _WIDE)
    axes.set_xlabel(f"objects per operation{scale}")
    axes.grid(visible=True, axis="x", color=GRID)
    axes.grid(visible=False, axis="y")


def _row(axes: Axes, row: int, one: Difference, table: dict[str, Look]) -> None:
    before, after = max(one.before, 0.0), max(one.after, 0.0)
    axes.plot([before, after], [row, row], color=MUTED, linewidth=1.4, zorder=2)
    for end, name, fill in ((before, one.baseline, False), (after, one.candidate, True)):
        look = table[name]
        axes.plot(
            [end],
            [row],
            marker=look.mark,
            markersize=7,
            color=look.colour,
            markerfacecolor=look.colour if fill else "white",
            clip_on=False,
            zorder=3,
        )
    beside = ("axes fraction", "data")
    change = f" = {ratio(one.ratio)}" if one.ratio and one.change in ("less", "more") else ""
    weight = "bold" if one.worse else "normal"
    text = f"{rate(one.before)} → {rate(one.after)}{change}"
    place = {"va": "center", "fontsize": 8.5, "fontweight": weight}
    note(axes, text, (1, row), (8, 0), beside, color=FOREGROUND, **place)


def _legend(figure: Figure, one: Difference, table: dict[str, Look]) -> None:
    """Which end is which, below the title."""
    marks = [
        Line2D([], [], linestyle="none", color=look.colour, marker=look.mark, markerfacecolor=fill)
        for look, fill in (
            (table[one.baseline], "white"),
            (table[one.candidate], table[one.candidate].colour),
        )
    ]
    said = [f"before: {label(one.baseline, 48)}", f"after: {label(one.candidate, 48)}"]
    place = (0.3 / figure.get_figwidth(), 1 - 0.66 / figure.get_figheight())
    figure.legend(
        marks, said, loc="upper left", bbox_to_anchor=place, ncols=2, frameon=False, borderaxespad=0
    )

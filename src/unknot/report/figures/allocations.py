"""x"""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from unknot.records import Allocations, Result, Site
from unknot.report.cases import variants
from unknot.report.figures.canvas import frame, label, note, panels
from unknot.report.palette import GRID, Look, looks
from unknot.report.tables.allocations import place
from unknot.text import rate, size

_MOST_PLACES = 10
_MOST_VARIANTS = 4
_APART = 0.2
"""Between two variants in a row, where a row is 1 high."""

_Place = tuple[str, int, str]


def draw_allocations(result: Result) -> Figure:
    """The figure: a row for each place, in it a bar for each variant, at most four."""
    traced = [one for one in result.allocations if one.error is None]
    drawn = traced[:_MOST_VARIANTS]
    table = looks(list(dict.fromkeys([*variants(result), *(one.variant for one in traced)])))
    left = [{_place(site): site for site in one.left} for one in drawn]
    most = {key: max(_bytes(sites, key) for sites in left) for sites in left for key in sites}
    rows = sorted(most, key=lambda key: (-most[key], key))[:_MOST_PLACES]
    shown = {_place(site): _row_name(site) for one in drawn for site in one.left}
    left_out = f" Shown: {len(drawn)} of {len(traced)} variants." * (len(traced) > len(drawn))
    figure = frame(
        result,
        "Allocations",
        "What one operation allocates and leaves behind, collector off, by place (memray)."
        + left_out,
        height=2.0 + (0.16 + 0.14 * len(drawn)) * len(rows),
    )
    margin = 0.4 + 0.08 * max(len(shown[key]) for key in rows)
    axes = panels(figure, 1, 1, left=margin, right=1.0, top=1.2)[0][0]
    for number, (one, sites) in enumerate(zip(drawn, left, strict=True)):
        shift = (number - (len(drawn) - 1) / 2) * _APART
        for row, key in enumerate(rows):
            _bar(axes, row + shift, _bytes(sites, key), table[one.variant])
    _scale(axes, max(most[key] for key in rows))
    axes.set_yticks(range(len(rows)), [shown[key] for key in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    _legend(figure, drawn, table)
    return figure


def _place(site: Site) -> _Place:
    return site.file, site.line, site.function


def _row_name(site: Site) -> str:
    return f"{label(site.function, 20)}  {label(place(site, 34).text, 34)}"


def _bytes(sites: dict[_Place, Site], key: _Place) -> float:
    return sites[key].bytes_per_op if key in sites else 0.0


def _bar(axes: Axes, height: float, octets: float, look: Look) -> None:
    axes.hlines(height, 0, octets, color=look.colour, linewidth=3.0)
    axes.plot([octets], [height], color=look.colour, marker=look.mark, markersize=5, clip_on=False)
    text = rate(round(octets)) if octets >= 1 else rate(octets)
    note(axes, text, (octets, height), (6, 0), va="center", fontsize=7.5)


def _scale(axes: Axes, longest: float) -> None:
    end = longest * 1.02 or 1.0
    ticks = [tick for tick in MaxNLocator(5).tick_values(0, end) if tick <= end]
    axes.set_xlim(0, end)
    axes.set_xticks(ticks, [rate(tick) for tick in ticks])
    axes.set_xlabel("bytes per operation")
    axes.grid(visible=True, axis="x", color=GRID)
    axes.grid(visible=False, axis="y")


def _legend(figure: Figure, drawn: list[Allocations], table: dict[str, Look]) -> None:
    """Each variant with what it leaves in all, below the title."""
    marks = [
        Line2D([], [], color=table[one.variant].colour, marker=table[one.variant].mark)
        for one in drawn
    ]
    said = [
        f"{label(one.variant, 24)}: {size(round(one.left_bytes / max(one.ops, 1)))} per operation"
        for one in drawn
    ]
    top = 1 - 0.6 / figure.get_figheight()
    figure.legend(marks, said, loc="upper left", bbox_to_anchor=(0.02, top), ncols=2, frameon=False)

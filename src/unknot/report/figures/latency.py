"""Draws the time of an operation: a panel for each collector mode, a row for each variant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from unknot.records import Latency, Result
from unknot.report.cases import MODES, case_words, variants
from unknot.report.figures.canvas import (
    Scale,
    beside,
    frame,
    label,
    marks,
    panels,
    scale_of,
    short,
    shown,
)
from unknot.report.palette import FOREGROUND, MUTED, Style, styles
from unknot.report.tables.times import headline_latencies, processes, speed, timed_cases
from unknot.text import duration

_MOST_VARIANTS = 7
_ROW, _FEW, _LOW_ROW = 0.5, 4, 0.4
"""Height of a row in inches, and of a lower one if there are more variants than a few."""
_LEFT, _RIGHT = 1.95, 3.0
"""Room beside the panels in inches."""
_BAND = 0.8
"""Share of a row's height that its marks use."""


def draw_latency(result: Result) -> Figure:
    """All values as dots, a line per process, for at most seven variants."""
    latencies = headline_latencies(result)
    modes = [mode for mode in MODES if any(one.gc == mode for one in latencies)]
    names = [name for name in variants(result) if any(one.variant == name for one in latencies)]
    names, every = names[:_MOST_VARIANTS], len(names)
    high = _ROW if len(names) <= _FEW else _LOW_ROW
    latencies = [one for one in latencies if one.variant in names]
    left_out = shown(len(names), every, "variants")
    if (cases := len(timed_cases(result))) > 1:
        left_out += f" Shown: {label(case_words(latencies[0]), 40)}, 1 of {cases} cases."
    figure = frame(
        result,
        "Time of one operation",
        f"{_says(latencies)}\n{_tells(latencies)}{left_out}",
        height=1.75 + len(modes) * (high * len(names) + 0.6),
    )
    grid = panels(figure, len(modes), 1, gap=(0.0, 0.6), left=_LEFT, right=_RIGHT, top=1.2)
    scale = scale_of(
        [one for latency in latencies for one in _reach(latency)], _UNITS, " per operation"
    )
    table = styles(variants(result))
    for gc, [axes] in zip(modes, grid, strict=True):
        found = {one.variant: one for one in latencies if one.gc == gc}
        axes.set_title(f"collector {gc}", pad=6)
        scale.apply(axes)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlabel(scale.words if gc == modes[-1] else "")
        references = {one.reference for one in found.values()}
        for row, name in enumerate(names):
            _name(axes, row, name, table[name])
            if name in found:
                _row(axes, row, found[name], table[name], scale, name in references)
            else:
                beside(axes, "not timed", row, (8, 0), color=MUTED)
    return figure


_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def _says(latencies: Sequence[Latency]) -> str:
    """Explains the marks that are drawn."""
    marks = ["Black line: the mean. Grey: ± standard deviation."]
    if any(one.process_means_s for one in latencies):
        marks.insert(0, "Mark: the mean of a process.")
    if any(one.values_s for one in latencies):
        marks.insert(0, "Dot: a value, the mean of many operations in turn.")
    else:
        marks.append("Single values were not kept.")
    return " ".join(marks)


def _tells(latencies: Sequence[Latency]) -> str:
    """Explains the words beside the panels."""
    if all(one.reference is None for one in latencies):
        return "Nothing was timed beside it."
    return "Significant: by a t-test at 95 % over the means of processes."


def _reach(latency: Latency) -> list[float]:
    """All times that must be on the axis."""
    mean, spread = latency.mean_s, latency.stdev_s
    return [mean, max(mean - spread, 0.0), mean + spread, *latency.values_s]


def _name(axes: Axes, row: int, name: str, style: Style) -> None:
    beside(axes, short(name, 18), row, (-20, 0), fontsize=9)
    beside(axes, style.glyph, row, (-7, 0), fontsize=9, color=style.colour)


def _row(
    axes: Axes, row: int, latency: Latency, style: Style, scale: Scale, reference: bool
) -> None:
    mean, deviation = latency.mean_s / scale.size, latency.stdev_s / scale.size
    half = _BAND / 2
    reach = (max(mean - deviation, 0.0), mean + deviation)
    axes.fill_betweenx([row - half, row + half], *reach, color="#e4e4e4", linewidth=0, zorder=1)
    _dots(axes, row, latency, style, scale)
    axes.vlines(mean, row - half, row + half, color=FOREGROUND, linewidth=1.6, zorder=5)
    said = f"{duration(latency.mean_s)} ± {duration(latency.stdev_s)}"
    words = label(speed(latency, 14) or "the others' reference" * reference, 60)
    beside(axes, said, row, (10, 6 if words else 0), fontsize=9, fontweight="bold")
    beside(axes, words, row, (10, -6), fontsize=8)


def _dots(axes: Axes, row: int, latency: Latency, style: Style, scale: Scale) -> None:
    """Draws a line of dots for each process, with its mean."""
    parts = processes(latency)
    means = latency.process_means_s
    lines = max(len(parts), len(means), 1)
    step = _BAND / lines
    heights = [row - _BAND / 2 + step * (line + 0.5) for line in range(lines)]
    small = min(4.0, 0.9 * step * _LOW_ROW * 72)
    for height, part in zip(heights, parts, strict=False):
        places = [value / scale.size for value in part], [height] * len(part)
        marks(axes, places, style.colour, "o", 0.7 * small, filled=False, markeredgewidth=0.8)
    if not means:
        return
    at = heights if len(heights) == len(means) else [float(row)] * len(means)
    edge: dict[str, Any] = {
        "markeredgecolor": FOREGROUND,
        "markeredgewidth": 0.6,
        "zorder": 4,
    }
    places = [value / scale.size for value in means], at
    marks(axes, places, style.colour, style.mark, max(1.35 * small, 4.0), **edge)

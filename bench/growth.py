"""The picture of how an instrument's cost and memory grow with the amount of garbage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from unknot.report.figures.canvas import WIDTH, note, panels, spread
from unknot.report.palette import FOREGROUND, MUTED, styles

__all__ = ["Curve", "draw_growth"]

HEIGHT = 5.0

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Curve:
    """What one instrument took, by number of garbage objects."""

    seconds: Points
    added: Points
    """Bytes."""


def draw_growth(curves: Mapping[str, Curve], guide: str, subtitle: str) -> Figure:
    """Cost and memory over size, both axes logarithmic; lines of slope 1 start at ``guide``'s."""
    figure = Figure(figsize=(WIDTH, HEIGHT))
    FigureCanvasAgg(figure)
    left = 0.3 / WIDTH
    title = "What looking for reference cycles costs, by the amount of garbage"
    figure.text(left, 1 - 0.16 / HEIGHT, title, fontsize=13, fontweight="bold", va="top")
    figure.text(left, 1 - 0.43 / HEIGHT, subtitle, fontsize=9, color=MUTED, va="top")
    [[cost, memory]] = panels(figure, 1, 2, gap=(2.75, 0.0), right=2.0)
    seconds = {name: curve.seconds for name, curve in curves.items()}
    added = {
        name: [(size, max(value, 1e5) / 1e6) for size, value in curve.added]
        for name, curve in curves.items()
    }
    _draw(cost, seconds, guide, "Seconds, median", _seconds)
    _draw(memory, added, guide, "Peak memory above the heap, MB, median", _megabytes)
    return figure


def _draw(
    axes: Axes, lines: Mapping[str, Points], guide: str, title: str, unit: FuncFormatter
) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(title)
    axes.set_xlabel("garbage objects; thin dots: linear, slope 1")
    sizes = sorted({size for points in lines.values() for size, _ in points})
    axes.xaxis.set_major_locator(FixedLocator(sizes))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_count))
    axes.yaxis.set_major_locator(LogLocator(numticks=12))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(unit)
    _draw_guide(axes, lines[guide])
    for name, look in styles(list(lines)).items():
        points = lines[name]
        axes.plot(
            [size for size, _ in points],
            [value for _, value in points],
            color=look.colour,
            linestyle=look.line,
            marker=look.mark,
            markersize=5,
            linewidth=1.8,
            clip_on=False,
        )
    _label(axes, lines)


def _draw_guide(axes: Axes, points: Points) -> None:
    """A line of slope 1 through the first of ``points``, well below."""
    first, value = points[0]
    last = points[-1][0]
    ends = [(first, value * 0.35), (last, value * 0.35 * last / first)]
    axes.plot(*zip(*ends, strict=True), color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))


def _label(axes: Axes, lines: Mapping[str, Points]) -> None:
    """Names at the right edge, beside where the lines end, apart from each other."""
    axes.figure.canvas.draw()  # the scales are known only then
    ends = {name: points[-1] for name, points in lines.items()}
    right = max(size for size, _ in ends.values())
    box = axes.get_window_extent()
    wanted = [(axes.transData.transform(end)[1] - box.y0) / box.height for end in ends.values()]
    places = spread(wanted, 0.055, 0.0, 1.0)
    table = styles(list(lines))
    for (name, (size, _)), place in zip(ends.items(), places, strict=True):
        look = table[name]
        text = (
            f"{look.glyph} {name}" if size == right else f"{look.glyph} {name}, to {_count(size)}"
        )
        note(
            axes,
            text,
            (1.0, place),
            (9, 0),
            "axes fraction",
            color=FOREGROUND if look.colour == FOREGROUND else look.colour,
            fontsize=8.5,
            fontweight="bold",
            va="center",
        )


def _count(size: float, _position: int | None = None) -> str:
    return f"{size / 1e6:g} M" if size >= 1e6 else f"{size / 1e3:g} k"


@FuncFormatter
def _seconds(value: float, _position: int | None) -> str:
    return f"{value:g} s" if value >= 1 else f"{value * 1e3:g} ms"


@FuncFormatter
def _megabytes(value: float, _position: int | None) -> str:
    return f"{value:,g} MB"

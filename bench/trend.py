"""Draws a history: the times of unknot's commands and instruments, run after run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from bench.commands import CELL, CLEAN, CYCLIC, LINE, MIXED
from bench.history import Record, Row
from unknot.report.figures.canvas import WIDTH, note, panels, spread
from unknot.report.palette import MUTED, styles

__all__ = ["RATIOS", "SECONDS", "Line", "draw_trend", "points_of"]

HEIGHT = 4.6
SHOWN = 24
"""Maximum number of records; of a longer history, the last ones are drawn."""
LABELS = 8
"""Maximum number of records labelled with date and commit."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the records, identified by its name and the start of its task."""

    label: str
    task: str
    name: str
    inverse: bool = False
    """Whether to invert the ratio: the row has the peer's time as a multiple of unknot's."""

    def value(self, row: Row, *, seconds: bool) -> float | None:
        if seconds or row.ratio is None:
            return row.seconds if seconds else None
        return 1 / row.ratio if self.inverse else row.ratio


SECONDS = (
    Line("unknot run, one cycle", CELL, "unknot run, one cycle"),
    Line("unknot run, clean", CELL, "unknot run, clean"),
    Line("--help", LINE, "unknot --help"),
    Line("--version", LINE, "unknot --version"),
)
RATIOS = (
    Line("30 cyclic tests", CYCLIC, "--unknot"),
    Line("60 tests", MIXED, "--unknot"),
    Line("30 clean tests", CLEAN, "--unknot"),
    Line("census / Counter", "Type census", "Counter(map(type, …))", inverse=True),
    Line("garbage / refcycle", "Garbage", "refcycle", inverse=True),
)
"""Costs as multiples: of the suite without unknot, and of the peer at its largest heap."""


def points_of(records: Sequence[Record], line: Line, *, seconds: bool) -> list[tuple[int, float]]:
    """The points of the line: the number of each record that has the row, and its value."""
    points = []
    for number, record in enumerate(records):
        rows = [
            row for row in record.rows if row.name == line.name and row.task.startswith(line.task)
        ]
        value = line.value(rows[-1], seconds=seconds) if rows else None  # the largest heap is last
        if value is not None:
            points.append((number, value))
    return points


def draw_trend(records: Sequence[Record]) -> Figure:
    """Seconds and ratios over the records, both on logarithmic axes."""
    shown = records[-SHOWN:]
    figure = Figure(figsize=(WIDTH, HEIGHT))
    FigureCanvasAgg(figure)
    left = 0.3 / WIDTH
    title = "What unknot costs, run after run of bench.instrument"
    subtitle = "Medians; each mark a run, with its day and commit. Less is better"
    figure.text(left, 1 - 0.16 / HEIGHT, title, fontsize=13, fontweight="bold", va="top")
    figure.text(left, 1 - 0.43 / HEIGHT, subtitle, fontsize=9, color=MUTED, va="top")
    [[waits, ratios]] = panels(figure, 1, 2, gap=(2.5, 0.0), right=2.1, bottom=0.75)
    _draw(waits, shown, SECONDS, "Seconds that a command takes", _seconds, seconds=True)
    _draw(ratios, shown, RATIOS, "× of the suite or the peer", _times, seconds=False)
    return figure


def _draw(
    axes: Axes,
    records: Sequence[Record],
    lines: Sequence[Line],
    title: str,
    unit: FuncFormatter,
    *,
    seconds: bool,
) -> None:
    axes.set_title(title)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(unit)
    axes.set_xlim(-0.5, max(len(records) - 0.5, 0.5))
    step = -(-len(records) // LABELS) or 1
    numbers = list(range(len(records) - 1, -1, -step))[::-1]
    axes.xaxis.set_major_locator(FixedLocator(numbers))
    axes.set_xticks(numbers, [_name(records[number]) for number in numbers], fontsize=7.5)
    table = styles([line.label for line in lines])
    ends = {}
    for line in lines:
        points = points_of(records, line, seconds=seconds)
        if not points:
            continue
        look = table[line.label]
        axes.plot(
            [number for number, _ in points],
            [value for _, value in points],
            color=look.colour,
            linestyle=look.line,
            marker=look.mark,
            markersize=5,
            linewidth=1.6,
        )
        ends[line] = points[-1][1]
    axes.figure.canvas.draw()  # the scale is known only then
    box = axes.get_window_extent()
    wanted = [
        (axes.transData.transform((0, value))[1] - box.y0) / box.height for value in ends.values()
    ]
    for line, place in zip(ends, spread(wanted, 0.06, 0.0, 1.0), strict=True):
        look = table[line.label]
        note(
            axes,
            f"{look.glyph} {line.label}, {unit(ends[line])}",
            (1.0, place),
            (6, 0),
            "axes fraction",
            color=look.colour,
            fontsize=8.5,
            fontweight="bold",
            va="center",
        )


def _name(record: Record) -> str:
    day = datetime.fromisoformat(record.date)
    return f"{day.day} {day:%b}\n{record.commit[:7]}"


@FuncFormatter
def _seconds(value: float, _position: int | None = None) -> str:
    return f"{value:.2g} s" if value >= 1 else f"{value * 1e3:.3g} ms"


@FuncFormatter
def _times(value: float, _position: int | None = None) -> str:
    return f"{value:.2g}×"

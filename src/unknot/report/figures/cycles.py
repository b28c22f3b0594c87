"""Cycles: the gravest few as rings, each with its cut and how to make it."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch, Polygon
from matplotlib.path import Path

from unknot.records import Result
from unknot.report.figures.canvas import MONOSPACED, WIDTH, frame, label
from unknot.report.findings import Drawn, gravest
from unknot.report.palette import FOREGROUND, MUTED
from unknot.report.rings.geometry import Arc, Curve, Node, Ring
from unknot.report.rings.label import Label
from unknot.report.rings.ring import ring_of
from unknot.report.trace import cycle_trace
from unknot.text import clip, visible

CUT = "#a63c00"
"""The page's colour for what is bad: dark enough for letters on white."""

_MOST = 6
_COLUMNS = 3
_EDGE, _GAP, _TOP = 0.3, 0.25, 0.75
"""Inches around the rings, between them and above them."""
_WIDEST = 4.2
"""Inches, where there are fewer than three rings."""
_SUBJECT = 30.0
"""Height of the lines above a ring, who left it and whose figures it has, in its own units."""
_LINE = 14.0
_LETTERS = 62
"""Of an instruction, in a line as wide as a ring."""
_MOST_LINES = 5


def draw_cycles(result: Result) -> Figure:
    """The figure: at most six rings in rows of three, each above the way to cut it.

    One alone has its text form beside it.
    """
    every = gravest(result)
    drawn = every[:_MOST]
    rings = [ring_of(one.cycle) for one in drawn]
    columns = min(len(drawn), _COLUMNS)
    width = min((WIDTH - 2 * _EDGE - _GAP * (columns - 1)) / columns, _WIDEST)
    scale = width / rings[0].width
    texts = [_instruction(one) if len(drawn) > 1 else [] for one in drawn]
    heights = [
        (_SUBJECT + ring.height + _LINE * (len(text) + 1)) * scale
        for ring, text in zip(rings, texts, strict=True)
    ]
    rows = [max(heights[at : at + columns]) for at in range(0, len(drawn), columns)]
    height = _TOP + sum(rows) + _GAP * len(rows)
    more = f" Shown: {len(drawn)} of {len(every)}." * (len(every) > len(drawn))
    figure = frame(
        result,
        "What to cut",
        "Circles of objects that keep one another alive until the collector comes. "
        f"Scissors: the reference to clear.{more}",
        height=height,
    )
    for at, (one, ring, text) in enumerate(zip(drawn, rings, texts, strict=True)):
        row, column = divmod(at, columns)
        top = _TOP + sum(rows[:row]) + _GAP * row
        axes = _paper(figure, _EDGE + column * (width + _GAP), top, width, heights[at])
        _draw(axes, one, ring, text, scale * 72)
    if len(drawn) == 1:
        _trace(figure, drawn[0], width, height)
    return figure


def _instruction(drawn: Drawn) -> list[str]:
    """How to make the cut, in lines."""
    text = clip(visible(drawn.cycle.cut.instruction), _LETTERS * (_MOST_LINES - 1))
    return wrap(text, _LETTERS)[:_MOST_LINES]


def _paper(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes of that place in inches, where a unit is a ring's; nothing is drawn of them."""
    wide, high = figure.get_size_inches()
    place = (left / wide, 1 - (top + height) / high, width / wide, height / high)
    axes = figure.add_axes(place)
    units = 400.0
    axes.set_xlim(0, units)
    axes.set_ylim(units * height / width - _SUBJECT, -_SUBJECT)
    axes.axis("off")
    return axes


def _draw(axes: Axes, drawn: Drawn, ring: Ring, instruction: Iterable[str], points: float) -> None:
    """The ring; ``points`` is the size of its unit."""
    subject = label(drawn.subject, 60)
    axes.text(0, _LINE - _SUBJECT, subject, fontsize=8.5, fontweight="bold", va="baseline")
    shown = label(drawn.shown, 60)
    axes.text(0, 2 * _LINE - _SUBJECT, shown, fontsize=8.5, color=MUTED, va="baseline")
    _stroke(axes, ring.scissors, CUT, 1.8 * points)
    for arc in ring.arcs:
        _arc(axes, arc, points)
    for node in ring.nodes:
        _node(axes, node, points)
    task, *gain = ring.headline
    _write(axes, task, points, CUT, bold=True)
    figure, *notes = ring.notes
    _write(axes, figure, points, FOREGROUND, bold=True)
    for text in gain:
        _write(axes, text, points, FOREGROUND)
    for text in notes:
        _write(axes, text, points, MUTED)
    if ring.hanging is not None:
        _write(axes, ring.hanging, points, FOREGROUND)
    for number, line in enumerate(instruction, start=1):
        place = ring.width / 2, ring.height + number * _LINE
        said = label(line, _LETTERS)
        axes.text(*place, said, fontsize=10.5 * points, ha="center", va="baseline")


def _arc(axes: Axes, arc: Arc, points: float) -> None:
    colour = CUT if arc.cut else MUTED
    dashes = (0, (2.6, 2.0)) if arc.cut else (0, (0.8, 2.4)) if arc.label is None else "solid"
    _stroke(axes, arc.lines, colour, (2.4 if arc.cut else 1.5) * points, dashes)
    axes.add_patch(Polygon(arc.head, closed=True, facecolor=colour, linewidth=0))
    _stroke(axes, arc.scissors, colour, 1.8 * points)
    for text in (arc.label, arc.verdict):
        if text is not None:
            _write(axes, text, points, CUT if arc.cut else FOREGROUND, bold=arc.cut)


def _node(axes: Axes, node: Node, points: float) -> None:
    hidden = node.kind == "hidden"
    width = 0 if hidden else 1.8 * points
    for dot in node.dots:
        front = node.kind == "first" and dot is node.dots[-1]
        fill = MUTED if hidden else FOREGROUND if front else "white"
        style = {"facecolor": fill, "edgecolor": FOREGROUND, "linewidth": width, "zorder": 3}
        axes.add_patch(Circle((dot.x, dot.y), dot.radius, **style))
    _write(axes, node.label, points, MUTED if hidden else FOREGROUND, bold=not hidden)


def _stroke(
    axes: Axes,
    curves: Iterable[Curve],
    colour: str,
    width: float,
    dashes: str | tuple[int, tuple[float, ...]] = "solid",
) -> None:
    for curve in curves:
        codes = [Path.MOVETO, *[Path.CURVE4] * (len(curve.points) - 1)]
        path = Path(curve.points, codes)
        look = {"edgecolor": colour, "linewidth": width, "linestyle": dashes}
        axes.add_patch(PathPatch(path, facecolor="none", capstyle="butt", **look))


def _write(axes: Axes, text: Label, points: float, colour: str, bold: bool = False) -> None:
    side = {"start": "left", "middle": "center", "end": "right"}[text.anchor]
    for number, line in enumerate(text.lines):
        axes.text(
            text.x,
            text.y + number * text.step,
            label(line.rstrip(), len(line), MONOSPACED),
            fontsize=text.size * points,
            family=MONOSPACED,
            fontweight="bold" if bold else "normal",
            color=colour,
            ha=side,
            va="baseline",
        )


def _trace(figure: Figure, drawn: Drawn, width: float, height: float) -> None:
    """The text form, right of the only ring."""
    wide = figure.get_size_inches()[0]
    lines = [label(line, 88, MONOSPACED) for line in cycle_trace(drawn.cycle)]
    figure.text(
        (_EDGE + width + 2 * _GAP) / wide,
        1 - (_TOP + 0.3) / height,
        "\n".join(lines),
        fontsize=8,
        family=MONOSPACED,
        color=FOREGROUND,
        va="top",
        linespacing=1.5,
    )

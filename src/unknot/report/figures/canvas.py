"""What all pictures share: size, style, labels, axes, and their output as PNG and SVG."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, NamedTuple

from matplotlib import rc_context, style
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, StrMethodFormatter
from PIL import Image

from unknot.records import Result
from unknot.report.cases import run_words
from unknot.report.palette import FOREGROUND, GRID, MUTED
from unknot.text import clip, visible

DPI = 160
PLAIN, MONOSPACED = "DejaVu Sans", "DejaVu Sans Mono"
"""Fonts that matplotlib includes."""
WIDTH = 11.0
"""In inches; equal for all pictures, so that text has the same size."""

_STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": FOREGROUND,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "font.family": PLAIN,
    "font.size": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": FOREGROUND,
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.color": MUTED,
    "xtick.labelcolor": FOREGROUND,
    "ytick.color": MUTED,
    "ytick.labelcolor": FOREGROUND,
}


_WHITE = 251
"""Palette components above this become white."""


@contextmanager
def styled() -> Iterator[None]:
    """Sets our style instead of the user's, and restores that afterwards."""
    with style.context(_STYLE, after_reset=True):
        yield


def frame(result: Result, title: str, subtitle: str, height: float) -> Figure:
    """An empty figure, ``height`` inches high, with title, subtitle and the run."""
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    left = 0.3 / WIDTH
    figure.text(left, 1 - 0.16 / height, title, fontsize=13, fontweight="bold", va="top")
    figure.text(left, 1 - 0.43 / height, subtitle, fontsize=9, color=MUTED, va="top")
    text = label(run_words(result), 120)
    right = 1 - left
    figure.text(right, 1 - 0.2 / height, text, fontsize=8, color=MUTED, va="top", ha="right")
    return figure


def panels(
    figure: Figure,
    rows: int,
    columns: int,
    gap: tuple[float, float] = (0.0, 0.0),
    left: float = 0.85,
    right: float = 0.3,
    top: float = 0.95,
    bottom: float = 0.6,
) -> list[list[Axes]]:
    """Axes in a grid; gaps between columns and rows, and margins, are in inches."""
    width, height = figure.get_size_inches()
    panel_width = (width - left - right - gap[0] * (columns - 1)) / columns
    panel_height = (height - top - bottom - gap[1] * (rows - 1)) / rows
    margins = {
        "left": left / width,
        "right": 1 - right / width,
        "top": 1 - top / height,
        "bottom": bottom / height,
        "wspace": gap[0] / panel_width,
        "hspace": gap[1] / panel_height,
    }
    grid = figure.subplots(rows, columns, squeeze=False, gridspec_kw=margins)
    return [list(row) for row in grid]


def label(text: str, limit: int, font: str = PLAIN) -> str:
    """``text`` safe and clipped, with a box for glyphs that the font lacks."""
    glyphs = _glyphs(font)
    return "".join(one if ord(one) in glyphs else "□" for one in clip(visible(text), limit))


def short(name: str, limit: int) -> str:
    """A variant's name as :func:`label`; a long path is reduced to its file name."""
    file = name.rsplit("/", 1)[-1]
    return label(file if len(name) > limit and ".py" in file else name, limit)


def note(
    axes: Axes,
    text: str,
    place: tuple[float, float],
    offset: tuple[float, float],
    coordinates: str | tuple[str, str] = "data",
    **properties: Any,
) -> None:
    """Draws ``text``, ``offset`` points away from ``place``, which may be outside of the panel."""
    axes.annotate(
        text,
        xy=place,
        xycoords=coordinates,
        xytext=offset,
        textcoords="offset points",
        annotation_clip=False,
        **properties,
    )


def beside(axes: Axes, text: str, row: float, offset: tuple[float, float], **words: Any) -> None:
    """Draws ``text`` right of the panel at the height of ``row``, or left if ``offset`` is."""
    edge, side = (1, "left") if offset[0] > 0 else (0, "right")
    place = ("axes fraction", "data")
    note(axes, text, (edge, row), offset, place, ha=side, va="center", **words)


def marks(
    axes: Axes,
    places: tuple[Sequence[float], Sequence[float]],
    colour: str,
    mark: str,
    size: float,
    filled: bool = True,
    **properties: Any,
) -> None:
    """Draws unconnected marks, which may extend over the edge of the panel."""
    kept = {"zorder": 3, "markerfacecolor": colour if filled else "white", **properties}
    axes.plot(
        *places, linestyle="none", marker=mark, markersize=size, color=colour, clip_on=False, **kept
    )


def legend(figure: Figure, handles: Sequence[Artist], **properties: Any) -> None:
    """Draws a legend of two columns below the title."""
    corner = (0.3 / figure.get_figwidth(), 1 - 0.66 / figure.get_figheight())
    figure.legend(
        handles=list(handles),
        loc="upper left",
        bbox_to_anchor=corner,
        borderaxespad=0,
        ncols=2,
        frameon=False,
        **properties,
    )


def shown(number: int, of: int, what: str) -> str:
    """`` Shown: 7 of 12 variants.``; empty if all are shown."""
    return f" Shown: {number} of {of} {what}." if number < of else ""


def thousands(axes: Axes, which: str = "y", most: int = 5) -> None:
    """Sets ticks at integers, with thousands separators."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_locator(MaxNLocator(most, integer=True))
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Places near ``wanted``, at least ``apart``, within ``low`` and ``high`` if they fit."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    places = list(wanted)
    floor = low
    for i in order:
        places[i] = max(places[i], floor)
        floor = places[i] + apart
    ceiling = high
    for i in reversed(order):
        places[i] = min(places[i], ceiling)
        ceiling = places[i] - apart
    return places


@cache
def _glyphs(font: str) -> frozenset[int]:
    """The characters that the font has in all weights."""
    weights = [FontProperties(family=font, weight=weight) for weight in ("normal", "bold")]
    return frozenset.intersection(
        *(frozenset(get_font(findfont(w)).get_charmap()) for w in weights)
    )


_FROM_ZERO = 0.25
"""If the minimum is below this share of the maximum, the axis begins at 0."""
_LOGARITHMIC = 30.0
"""Ratio of maximum to minimum above which an axis is logarithmic."""
_TICKS = 6
_ROOM = 0.03
"""Share of the range that is free at either end."""


class Scale(NamedTuple):
    """An axis; ``size`` is that of one unit, in which everything else is given."""

    words: str
    """The axis label."""
    size: float
    ticks: tuple[float, ...]
    low: float
    high: float
    kind: Literal["linear", "log", "symlog"] = "linear"

    def apply(self, axes: Axes) -> None:
        """Sets this scale for the x axis of ``axes``, and removes the ticks of its y axis."""
        if self.kind == "symlog":
            axes.set_xscale("symlog", linthresh=1, linscale=0.5)
        else:
            axes.set_xscale(self.kind)
        axes.set_xlim(self.low, self.high)
        axes.set_xlabel(self.words)
        axes.xaxis.set_major_locator(FixedLocator(list(self.ticks)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.6g}"))
        axes.set_yticks([])
        axes.spines["left"].set_visible(self.low <= 0)
        axes.grid(visible=True, axis="x", color=GRID)
        axes.grid(visible=False, axis="y")


def scale_of(values: Sequence[float], units: Sequence[tuple[float, str]], of: str = "") -> Scale:
    """A scale for ``values``; ``units`` are sizes and names, largest first."""
    high = max(values, default=0.0)
    size, unit = next((one for one in units if high >= one[0]), units[-1])
    low, high = min(values, default=0.0) / size, high / size
    if low > 0 and high / low > _LOGARITHMIC:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        powers = tuple(10.0**power for power in range(first, last + 1))
        return Scale(f"{unit}{of}; logarithmic scale", size, powers, powers[0], powers[-1], "log")
    if low < _FROM_ZERO * high or high <= 0:
        low, high = 0.0, high or 1.0
    room = max(_ROOM * (high - low), 0.01 * high)  # equal values have an axis around them, too
    low, high = (max(low - room, 0.0) if low > 0 else low), high + room
    ticks = tuple(float(tick) for tick in MaxNLocator(_TICKS).tick_values(low, high))
    low = max(ticks[0], 0.0)
    begins = f"{low:,.6g} {unit}, not at 0" if low else "0"
    return Scale(f"{unit}{of}; the axis begins at {begins}", size, ticks, low, ticks[-1])


def scale_from_zero(longest: float, words: str) -> Scale:
    """A linear scale from 0 to a little more than ``longest``."""
    end = longest * 1.04 or 1.0
    ticks = tuple(float(tick) for tick in MaxNLocator(_TICKS).tick_values(0, end) if tick <= end)
    return Scale(words, 1.0, ticks, 0.0, end)


def scale_of_powers(lowest: float, highest: float, words: str, left: float = 0.0) -> Scale:
    """A scale of powers of ten, linear below 1, with room of width ``left`` below 0.

    If ``lowest`` is at least 1, the scale begins a little below it.
    """
    high = max(highest, 10.0)
    room = 10 ** (0.2 * math.log10(high / max(lowest, 1.0)))
    low = lowest / 10 ** (0.14 * math.log10(high / lowest)) if lowest >= 1 else lowest
    ticks = [10.0**power for power in range(12) if low <= 10**power <= high * room]
    if low <= 1:
        low, ticks = -left, [0.0, *ticks]
    return Scale(words, 1.0, tuple(ticks), low, high * room, "symlog")


def png(draw: Callable[[], Figure | Image.Image]) -> bytes:
    """The picture as a PNG, in our style; equal figures give equal bytes.

    It has 256 colours, which suffice for a few colours and their edges and make the page a third
    as large.
    """
    with styled():
        drawn = draw()
        image = _pixels(drawn) if isinstance(drawn, Figure) else drawn
    stream = io.BytesIO()
    few = image.convert("RGB").quantize(
        256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
    )
    few.putpalette([255 if part > _WHITE else part for part in few.getpalette() or []])
    few.save(stream, format="png", optimize=True, dpi=(DPI, DPI))
    return stream.getvalue()


def _pixels(figure: Figure) -> Image.Image:
    raw = io.BytesIO()
    figure.savefig(raw, format="raw", dpi=DPI)
    width = int(figure.get_figwidth() * DPI)
    return Image.frombytes("RGBA", (width, len(raw.getvalue()) // (4 * width)), raw.getvalue())


_VARIABLES = {FOREGROUND: "text", MUTED: "muted", GRID: "line", "#ffffff": "ground"}
"""The page's CSS variable for each colour that follows its theme."""


def svg(draw: Callable[[], Figure], key: str) -> str:
    """The picture as an ``svg`` element in the page's colours; equal figures give equal text.

    All ids begin with ``key``, which must be unique on the page.
    """
    stream = io.StringIO()
    with styled(), rc_context({"svg.fonttype": "none", "svg.hashsalt": key}):
        draw().savefig(
            stream, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type"))
        )
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<(metadata|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text).replace("xlink:href=", "href=")
    used = set(re.findall(r"(?:url\(#|href=\"#)([^\")]+)", text))
    text = re.sub(r' id="([^"]+)"', lambda one: f' id="{key}-{one[1]}"' * (one[1] in used), text)
    text = re.sub(r'(url\(#|href="#)', rf"\g<1>{key}-", text)
    for colour, variable in _VARIABLES.items():
        text = text.replace(f": {colour}", f": var(--{variable})")
    # A series' colour is for its marks: as text it would be too pale on one ground or the other.
    text = re.sub(r"(<text\b[^>]*?fill: )#[0-9a-f]{6}", r"\1var(--text)", text)
    return re.sub(r"(<svg\b[^>]*?)\s(?:width|height)=\"[^\"]+\"\s*", r"\1 ", text, count=1)

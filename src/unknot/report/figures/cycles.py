"""Draws the worst cycles as rings, each with its cut and how to make it."""

from __future__ import annotations

import io
import re
from textwrap import wrap

from matplotlib import get_data_path
from PIL import Image
from resvg_py import svg_to_bytes

from unknot.records import Result
from unknot.report.cases import run_words
from unknot.report.figures.canvas import DPI, WIDTH, label, shown
from unknot.report.findings import Finding, worst_cycles
from unknot.report.html import template_environment
from unknot.report.palette import BAD, FOREGROUND, MUTED
from unknot.report.rings.ring import ring_of
from unknot.report.wording import to_do
from unknot.text import clip

_POINTS = 72 * WIDTH
"""The picture's width in points, the unit of all lengths here."""
_MOST, _COLUMNS = 6, 3
_EDGE, _GAP, _TOP = 22.0, 18.0, 54.0
_WIDEST = 302.0
"""Maximum width of a ring."""
_SUBJECT = 30.0
"""Height of the lines above a ring, in the ring's units."""
_LINE = 14.0
_LETTERS = 62
"""Characters per line of an instruction."""
_MOST_LINES = 5
_COLOURS = {"text": FOREGROUND, "muted": MUTED, "bad": BAD, "card": "#ffffff"}


def draw_cycles(result: Result) -> Image.Image:
    """At most six rings in rows of three, each above its instruction.

    A single ring has its text form beside it.
    """
    png = svg_to_bytes(
        svg_string=cycles_svg(result),
        width=int(WIDTH * DPI),
        font_dirs=[f"{get_data_path()}/fonts/ttf"],
        skip_system_fonts=True,
        background="white",
    )
    return Image.open(io.BytesIO(bytes(png)))


def cycles_svg(result: Result) -> str:
    """The picture as SVG, with the page's variables replaced by colours."""
    every = worst_cycles(result)
    drawn = every[:_MOST]
    rings = [ring_of(one.cycle) for one in drawn]
    columns = min(len(drawn), _COLUMNS)
    width = min((_POINTS - 2 * _EDGE - _GAP * (columns - 1)) / columns, _WIDEST)
    scale = width / rings[0].width
    texts = [_instruction(one) if len(drawn) > 1 else [] for one in drawn]
    heights = [
        (_SUBJECT + ring.height + _LINE * (len(text) + 1)) * scale
        for ring, text in zip(rings, texts, strict=True)
    ]
    rows = [max(heights[at : at + columns]) for at in range(0, len(drawn), columns)]
    places = []
    for at in range(len(drawn)):
        row, column = divmod(at, columns)
        places.append((_EDGE + column * (width + _GAP), _TOP + sum(rows[:row]) + _GAP * row))
    environment = template_environment()
    environment.filters["clipped"] = clip
    svg: str = environment.get_template("cycles.svg.j2").render(
        width=_POINTS,
        height=_TOP + sum(rows) + _GAP * len(rows),
        run=label(run_words(result), 120),
        more=shown(len(drawn), len(every), "cycles"),
        drawn=list(zip(drawn, rings, texts, places, strict=True)),
        scale=scale,
        subject=_SUBJECT,
        line=_LINE,
        trace=drawn[0].trace.split("\n") if len(drawn) == 1 else [],
        beside=_EDGE + width + 2 * _GAP,
    )
    svg = re.sub(r"var\(--(\w+)\)", lambda found: _COLOURS[found[1]], svg)
    return re.sub("[\ufffe\uffff]", "?", svg)


def _instruction(one: Finding) -> list[str]:
    """The instruction in lines."""
    text = clip(to_do(one.cycle) or "", _LETTERS * (_MOST_LINES - 1))
    return wrap(text, _LETTERS)[:_MOST_LINES]

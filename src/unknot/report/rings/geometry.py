"""The parts of a drawing: curves, arrows, scissors, labels, objects and references."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import acos, cos, hypot, pi, sin, sqrt, tan
from typing import Literal, NamedTuple
from unicodedata import east_asian_width

from unknot.text import clip

Point = tuple[float, float]


class Curve(NamedTuple):
    """A start and, for each cubic Bézier piece, two control points and an end."""

    points: tuple[Point, ...]

    @property
    def d(self) -> str:
        """The path in SVG's syntax."""
        start, *rest = (f"{x:.1f} {y:.1f}" for x, y in self.points)
        return f"M{start}" + (f"C{' '.join(rest)}" if rest else "")


class Oval(NamedTuple):
    """An upright ellipse. Angles are parameters, clockwise from 0 at the top."""

    x: float
    y: float
    rx: float
    ry: float

    def at(self, angle: float, inward: float = 0.0) -> Point:
        """The point at ``angle``, moved ``inward``."""
        across, down = self.outward(angle)
        return (
            self.x + self.rx * sin(angle) - across * inward,
            self.y - self.ry * cos(angle) - down * inward,
        )

    def along(self, angle: float) -> Point:
        """The unit tangent at ``angle``, clockwise."""
        across, down = self.rx * cos(angle), self.ry * sin(angle)
        length = hypot(across, down)
        return across / length, down / length

    def outward(self, angle: float) -> Point:
        """The unit normal at ``angle``."""
        across, down = self.along(angle)
        return down, -across

    def turn(self, angle: float, distance: float) -> float:
        """The angle at about ``distance`` further along the curve."""
        steps = 8
        for _ in range(steps):
            angle += distance / steps / hypot(self.rx * cos(angle), self.ry * sin(angle))
        return angle

    def edge(self, top: float, bottom: float) -> float:
        """Half of the maximum width between two heights."""
        nearest = min(max(self.y, top), bottom)
        inside = 1 - ((nearest - self.y) / self.ry) ** 2
        return self.rx * sqrt(max(inside, 0.0))

    def curve(self, start: float, end: float) -> Curve:
        """The curve from one angle to another."""
        pieces = max(1, int((end - start) / (pi / 4)) + 1)
        width = (end - start) / pieces
        pull = 4 / 3 * tan(width / 4)
        points = [self.at(start)]
        for piece in range(pieces):
            here, there = start + width * piece, start + width * (piece + 1)
            (x0, y0), (x1, y1) = points[-1], self.at(there)
            points += [
                (x0 + pull * self.rx * cos(here), y0 + pull * self.ry * sin(here)),
                (x1 - pull * self.rx * cos(there), y1 - pull * self.ry * sin(there)),
                (x1, y1),
            ]
        return Curve(tuple(points))

    @staticmethod
    def angles(places: int) -> list[float]:
        """An even number of angles from the top, at equal heights on both sides."""
        half = places // 2
        down = [acos(1 - 2 * place / half) for place in range(half)]
        return [*down, pi, *(2 * pi - angle for angle in reversed(down[1:]))]


def line(start: Point, end: Point) -> Curve:
    """A straight line."""
    return Curve((start, start, end, end))


def circle(place: Point, radius: float) -> Curve:
    """A circle around ``place``."""
    return Oval(*place, radius, radius).curve(0.0, 2 * pi)


_HANDLES, _SPREAD, _LOOP = -10.5, 4.6, 3.1
_TIP, _OPEN = 9.5, 4.0


def scissors(pivot: Point, towards: Point) -> tuple[Curve, ...]:
    """Two blades and two handles, open ``towards`` a unit vector."""

    def at(along: float, across: float) -> Point:
        (x, y), (dx, dy) = pivot, towards
        return x + along * dx - across * dy, y + along * dy + across * dx

    parts = []
    for side in (-1.0, 1.0):
        parts += [
            line(at(_HANDLES + _LOOP * 0.8, side * _SPREAD * 0.6), at(_TIP, -side * _OPEN)),
            circle(at(_HANDLES, side * _SPREAD), _LOOP),
        ]
    return tuple(parts)


Anchor = Literal["start", "middle", "end"]

ADVANCE = 0.61
"""Width of a letter divided by the font size, for the widest monospaced font in use."""
HEIGHT = 1.2
"""Height of a line divided by the font size."""
_LETTERS_ABOVE = 0.8
_WORDS = re.compile(r"(?<= )(?=[^ ])")
_NAMES = re.compile(r"(?<=[ ._/:-])(?=[^ ._/:-])|(?<=[a-z])(?=[A-Z])")
"""Where a line may break in a sentence, and in a name."""


class Box(NamedTuple):
    """The extent of a label."""

    left: float
    top: float
    right: float
    bottom: float


class Label(NamedTuple):
    """Lines of text; ``x`` and ``y`` anchor the first base line."""

    lines: tuple[str, ...]
    x: float
    y: float
    anchor: Anchor
    size: float
    full: str
    """The name in full, safe and of bounded length."""

    @property
    def step(self) -> float:
        """Distance between base lines."""
        return self.size * HEIGHT

    @property
    def widths(self) -> tuple[float, ...]:
        """The width of each line."""
        return tuple(cells(line.rstrip()) * self.size * ADVANCE for line in self.lines)

    @property
    def box(self) -> Box:
        """The extent of all lines."""
        width = max(self.widths)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        top = self.y - self.size * _LETTERS_ABOVE
        return Box(left, top, left + width, top + self.step * len(self.lines))

    @classmethod
    def beside(
        cls, lines: tuple[str, ...], x: float, y: float, anchor: Anchor, size: float, full: str
    ) -> Label:
        """A label centred vertically on ``y``."""
        height = size * HEIGHT * len(lines)
        return cls(lines, x, y - height / 2 + size * _LETTERS_ABOVE, anchor, size, full)


def cells(text: str) -> int:
    """Width of ``text`` in letters of a monospaced font.

    Combining marks count, as not all fonts support them.
    """
    return sum(2 if east_asian_width(letter) in ("W", "F") else 1 for letter in text)


def broken(text: str, width: int, most: int, *, name: bool = True) -> tuple[str, ...]:
    """``text`` in at most ``most`` lines of ``width`` letters; longer text loses its middle.

    Lines break at spaces or, in a name, after punctuation and before a capital letter, if
    possible. Trailing spaces stay, so that the lines joined are the text.
    """
    ends = _NAMES if name else _WORDS
    for limit in range(min(len(text), width * most), 0, -1):
        lines = _lines(ends.split(clip(text, limit)), width)
        if len(lines) <= most:
            return lines
    return ("…",)


def _lines(pieces: Iterable[str], width: int) -> tuple[str, ...]:
    lines = [""]
    for piece in pieces:
        if lines[-1] and cells((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        for letter in piece:
            if letter != " " and cells(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return tuple(line for line in lines if not line.isspace()) or ("…",)


WIDTH = 400.0
"""Width of all drawings, so that text has the same size."""
EDGE = 5.0
SIZE = 12.0
"""Font size; more than 9 pixels on a screen of 400 pixels."""
RADIUS = 8.0
"""Radius of an object."""
ARROW = 9.0
"""Length of an arrow."""

Kind = Literal["first", "object", "hidden", "leak"]


class Dot(NamedTuple):
    """A filled circle."""

    x: float
    y: float
    radius: float


class Node(NamedTuple):
    """An object, a run of equal ones, or a gap for those left out."""

    kind: Kind
    dots: tuple[Dot, ...]
    """The last dot is in front."""
    label: Label


class Arc(NamedTuple):
    """A reference; one to cut has two lines with scissors between them."""

    lines: tuple[Curve, ...]
    head: tuple[Point, ...]
    """The arrow's three corners."""
    label: Label | None
    """``None`` if references are left out."""
    cut: bool = False
    verdict: Label | None = None
    """What a cut frees."""
    scissors: tuple[Curve, ...] = ()

    @property
    def corners(self) -> str:
        """The arrow in SVG's syntax of a polygon."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.head)


class Ring(NamedTuple):
    """The drawing of a cycle, or of the chain that holds a leak."""

    key: str
    """Identifies the drawing, in letters and digits."""
    width: float
    height: float
    title: str
    description: str
    headline: tuple[Label, ...]
    """The reference to cut, and what that frees."""
    scissors: tuple[Curve, ...]
    """Scissors beside the headline."""
    nodes: tuple[Node, ...]
    arcs: tuple[Arc, ...]
    notes: tuple[Label, ...]
    """The number of copies, and of objects in each."""
    hanging: Label | None
    """What hangs from the ring."""

    @property
    def labels(self) -> list[Label]:
        """All labels of the drawing."""
        found = [*self.headline, *(node.label for node in self.nodes)]
        found += [one for arc in self.arcs for one in (arc.label, arc.verdict) if one]
        return [*found, *self.notes, *([self.hanging] if self.hanging else [])]


def arrow(tip: Point, towards: Point) -> tuple[Point, ...]:
    """The head of an arrow: its tip and two corners."""
    (x, y), length = tip, hypot(*towards)
    dx, dy = towards[0] / length, towards[1] / length
    back = x - ARROW * dx, y - ARROW * dy
    half = ARROW * 0.42
    return (
        tip,
        (back[0] - half * dy, back[1] + half * dx),
        (back[0] + half * dy, back[1] - half * dx),
    )

"""What a drawing is made of: curves on an oval, arrows, scissors, names, objects, references."""

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
        """As SVG writes a path."""
        start, *rest = (f"{x:.1f} {y:.1f}" for x, y in self.points)
        return f"M{start}" + (f"C{' '.join(rest)}" if rest else "")


class Oval(NamedTuple):
    """An upright ellipse. Angles are parameters: 0 is the top, they grow clockwise."""

    x: float
    y: float
    rx: float
    ry: float

    def at(self, angle: float, inward: float = 0.0) -> Point:
        """The place at ``angle``, or one that far inside of it."""
        across, down = self.outward(angle)
        return (
            self.x + self.rx * sin(angle) - across * inward,
            self.y - self.ry * cos(angle) - down * inward,
        )

    def along(self, angle: float) -> Point:
        """The direction in which the angle grows, of length 1."""
        across, down = self.rx * cos(angle), self.ry * sin(angle)
        length = hypot(across, down)
        return across / length, down / length

    def outward(self, angle: float) -> Point:
        """The direction away from the inside, of length 1."""
        across, down = self.along(angle)
        return down, -across

    def turn(self, angle: float, distance: float) -> float:
        """The angle that is about ``distance`` further along."""
        steps = 8
        for _ in range(steps):
            angle += distance / steps / hypot(self.rx * cos(angle), self.ry * sin(angle))
        return angle

    def edge(self, top: float, bottom: float) -> float:
        """The half width of the widest place between two heights."""
        nearest = min(max(self.y, top), bottom)
        inside = 1 - ((nearest - self.y) / self.ry) ** 2
        return self.rx * sqrt(max(inside, 0.0))

    def curve(self, start: float, end: float) -> Curve:
        """The line from one angle to another."""
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
        """An even number of them from the top, at equal heights on both sides."""
        half = places // 2
        down = [acos(1 - 2 * place / half) for place in range(half)]
        return [*down, pi, *(2 * pi - angle for angle in reversed(down[1:]))]


def line(start: Point, end: Point) -> Curve:
    """Straight from one to the other."""
    return Curve((start, start, end, end))


def circle(place: Point, radius: float) -> Curve:
    """All around ``place``."""
    return Oval(*place, radius, radius).curve(0.0, 2 * pi)


_HANDLES, _SPREAD, _LOOP = -10.5, 4.6, 3.1
_TIP, _OPEN = 9.5, 4.0


def scissors(pivot: Point, towards: Point) -> tuple[Curve, ...]:
    """Two blades and two handles, open ``towards`` a direction of length 1."""

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
"""Width of a letter over the size of the font: monospaced, and the widest of those in use."""
HEIGHT = 1.2
"""Of a line, over the size of the font."""
_LETTERS_ABOVE = 0.8
_WORDS = re.compile(r"(?<= )(?=[^ ])")
_NAMES = re.compile(r"(?<=[ ._/:-])(?=[^ ._/:-])|(?<=[a-z])(?=[A-Z])")
"""Where a line may end in a sentence, and in a name."""


class Box(NamedTuple):
    """What a label takes up, at most."""

    left: float
    top: float
    right: float
    bottom: float


class Label(NamedTuple):
    """Lines of text; ``x`` and ``y`` are where the first one's base line is anchored."""

    lines: tuple[str, ...]
    x: float
    y: float
    anchor: Anchor
    size: float
    full: str
    """The name as it is, safe and up to some hundred letters."""

    @property
    def step(self) -> float:
        """From one base line to the next."""
        return self.size * HEIGHT

    @property
    def widths(self) -> tuple[float, ...]:
        """Of each line, what it takes up."""
        return tuple(cells(line.rstrip()) * self.size * ADVANCE for line in self.lines)

    @property
    def box(self) -> Box:
        """The place of all lines."""
        width = max(self.widths)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        top = self.y - self.size * _LETTERS_ABOVE
        return Box(left, top, left + width, top + self.step * len(self.lines))

    @classmethod
    def beside(
        cls, lines: tuple[str, ...], x: float, y: float, anchor: Anchor, size: float, full: str
    ) -> Label:
        """A label whose middle is as high as ``y``."""
        height = size * HEIGHT * len(lines)
        return cls(lines, x, y - height / 2 + size * _LETTERS_ABOVE, anchor, size, full)


def cells(text: str) -> int:
    """Width of ``text`` in letters of a monospaced font.

    A mark that stands upon another letter counts too: not every font knows how.
    """
    return sum(2 if east_asian_width(letter) in ("W", "F") else 1 for letter in text)


def broken(text: str, width: int, most: int, *, name: bool = True) -> tuple[str, ...]:
    """``text`` in at most ``most`` lines of ``width`` letters; what is too long loses its middle.

    Lines end where the text has an end of its own, if possible: in a name after a full stop, an
    underscore or before a capital letter. A space there stays, so that the lines are the text.
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
"""Of every drawing, so that equal letters look equal."""
EDGE = 5.0
SIZE = 12.0
"""Of the letters: on a screen of 400 pixels they are still more than 9 high."""
RADIUS = 8.0
"""Of an object."""
ARROW = 9.0
"""Its length."""

Kind = Literal["first", "object", "hidden", "leak"]


class Dot(NamedTuple):
    """A filled circle."""

    x: float
    y: float
    radius: float


class Node(NamedTuple):
    """An object, a run of equal ones, or a place where some are left out."""

    kind: Kind
    dots: tuple[Dot, ...]
    """The last one is in front."""
    label: Label


class Arc(NamedTuple):
    """A reference. One that is to be cut has two lines, and scissors between them."""

    lines: tuple[Curve, ...]
    head: tuple[Point, ...]
    """The arrow's three corners."""
    label: Label | None
    """``None`` where references are left out."""
    cut: bool = False
    verdict: Label | None = None
    """Of a cut: what it frees."""
    scissors: tuple[Curve, ...] = ()

    @property
    def corners(self) -> str:
        """The arrow as SVG writes a polygon."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.head)


class Ring(NamedTuple):
    """The drawing of a cycle, or of the chain that holds what leaks."""

    key: str
    """Letters and digits that tell it from others."""
    width: float
    height: float
    title: str
    description: str
    headline: tuple[Label, ...]
    """What to cut, and what that frees."""
    scissors: tuple[Curve, ...]
    """Beside the headline."""
    nodes: tuple[Node, ...]
    arcs: tuple[Arc, ...]
    notes: tuple[Label, ...]
    """How often it is there, and of how many objects it is."""
    hanging: Label | None
    """What hangs from it."""

    @property
    def labels(self) -> list[Label]:
        """All that is written on it."""
        found = [*self.headline, *(node.label for node in self.nodes)]
        found += [one for arc in self.arcs for one in (arc.label, arc.verdict) if one]
        return [*found, *self.notes, *([self.hanging] if self.hanging else [])]


def arrow(tip: Point, towards: Point) -> tuple[Point, ...]:
    """An arrow's head: tip and two corners."""
    (x, y), length = tip, hypot(*towards)
    dx, dy = towards[0] / length, towards[1] / length
    back = x - ARROW * dx, y - ARROW * dy
    half = ARROW * 0.42
    return (
        tip,
        (back[0] - half * dy, back[1] + half * dx),
        (back[0] + half * dy, back[1] - half * dx),
    )

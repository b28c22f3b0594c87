"""What a drawing is made of; the same for a ring and for a chain."""

from __future__ import annotations

from math import hypot
from typing import Literal, NamedTuple

from unknot.report.rings.label import Label
from unknot.report.rings.oval import Curve, Point

__all__ = [
    "ARROW",
    "EDGE",
    "RADIUS",
    "SIZE",
    "WIDTH",
    "Arc",
    "Dot",
    "Kind",
    "Node",
    "Ring",
    "arrow",
]

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

"""The ring's line: places on it by angle, and parts of it as curves."""

from __future__ import annotations

from math import acos, cos, hypot, pi, sin, sqrt, tan
from typing import NamedTuple

__all__ = ["Curve", "Oval", "Point", "circle", "line"]

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

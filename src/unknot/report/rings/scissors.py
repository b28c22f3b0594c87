"""Scissors, drawn: no font has to have them."""

from __future__ import annotations

from unknot.report.rings.oval import Curve, Point, circle, line

__all__ = ["scissors"]

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

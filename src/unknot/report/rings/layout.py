"""The labels around a ring, and where they go."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import pi, sin
from typing import NamedTuple

from unknot.records import Cut
from unknot.report.rings.geometry import (
    ADVANCE,
    EDGE,
    HEIGHT,
    RADIUS,
    SIZE,
    WIDTH,
    Label,
    Oval,
    broken,
    cells,
)
from unknot.report.rings.links import HELD, LONGEST, Link, cut_verdict, left_out
from unknot.report.wording import type_label
from unknot.text import clip, count, visible

_BESIDE = 15.0
"""Distance between the ring and the labels beside it."""
_ABOVE = RADIUS + 5.0
_APART = 8.0
"""Vertical distance between labels."""
_NARROW, _WIDE, _SMALL = 64.0, 82.0, 50.0
"""Half of the ring's width, which is smaller if the labels are long."""
_LINES = 2


class Name(NamedTuple):
    """The text at a place of the ring."""

    lines: tuple[str, ...]
    verdict: tuple[str, ...]
    """What a cut frees, below its name."""
    full: str

    @property
    def height(self) -> float:
        """Height of all lines."""
        return SIZE * HEIGHT * (len(self.lines) + len(self.verdict))

    @property
    def width(self) -> float:
        """Width of the longest line."""
        return (
            max((cells(line.rstrip()) for line in (*self.lines, *self.verdict)), default=0)
            * SIZE
            * ADVANCE
        )


def ring_names(links: Sequence[Link], cut: Cut) -> list[Name]:
    """The names of objects and references in turn, clockwise from the top."""
    above, beside = WIDTH - 4 * EDGE, WIDTH / 2 - EDGE - _BESIDE - _NARROW
    names: list[Name] = []
    first = next((at for at, link in enumerate(links) if link.cut), None)
    for at, link in enumerate(links):
        for is_object in (True, False):
            room = above if len(names) in (0, len(links)) else beside
            name = object_name if is_object else reference_name
            verdict = cut_verdict(cut, at == first) if link.cut and not is_object else ""
            names.append(name(link, int(room / SIZE / ADVANCE), verdict))
    return names


def object_name(link: Link, room: int, _verdict: str = "") -> Name:
    """The name of a link's source, in lines of ``room`` letters."""
    if link.hidden:
        return Name(broken(left_out(link), room, _LINES), (), left_out(link))
    lines = broken(type_label(link.source), room, _LINES)
    often = (f"× {count(link.times)}",) if link.times > 1 else ()
    return Name((*lines, *often), (), clip(visible(link.source), LONGEST))


def reference_name(link: Link, room: int, verdict: str = "") -> Name:
    """The name of a link's reference; empty if references are left out."""
    if link.hidden:
        return Name((), (), "")
    full = clip(visible(link.label), LONGEST)
    return Name(broken(full, room, _LINES), _said(verdict, room), full)


def _said(verdict: str, room: int) -> tuple[str, ...]:
    """The verdict in lines that keep its figures together, if they fit."""
    if max(map(len, verdict.split(" "))) > room:
        verdict = verdict.replace(HELD, " ")
    lines = broken(verdict, room, _LINES + 1, name=False) if verdict else ()
    return tuple(line.replace(HELD, " ") for line in lines)


def fit(names: Sequence[Name], top: float) -> Oval:
    """The ring below ``top``, large enough that no labels overlap."""
    half = len(names) // 2
    sides = [names[1:half], [*reversed(names[half + 1 :])]]
    longest = max((name.width for side in sides for name in side), default=0.0)
    room = WIDTH / 2 - EDGE - _BESIDE - longest
    rx = min(max(room, _NARROW), _WIDE) if half > 1 else _SMALL
    step = max(
        ((one.height + other.height) / 2 for side in sides for one, other in pairwise(side)),
        default=0.0,
    )
    ry = max((step + _APART) * half / 2, rx)
    return Oval(WIDTH / 2, top + _APART + names[0].height + _ABOVE + ry, rx, ry)


def place(oval: Oval, angle: float, name: Name) -> tuple[Label | None, Label | None]:
    """The labels of a name and its verdict at ``angle``."""
    lines = (*name.lines, *name.verdict)
    if not lines:
        return None, None
    x, y = oval.at(angle)
    if angle == 0:
        block = Label.beside(lines, x, y - _ABOVE - name.height / 2, "middle", SIZE, name.full)
    elif angle == pi:
        block = Label.beside(lines, x, y + _ABOVE + name.height / 2, "middle", SIZE, name.full)
    else:
        away = oval.edge(y - name.height / 2, y + name.height / 2) + _BESIDE
        right = sin(angle) > 0
        at = oval.x + away if right else oval.x - away
        block = Label.beside(lines, at, y, "start" if right else "end", SIZE, name.full)
    below = block.y + block.step * len(name.lines)
    verdict = block._replace(lines=name.verdict, y=below) if name.verdict else None
    return block._replace(lines=name.lines), verdict

"""What holds a leak, as a drawing: from the root down to what stays."""

from __future__ import annotations

from unknot.records import Leak
from unknot.report.rings import words
from unknot.report.rings.drawing import (
    ARROW,
    EDGE,
    RADIUS,
    SIZE,
    WIDTH,
    Arc,
    Dot,
    Kind,
    Node,
    Ring,
    arrow,
)
from unknot.report.rings.label import ADVANCE, Label
from unknot.report.rings.layout import Name, object_name, reference_name
from unknot.report.rings.link import Link, links_of
from unknot.report.rings.oval import line
from unknot.report.rings.ring import headline, key_of
from unknot.report.trace import type_label

__all__ = ["chain_of"]

_X = EDGE + RADIUS + 2.0
_WORDS = _X + RADIUS + 9.0
_ROOM = int((WIDTH - EDGE - _WORDS) / SIZE / ADVANCE)
_BETWEEN = 7.0
_CLEAR = RADIUS + 2.5
_HIDDEN = 14.0
_DOWN = (0.0, 1.0)


def chain_of(leak: Leak) -> Ring | None:
    """The drawing of the chain; ``None`` where it is not known what holds what leaks."""
    if not leak.steps:
        return None
    links = [*links_of(leak.steps), Link(leak.steps[-1].target, "", "")]
    said = headline(f"{type_label(leak.type)} stays reachable", words.leaks(leak), EDGE)
    top = said[-1].box.bottom + 2 * _BETWEEN
    labels: list[Label] = []
    for number, link in enumerate(links):
        for name in (object_name(link, _ROOM), reference_name(link, _ROOM)):
            labels.append(_beside(name, top))
            top = labels[-1].box.bottom + _BETWEEN if name.lines else top + _HIDDEN
        if number == len(links) - 1:
            labels.pop()
    heights = [(label.box.top + label.box.bottom) / 2 for label in labels[::2]]
    nodes = [_node(*one) for one in zip(links, heights, labels[::2], strict=True)]
    arcs = [
        _arc(links[at : at + 2], heights[at : at + 2], labels[2 * at + 1])
        for at in range(len(links) - 1)
    ]
    return Ring(
        key=key_of(f"{leak.type}{leak.steps[0].source}{len(leak.steps)}"),
        width=WIDTH,
        height=labels[-1].box.bottom + EDGE,
        title=f"Chain: {said[0].full}",
        description=words.chain_sentence(leak, links[:-1]),
        headline=said,
        scissors=(),
        nodes=tuple(nodes),
        arcs=tuple(arcs),
        notes=(),
        hanging=None,
    )


def _beside(name: Name, top: float) -> Label:
    """The name right of the line, its upper edge at ``top``."""
    lines = name.lines or ("",)
    label = Label(lines, _WORDS, top, "start", SIZE, name.full)
    return label._replace(y=top + top - label.box.top)


def _node(link: Link, height: float, label: Label) -> Node:
    kind: Kind = "hidden" if link.hidden else "object" if link.label else "leak"
    if link.hidden:
        dots = tuple(Dot(_X, height + along, 1.8) for along in (-6.0, 0.0, 6.0))
    else:
        dots = (Dot(_X, height, RADIUS),)
    return Node(kind, dots, label)


def _arc(links: list[Link], heights: list[float], label: Label) -> Arc:
    ends = [_HIDDEN if link.hidden else _CLEAR for link in links]
    start, end = heights[0] + ends[0], heights[1] - ends[1]
    straight = line((_X, start), (_X, max(start, end - ARROW)))
    named = None if links[0].hidden else label
    return Arc((straight,), arrow((_X, end), _DOWN), named)

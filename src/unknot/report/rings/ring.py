"""Builds the ring of a cycle with its cut, and the chain that holds a leak."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import pi

from unknot.records import Cycle, Leak
from unknot.report.rings.geometry import (
    ADVANCE,
    ARROW,
    EDGE,
    RADIUS,
    SIZE,
    WIDTH,
    Arc,
    Dot,
    Kind,
    Label,
    Node,
    Oval,
    Ring,
    arrow,
    broken,
    line,
    scissors,
)
from unknot.report.rings.layout import (
    Name,
    fit,
    object_name,
    place,
    reference_name,
    ring_names,
)
from unknot.report.rings.links import (
    LONGEST,
    Link,
    chain_sentence,
    drawn,
    gain,
    hanging,
    inside,
    leaks,
    links_of,
    ring_sentence,
)
from unknot.report.wording import task, type_label
from unknot.text import amount, clip

_HEADLINE = 13.5
_FIGURE = 20.0
"""Font size of the number inside the ring."""
_BETWEEN = 6.0
_CLEAR = RADIUS + 2.5
"""Distance between an object's centre and the ends of lines and arrows."""
_HIDDEN = 14.0
"""The same for the three dots of a gap."""
_SCISSORS = 30.0
"""Width of the scissors beside the headline."""
_GAP = 10.0
"""Half of the length that a cut removes from an arc."""
_INWARD = 6.0
"""Distance between an arc and the pivot of the scissors."""


def ring_of(cycle: Cycle) -> Ring:
    """The drawing of one copy of ``cycle``; its size is bounded."""
    links = links_of(cycle.steps)
    said = headline(task(cycle), gain(cycle.cut), EDGE + _SCISSORS)
    names = ring_names(links, cycle.cut)
    oval = fit(names, said[-1].box.bottom)
    angles = Oval.angles(len(names))
    labels = [place(oval, angle, name) for angle, name in zip(angles, names, strict=True)]
    nodes, arcs = [], []
    for at, link in enumerate(links):
        start, middle, end = [*angles, 2 * pi][2 * at : 2 * at + 3]
        following = links[(at + 1) % len(links)]
        nodes.append(_node(oval, start, link, at == 0, labels[2 * at][0]))
        whole = oval.turn(start, _clear(link)), oval.turn(end, -_clear(following))
        arcs.append(_arc(oval, whole, middle, link, labels[2 * at + 1]))
    return _written(cycle, links, said, oval, nodes, arcs)


def headline(task: str, gain: str, left: float) -> tuple[Label, ...]:
    """The labels above a drawing: what to do, and what that gains."""
    room = int((WIDTH - EDGE - left) / _HEADLINE / ADVANCE)
    first = Label(broken(task, room, 2), left, EDGE + _HEADLINE, "start", _HEADLINE, task)
    if not gain:
        return (first,)
    below, room = first.box.bottom + SIZE, int((WIDTH - EDGE - left) / SIZE / ADVANCE)
    return first, Label(broken(gain, room, 2, name=False), left, below, "start", SIZE, gain)


def key_of(text: str) -> str:
    """The letters and digits of ``text``, which an anchor can contain."""
    return re.sub(r"[^0-9A-Za-z]", "", text)[:16] or "0"


def _clear(link: Link) -> float:
    return _HIDDEN if link.hidden else _CLEAR


def _node(oval: Oval, angle: float, link: Link, first: bool, label: Label | None) -> Node:
    assert label is not None
    kind: Kind = "hidden" if link.hidden else "first" if first else "object"
    return Node(kind, tuple(_dots(oval, angle, link)), label)


def _dots(oval: Oval, angle: float, link: Link) -> Iterator[Dot]:
    """One dot, two for a run, or three small ones for a gap."""
    if link.hidden:
        for along in (-6.0, 0.0, 6.0):
            yield Dot(*oval.at(oval.turn(angle, along)), 1.8)
        return
    if link.times > 1:
        yield Dot(*oval.at(angle, inward=5.0), RADIUS)
    yield Dot(*oval.at(angle), RADIUS)


def _arc(
    oval: Oval,
    whole: tuple[float, float],
    middle: float,
    link: Link,
    labels: tuple[Label | None, Label | None],
) -> Arc:
    start, end = whole
    base = oval.turn(end, -ARROW * 0.9)
    towards = oval.at(end)[0] - oval.at(base)[0], oval.at(end)[1] - oval.at(base)[1]
    head = arrow(oval.at(end), towards)
    if not link.cut:
        return Arc((oval.curve(start, base),), head, labels[0])
    before, after = oval.turn(middle, -_GAP), oval.turn(middle, _GAP)
    lines = oval.curve(start, before), oval.curve(after, base)
    cutting = scissors(oval.at(middle, inward=_INWARD), oval.outward(middle))
    return Arc(lines, head, labels[0], True, labels[1], cutting)


def _written(
    cycle: Cycle,
    links: Sequence[Link],
    said: tuple[Label, ...],
    oval: Oval,
    nodes: list[Node],
    arcs: list[Arc],
) -> Ring:
    """The drawing, with the labels inside of the ring and below it."""
    lowest = max(label.box.bottom for label in _labels(nodes, arcs))
    bottom = max(lowest, oval.y + oval.ry + RADIUS) + _BETWEEN + SIZE
    notes = [*_inside(cycle, oval), _line_of_text(inside(cycle, drawn(links)), bottom)]
    more = hanging(cycle)
    below = _line_of_text(more, bottom + notes[-1].step + 1.0) if more else None
    end = (below or notes[-1]).box.bottom
    return Ring(
        key=key_of(cycle.signature),
        width=WIDTH,
        height=end + EDGE,
        title=clip(f"Cycle: {said[0].full}, {said[1].full}", 2 * LONGEST),
        description=ring_sentence(cycle, links),
        headline=said,
        scissors=scissors((EDGE + 16.0, EDGE + _HEADLINE * 0.75), (1.0, 0.0)),
        nodes=tuple(nodes),
        arcs=tuple(arcs),
        notes=tuple(notes),
        hanging=below,
    )


def _labels(nodes: list[Node], arcs: list[Arc]) -> list[Label]:
    written = [label for arc in arcs for label in (arc.label, arc.verdict) if label is not None]
    return [*written, *(node.label for node in nodes)]


def _inside(cycle: Cycle, oval: Oval) -> list[Label]:
    """The number of copies, inside of the ring."""
    figure, noun = amount(cycle.per_op, "cycle").split()
    big = Label.beside((figure,), oval.x, oval.y - SIZE * 1.1, "middle", _FIGURE, figure)
    small = Label.beside((f"{noun} ", "per op"), oval.x, 0, "middle", SIZE, f"{noun} per op")
    return [big, small._replace(y=big.box.bottom + SIZE)]


def _line_of_text(text: str, y: float) -> Label:
    room = int((WIDTH - 2 * EDGE) / SIZE / ADVANCE)
    return Label(broken(text, room, 1, name=False), WIDTH / 2, y, "middle", SIZE, text)


_X = EDGE + RADIUS + 2.0
_WORDS = _X + RADIUS + 9.0
_ROOM = int((WIDTH - EDGE - _WORDS) / SIZE / ADVANCE)
_BETWEEN_NAMES = 7.0
_DOWN = (0.0, 1.0)


def chain_of(leak: Leak) -> Ring | None:
    """The drawing of the path to a leaked object; ``None`` if it is unknown."""
    if not leak.steps:
        return None
    links = [*links_of(leak.steps), Link(leak.steps[-1].target, "", "")]
    said = headline(f"{type_label(leak.type)} stays reachable", leaks(leak), EDGE)
    top = said[-1].box.bottom + 2 * _BETWEEN_NAMES
    labels: list[Label] = []
    for number, link in enumerate(links):
        for name in (object_name(link, _ROOM), reference_name(link, _ROOM)):
            labels.append(_beside(name, top))
            top = labels[-1].box.bottom + _BETWEEN_NAMES if name.lines else top + _HIDDEN
        if number == len(links) - 1:
            labels.pop()
    heights = [(label.box.top + label.box.bottom) / 2 for label in labels[::2]]
    nodes = [_chain_node(*one) for one in zip(links, heights, labels[::2], strict=True)]
    arcs = [
        _chain_arc(links[at : at + 2], heights[at : at + 2], labels[2 * at + 1])
        for at in range(len(links) - 1)
    ]
    return Ring(
        key=key_of(f"{leak.type}{leak.steps[0].source}{len(leak.steps)}"),
        width=WIDTH,
        height=labels[-1].box.bottom + EDGE,
        title=f"Chain: {said[0].full}",
        description=chain_sentence(leak, links[:-1]),
        headline=said,
        scissors=(),
        nodes=tuple(nodes),
        arcs=tuple(arcs),
        notes=(),
        hanging=None,
    )


def _beside(name: Name, top: float) -> Label:
    """A label right of the chain, with its top at ``top``."""
    lines = name.lines or ("",)
    label = Label(lines, _WORDS, top, "start", SIZE, name.full)
    return label._replace(y=top + top - label.box.top)


def _chain_node(link: Link, height: float, label: Label) -> Node:
    kind: Kind = "hidden" if link.hidden else "object" if link.label else "leak"
    if link.hidden:
        dots = tuple(Dot(_X, height + along, 1.8) for along in (-6.0, 0.0, 6.0))
    else:
        dots = (Dot(_X, height, RADIUS),)
    return Node(kind, dots, label)


def _chain_arc(links: list[Link], heights: list[float], label: Label) -> Arc:
    start, end = heights[0] + _clear(links[0]), heights[1] - _clear(links[1])
    straight = line((_X, start), (_X, max(start, end - ARROW)))
    named = None if links[0].hidden else label
    return Arc((straight,), arrow((_X, end), _DOWN), named)

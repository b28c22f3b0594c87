"""What can be read on a figure, and whether it can be read."""

from __future__ import annotations

from itertools import combinations

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

SLACK = 3.0
"""Pixels that the boxes of two texts may share: there is room above and below the letters."""


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in shown(figure)]


def shown(figure: Figure) -> list[Text]:
    found: list[Text] = figure.findobj(Text)
    unseen = {id(text) for text in _ticks_out_of_view(figure)}
    return [
        text for text in found if text.get_text() and text.get_visible() and id(text) not in unseen
    ]


def outside(figure: Figure) -> list[str]:
    """Texts that reach over the figure's edge."""
    box = figure.bbox
    return [
        text
        for text, extent in _extents(figure)
        if extent.x0 < box.x0 or extent.x1 > box.x1 or extent.y0 < box.y0 or extent.y1 > box.y1
    ]


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts that lie on each other."""
    return [
        (one, other)
        for (one, box), (other, its) in combinations(_extents(figure), 2)
        if min(box.x1, its.x1) - max(box.x0, its.x0) > SLACK
        and min(box.y1, its.y1) - max(box.y0, its.y0) > SLACK
    ]


def _extents(figure: Figure) -> list[tuple[str, Bbox]]:
    figure.draw_without_rendering()
    return [(text.get_text(), text.get_window_extent()) for text in shown(figure)]


def _ticks_out_of_view(figure: Figure) -> list[Text]:
    """Labels that matplotlib made and does not draw."""
    unseen = []
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick in axis.get_major_ticks():
                if not min(limits) <= tick.get_loc() <= max(limits):
                    unseen += [tick.label1, tick.label2]
    return unseen

"""On a printer without colours, and to the colour-blind, no two variants look the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import same_color, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from unknot.records import Result
from unknot.report.figures.canvas import styled
from unknot.report.figures.dots import draw_memory, draw_reduction
from unknot.report.figures.latency import draw_latency
from unknot.report.figures.live import draw_live, draw_pauses
from unknot.report.palette import styles

VARIANTS = ("severed", "cyclic", "pinned")
COLOURS = {look.colour for look in styles(VARIANTS).values()}


def draw(result: Result, claims: dict[str, float]) -> dict[str, Figure]:
    with styled():
        return {
            "live": draw_live(result),
            "reduction": draw_reduction(result, claims),
            "pauses": draw_pauses(result),
            "latency": draw_latency(result),
            "memory": draw_memory(result),
        }


class Mark(NamedTuple):
    """What one series looks like, its colour apart, and the pixels of height that it takes."""

    colour: str
    shape: str
    low: float
    high: float


def marks(axes: Axes) -> Iterator[Mark]:
    for artist in axes.findobj(Line2D):
        assert isinstance(artist, Line2D)
        points = np.asarray(artist.get_xydata(), float)
        if not len(points):
            continue
        heights = artist.get_transform().transform(points)[:, 1]
        dashes = "none" if artist.get_linestyle() == "None" else artist._unscaled_dash_pattern  # type: ignore[attr-defined]
        shape = f"{artist.get_marker()} {dashes}"
        yield Mark(to_hex(artist.get_color()), shape, heights.min(), heights.max())
    for scattered in axes.findobj(PathCollection):
        assert isinstance(scattered, PathCollection)
        shape = str(np.asarray(scattered.get_paths()[0].vertices).tolist())
        offsets = np.asarray(scattered.get_offsets(), float)
        heights = scattered.get_offset_transform().transform(offsets)[:, 1]
        for colour in np.asarray(scattered.get_facecolor()):
            yield Mark(to_hex(tuple(colour)), shape, heights.min(), heights.max())


def alike(axes: Axes) -> list[str]:
    """The looks that two variants share at one height: a row of its own tells a variant too."""
    seen = [mark for mark in marks(axes) if mark.colour in COLOURS and mark.shape != "None none"]
    return [
        one.shape
        for one, other in combinations(seen, 2)
        if one.shape == other.shape
        and one.colour != other.colour
        and one.low <= other.high
        and other.low <= one.high
    ]


@pytest.mark.parametrize("name", ["live", "reduction", "pauses", "latency", "memory"])
def test_variants_differ_in_line_or_mark_in_every_panel(
    result: Result, claims: dict[str, float], name: str
) -> None:
    figure = draw(result, claims)[name]
    drawn = {mark.colour for axes in figure.axes for mark in marks(axes)}
    assert any(same_color(one, other) for one in drawn for other in COLOURS)
    for axes in figure.axes:
        assert alike(axes) == []


def test_variants_that_differ_in_colour_alone_are_found() -> None:
    axes = Figure().subplots()
    for colour in sorted(COLOURS):
        axes.plot([0, 1], [0, 1], color=colour)
    assert alike(axes) != []

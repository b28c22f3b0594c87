"""On a printer without colours, and to the colour-blind, no two variants look the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import same_color, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from unknot.records import Result
from unknot.report.palette import looks
from unknot.report.pictures.canvas import styled
from unknot.report.pictures.latency import draw_latency
from unknot.report.pictures.live import draw_live
from unknot.report.pictures.memory import draw_memory
from unknot.report.pictures.pauses import draw_pauses
from unknot.report.pictures.reduction import draw_reduction

VARIANTS = ("severed", "cyclic", "pinned")
COLOURS = {look.colour for look in looks(VARIANTS).values()}


def draw(result: Result, claims: dict[str, float]) -> dict[str, Figure]:
    with styled():
        return {
            "live": draw_live(result),
            "reduction": draw_reduction(result, claims),
            "pauses": draw_pauses(result),
            "latency": draw_latency(result),
            "memory": draw_memory(result),
        }


def shapes(axes: Axes) -> Iterator[tuple[str, str]]:
    """Each series' colour, where a variant has it, and what it looks like without."""
    for artist in axes.findobj(Line2D):
        assert isinstance(artist, Line2D)
        mark = artist.get_marker() if len(artist.get_xdata(orig=False)) else "None"  # type: ignore[arg-type]
        dashes = "none" if artist.get_linestyle() == "None" else artist._unscaled_dash_pattern  # type: ignore[attr-defined]
        yield to_hex(artist.get_color()), f"{mark} {dashes}"
    for scattered in axes.findobj(PathCollection):
        assert isinstance(scattered, PathCollection)
        for colour in np.asarray(scattered.get_facecolor()):
            yield to_hex(tuple(colour)), str(np.asarray(scattered.get_paths()[0].vertices).tolist())


def alike(axes: Axes) -> list[str]:
    """What two variants of one panel have in common."""
    seen = defaultdict(set)
    for colour, shape in shapes(axes):
        if colour in COLOURS and shape != "None none":
            seen[shape].add(colour)
    return [shape for shape, colours in seen.items() if len(colours) > 1]


@pytest.mark.parametrize("name", ["live", "reduction", "pauses", "latency", "memory"])
def test_variants_differ_in_line_or_mark_in_every_panel(
    result: Result, claims: dict[str, float], name: str
) -> None:
    figure = draw(result, claims)[name]
    drawn = {colour for axes in figure.axes for colour, _ in shapes(axes)}
    assert any(same_color(one, other) for one in drawn for other in COLOURS)
    for axes in figure.axes:
        assert alike(axes) == []


def test_variants_that_differ_in_colour_alone_are_found() -> None:
    axes = Figure().subplots()
    for colour in sorted(COLOURS):
        axes.plot([0, 1], [0, 1], color=colour)
    assert alike(axes) != []

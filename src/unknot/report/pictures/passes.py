"""Passes of the collector, marked above a panel of live objects: a line of ticks a variant."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from unknot.records import Cell
from unknot.report.palette import MUTED, Look
from unknot.report.pictures.canvas import note
from unknot.report.pictures.missing import collected

__all__ = ["draw_passes", "passes_height"]

_LINE = 0.12
"""Inches from one variant's ticks to the next one's."""
_FIRST = 0.1
"""Inches from the panel's top to the middle of the lowest ticks."""
_SHORT, _LONG = 3.5, 7.5
"""Points: a pass over young objects, and one over all."""


def passes_height(cells: Sequence[tuple[str, Cell]]) -> float:
    """Inches that the ticks of these variants take above a panel."""
    lines = sum(collected(cell) for _, cell in cells)
    return _FIRST + _LINE * lines if lines else 0.0


def draw_passes(
    axes: Axes, cells: Sequence[tuple[str, Cell]], table: dict[str, Look], named: bool
) -> None:
    """A tick for each pass at its operation; with ``named`` the variants' marks before them."""
    logged = [(variant, cell) for variant, cell in cells if collected(cell)]
    inches = axes.figure.dpi_scale_trans
    for line, (variant, cell) in enumerate(reversed(logged)):
        assert cell.collections is not None
        look, log = table[variant], cell.collections.log
        oldest = len(cell.collections.passes_by_generation) - 1
        height = _FIRST + _LINE * line
        above = blended_transform_factory(axes.transData, axes.transAxes) + ScaledTranslation(
            0, height, inches
        )
        for full, length in ((False, _SHORT), (True, _LONG)):
            ops = [one.ops for one in log if (one.generation >= oldest) == full]
            axes.add_line(
                Line2D(
                    ops,
                    [1.0] * len(ops),
                    linestyle="none",
                    marker="|",
                    markersize=length,
                    markeredgewidth=1.1,
                    color=look.colour,
                    transform=above,
                    clip_on=False,
                )
            )
        if named:
            place = (-8, 72 * height)
            note(
                axes, look.glyph, (0, 1), place, "axes fraction",
                ha="right", va="center", fontsize=6.5, color=look.colour,
            )  # fmt: skip
    if named and logged:
        place = (-20, 72 * (_FIRST + _LINE * (len(logged) - 1) / 2))
        note(
            axes, "passes", (0, 1), place, "axes fraction",
            ha="right", va="center", fontsize=7, color=MUTED,
        )  # fmt: skip

"""An axis of measured sizes: its unit, where it begins, and the words that say so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from unknot.report.palette import GRID

__all__ = ["Scale", "scale_of"]

_FROM_ZERO = 0.25
"""Where the least is below this share of the most, an axis from 0 costs little room."""
_LOGARITHMIC = 30.0
"""Most over least, above which a linear axis would lay the small ones on each other."""
_TICKS = 6
_ROOM = 0.03
"""Of the reach of the values, free at either end, so that no mark hangs over an edge."""


class Scale(NamedTuple):
    """``size`` is that of one ``unit``; the rest is in units."""

    unit: str
    size: float
    ticks: tuple[float, ...]
    low: float
    high: float
    logarithmic: bool

    @property
    def begins(self) -> str:
        """Where the axis begins, said of an axis that does not begin at 0."""
        if self.logarithmic:
            return "logarithmic scale"
        if self.low == 0:
            return "the axis begins at 0"
        return f"the axis begins at {_number(self.low)} {self.unit}, not at 0"

    def apply(self, axes: Axes) -> None:
        """Give ``axes`` this scale for its x, and no ticks for its y."""
        if self.logarithmic:
            axes.set_xscale("log")
        axes.set_xlim(self.low, self.high)
        axes.xaxis.set_major_locator(FixedLocator(list(self.ticks)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value)))
        axes.set_yticks([])
        axes.spines["left"].set_visible(self.low == 0 and not self.logarithmic)
        axes.grid(visible=True, axis="x", color=GRID)
        axes.grid(visible=False, axis="y")


def scale_of(values: Sequence[float], units: Sequence[tuple[float, str]]) -> Scale:
    """The scale that has all ``values``; ``units`` are sizes and names, the largest first."""
    high = max(values, default=0.0)
    size, unit = next((one for one in units if high >= one[0]), units[-1])
    low, high = min(values, default=0.0) / size, high / size
    if low > 0 and high / low > _LOGARITHMIC:
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        powers = tuple(10.0**power for power in range(first, last + 1))
        return Scale(unit, size, powers, powers[0], powers[-1], logarithmic=True)
    if low < _FROM_ZERO * high or high <= 0:
        low, high = 0.0, high or 1.0
    room = max(_ROOM * (high - low), 0.01 * high)  # equal values have an axis around them, too
    low, high = (max(low - room, 0.0) if low > 0 else low), high + room
    ticks = tuple(float(tick) for tick in MaxNLocator(_TICKS).tick_values(low, high))
    return Scale(unit, size, ticks, max(ticks[0], 0.0), ticks[-1], logarithmic=False)


def _number(value: float) -> str:
    return f"{value:,.6g}"

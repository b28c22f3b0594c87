"""How a variant looks: the same colour, line and mark in every table and picture.

None is a verdict's colour, neither green nor the red of what is bad: a green mark would speak well
of a leak. Line and mark tell variants apart without colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

FOREGROUND = "#1a1a1a"
MUTED = "#595959"
GRID = "#d9d9d9"
BAD = "#a63c00"
"""The page's colour for what is bad: dark enough for letters on white."""


class Look(NamedTuple):
    """``line`` and ``mark`` are matplotlib's dashes and marker; ``glyph`` is the mark as text."""

    colour: str
    line: tuple[int, tuple[float, ...] | None]
    mark: str
    glyph: str


_SOLID: tuple[int, None] = (0, None)

_LOOKS = (
    Look("#0072b2", _SOLID, "o", "●"),
    Look("#9944aa", (0, (5.0, 0.8)), "s", "■"),
    Look("#4b93c8", (0, (1.4, 1.4)), "^", "▲"),
    Look("#7a5bb5", (0, (6.0, 1.6, 1.4, 1.6)), "D", "◆"),
    Look("#77777f", (0, (3.0, 1.4)), "v", "▼"),
    Look("#56b4e9", (0, (6.0, 1.4, 1.4, 1.4, 1.4, 1.4)), "P", "✚"),
    Look("#1a1a1a", (0, (1.0, 3.0)), "X", "✖"),
)

_FREE = (0, 1, 3, 2, 4, 5, 6)
"""The looks of variants that nothing is known of, in the order that tells neighbours apart."""

KNOWN_VARIANTS = ("severed", "cyclic", "pinned")
"""They come first, in this order, and always have the first looks."""


def looks(variants: Sequence[str]) -> dict[str, Look]:
    """The look of each variant; unknown ones get the next free looks in the order given."""
    table = dict(zip(KNOWN_VARIANTS, _LOOKS, strict=False))
    unknown = [name for name in variants if name not in table]
    taken = {table[name] for name in variants if name in table}
    free = [_LOOKS[index] for index in _FREE if _LOOKS[index] not in taken]
    table.update({name: free[i % len(free)] for i, name in enumerate(unknown)})
    return {name: table[name] for name in variants}

"""The colour, line and mark of each variant, the same in all tables and pictures.

No variant has a verdict's colour: a green mark would suggest that a leak is good. Line and mark
distinguish variants without colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

FOREGROUND = "#1a1a1a"
MUTED = "#595959"
GRID = "#d9d9d9"
BAD = "#a63c00"
"""The page's colour for bad verdicts, dark enough for text on white."""


class Style(NamedTuple):
    """``line`` and ``mark`` are matplotlib's dashes and marker; ``glyph`` is the mark as text."""

    colour: str
    line: tuple[int, tuple[float, ...] | None]
    mark: str
    glyph: str


_SOLID: tuple[int, None] = (0, None)

_LOOKS = (
    Style("#0072b2", _SOLID, "o", "●"),
    Style("#9944aa", (0, (5.0, 0.8)), "s", "■"),
    Style("#4b93c8", (0, (1.4, 1.4)), "^", "▲"),
    Style("#7a5bb5", (0, (6.0, 1.6, 1.4, 1.6)), "D", "◆"),
    Style("#77777f", (0, (3.0, 1.4)), "v", "▼"),
    Style("#56b4e9", (0, (6.0, 1.4, 1.4, 1.4, 1.4, 1.4)), "P", "✚"),
    Style("#1a1a1a", (0, (1.0, 3.0)), "X", "✖"),
)

_FREE = (0, 1, 3, 2, 4, 5, 6)
"""Indexes of the styles of unknown variants, ordered so that neighbours differ most."""

KNOWN_VARIANTS = ("severed", "cyclic", "pinned")
"""These come first, and always have the first styles."""


def styles(variants: Sequence[str]) -> dict[str, Style]:
    """The style of each variant; unknown variants get the next free ones."""
    table = dict(zip(KNOWN_VARIANTS, _LOOKS, strict=False))
    unknown = [name for name in variants if name not in table]
    taken = {table[name] for name in variants if name in table}
    free = [_LOOKS[index] for index in _FREE if _LOOKS[index] not in taken]
    table.update({name: free[i % len(free)] for i, name in enumerate(unknown)})
    return {name: table[name] for name in variants}

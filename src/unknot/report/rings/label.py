"""A name in a drawing: in lines that fit, with the whole of it for a tooltip."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple
from unicodedata import east_asian_width

from unknot.text import clip

__all__ = ["ADVANCE", "HEIGHT", "Anchor", "Box", "Label", "broken", "cells"]

Anchor = Literal["start", "middle", "end"]

ADVANCE = 0.61
"""Width of a letter over the size of the font: monospaced, and the widest of those in use."""
HEIGHT = 1.2
"""Of a line, over the size of the font."""
_LETTERS_ABOVE = 0.8
_WORDS = re.compile(r"(?<= )(?=[^ ])")
_NAMES = re.compile(r"(?<=[ ._/:-])(?=[^ ._/:-])|(?<=[a-z])(?=[A-Z])")
"""Where a line may end in a sentence, and in a name."""


class Box(NamedTuple):
    """What a label takes up, at most."""

    left: float
    top: float
    right: float
    bottom: float


class Label(NamedTuple):
    """Lines of text; ``x`` and ``y`` are where the first one's base line is anchored."""

    lines: tuple[str, ...]
    x: float
    y: float
    anchor: Anchor
    size: float
    full: str
    """The name as it is, safe and up to some hundred letters."""

    @property
    def step(self) -> float:
        """From one base line to the next."""
        return self.size * HEIGHT

    @property
    def widths(self) -> tuple[float, ...]:
        """Of each line, what it takes up."""
        return tuple(cells(line.rstrip()) * self.size * ADVANCE for line in self.lines)

    @property
    def box(self) -> Box:
        """The place of all lines."""
        width = max(self.widths)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        top = self.y - self.size * _LETTERS_ABOVE
        return Box(left, top, left + width, top + self.step * len(self.lines))

    @classmethod
    def beside(
        cls, lines: tuple[str, ...], x: float, y: float, anchor: Anchor, size: float, full: str
    ) -> Label:
        """A label whose middle is as high as ``y``."""
        height = size * HEIGHT * len(lines)
        return cls(lines, x, y - height / 2 + size * _LETTERS_ABOVE, anchor, size, full)


def cells(text: str) -> int:
    """Width of ``text`` in letters of a monospaced font."""
    if text.isascii():
        return len(text)
    return sum(_cells(letter) for letter in text)


def broken(text: str, width: int, most: int, *, name: bool = True) -> tuple[str, ...]:
    """``text`` in at most ``most`` lines of ``width`` letters; what is too long loses its middle.

    Lines end where the text has an end of its own, if possible: in a name after a full stop, an
    underscore or before a capital letter. A space there stays, so that the lines are the text.
    """
    ends = _NAMES if name else _WORDS
    for limit in range(min(len(text), width * most), 0, -1):
        lines = _lines(ends.split(clip(text, limit)), width)
        if len(lines) <= most:
            return lines
    return ("…",)


def _lines(pieces: Iterable[str], width: int) -> tuple[str, ...]:
    lines = [""]
    for piece in pieces:
        if lines[-1] and cells((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        for letter in piece:
            if letter != " " and cells(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return tuple(line for line in lines if not line.isspace()) or ("…",)


def _cells(letter: str) -> int:
    """A mark that stands upon another letter counts too: not every font knows how."""
    return 2 if east_asian_width(letter) in ("W", "F") else 1

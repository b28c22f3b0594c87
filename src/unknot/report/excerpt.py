"""The source lines at a cut."""

from __future__ import annotations

from pathlib import PurePath

from unknot.text import clip, visible

__all__ = ["lines_at"]

AROUND = 2
"""Lines before and after."""
WIDEST = 120
"""Characters of a line that are shown."""


def lines_at(where: str | None, file: str, text: str) -> str:
    """The line that ``where`` names, as ``kept.py:5``, marked among its neighbours in ``text``.

    Empty where that is in another file than ``file``, whose text it is, or below its end.
    """
    name, _, number = (where or "").rpartition(":")
    if PurePath(name).name != PurePath(file).name or not (number.isascii() and number.isdigit()):
        return ""
    lines, at = text.splitlines(), int(number[:9])
    if not 0 < at <= len(lines):
        return ""
    shown = range(max(at - AROUND, 1), min(at + AROUND, len(lines)) + 1)
    width = len(str(shown[-1]))
    return "\n".join(
        f"{'→' if one == at else ' '} {one:>{width}}  "
        f"{clip(visible(lines[one - 1], keep=chr(9)), WIDEST)}".rstrip()
        for one in shown
    )

"""A table before it is rich text or HTML: what it says, not how it looks."""

from __future__ import annotations

from typing import Literal, NamedTuple

from unknot.report.number import amount
from unknot.text import clip, visible

__all__ = ["NOTHING", "Column", "Entry", "Table", "Tone", "left_out", "named"]

Tone = Literal["", "good", "bad", "warn"]

NOTHING = "–"
"""Stands where there is no figure; a measured zero is ``0``."""


class Column(NamedTuple):
    """``numeric`` aligns to the right, ``heads`` makes each entry the header of its row."""

    text: str
    numeric: bool = False
    heads: bool = False
    title: str = ""
    """The full name, where ``text`` is a short one."""


class Entry(NamedTuple):
    """``title`` is the full text where ``text`` is clipped; ``variant`` asks for its mark."""

    text: str
    title: str = ""
    tone: Tone = ""
    variant: str | None = None


class Table(NamedTuple):
    """Rows of entries under a caption; with ``grouped`` equal first entries belong together."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Entry, ...], ...]
    grouped: bool = False
    note: str = ""


def left_out(number: int, noun: str) -> str:
    """``3 more types are in result.json.``: the note below a table; empty where none is."""
    if number <= 0:
        return ""
    verb = "is" if number == 1 else "are"
    return f"{amount(number, f'more {noun}')} {verb} in result.json."


def named(text: str, limit: int, variant: bool = False) -> Entry:
    """An entry for a name from the result: made safe, clipped, with the whole in its title."""
    safe = visible(text)
    short = clip(safe, limit)
    return Entry(short, safe if short != safe else "", variant=text if variant else None)

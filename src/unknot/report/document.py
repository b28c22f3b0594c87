"""What a report says, before it is a terminal's text, HTML or Markdown: tables and sections."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from unknot.text import amount, clip, visible

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


class Drawing(NamedTuple):
    """A picture; without ``source`` there is none, and ``absent`` says why."""

    alternative: str
    """The picture in words."""
    source: str = ""
    """The picture as a data URI."""
    absent: str = ""
    title: str = ""
    kind: str = ""
    """``graph`` where it is not to be stretched to the width of the page."""


MOST_ROWS = 60
"""Of a table: a page of thousands of rows opens slowly and is read by nobody."""


class Section(NamedTuple):
    """A heading, a sentence, pictures or why there are none, and tables."""

    key: str
    """The heading's address on the page."""
    heading: str
    tables: tuple[Table, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    lead: str = ""
    more: tuple[Table, ...] = ()
    """Long tables, folded away."""
    partial: str = "plain"
    """The template that shows it."""
    content: Any = None
    """What that template needs besides."""


def shortened(*tables: Table | None) -> tuple[Table, ...]:
    """Those that are there, none longer than :data:`MOST_ROWS`; what was left out is said."""
    return tuple(_shortened(table) for table in tables if table is not None)


def _shortened(table: Table) -> Table:
    others = len(table.rows) - MOST_ROWS
    if others <= 0:
        return table
    note = f"{left_out(others, 'row')} {table.note}".strip()
    return table._replace(rows=table.rows[:MOST_ROWS], note=note)

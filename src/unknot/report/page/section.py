"""A part of the page: what it says, not how it looks."""

from __future__ import annotations

from typing import Any, NamedTuple

from unknot.report.page.drawing import Drawing
from unknot.report.table import Table, left_out

__all__ = ["MOST_ROWS", "Section", "shortened"]

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

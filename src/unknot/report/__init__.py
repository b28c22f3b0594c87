"""Reports: a result's records in; terminal text, pictures and a page out.

The way through: ``scenario`` says which cells belong together; ``tables/`` turns them into plain
tables and ``verdict`` into sentences; ``terminal`` and ``page`` show those; ``pictures/`` draws.
``number`` and ``palette`` say how a number and a variant look everywhere, :mod:`unknot.text` how a
name does.

:func:`summary` and :func:`replace` need a plain install; :func:`write_pictures` and
:func:`write_page` need the ``report`` extra, and import it when they are called.
"""

from __future__ import annotations

from unknot.report.cell_text import print_allocations, print_cell
from unknot.report.figures import write_pictures
from unknot.report.figures.captions import missing_pictures
from unknot.report.files import (
    append,
    ensure_distinct,
    ensure_writable,
    is_replaceable,
    is_standard_output,
    remove,
    replace,
)
from unknot.report.page import write_page
from unknot.report.tables.allocations import flame_files
from unknot.report.terminal import print_summary, summary

__all__ = [
    "append",
    "ensure_distinct",
    "ensure_writable",
    "flame_files",
    "is_replaceable",
    "is_standard_output",
    "missing_pictures",
    "print_allocations",
    "print_cell",
    "print_summary",
    "remove",
    "replace",
    "summary",
    "write_page",
    "write_pictures",
]

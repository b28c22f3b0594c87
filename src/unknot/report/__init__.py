"""Reports: a result's records in; terminal text, pictures, a page and Markdown out.

The way through: ``cases`` says which cells belong together; ``tables/``, ``trace``, ``verdict``
and ``findings`` say what was measured in blocks of a ``document``; ``summary``, ``judgement`` and
``sections`` put these together; ``terminal``, ``page`` and ``markdown`` show them. ``figures/`` has
the pictures, ``rings/`` the drawings of cycles, ``exports/`` what other programs read.

What is here needs a plain install; :func:`write_pictures` and :func:`write_page` need the
``report`` extra, and import it when they are called.
"""

from __future__ import annotations

from unknot.report.figures import missing_pictures, write_pictures
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
from unknot.report.terminal import (
    print_allocations,
    print_cell,
    print_comparison,
    print_judgement,
    print_releases,
    print_summary,
)

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
    "print_comparison",
    "print_judgement",
    "print_releases",
    "print_summary",
    "remove",
    "replace",
    "write_page",
    "write_pictures",
]

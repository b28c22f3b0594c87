"""Reports: a result's records in; terminal text, pictures, a page and Markdown out.

The way through: ``cases`` says which cells belong together; ``tables/``, ``trace``, ``verdict``
and ``findings`` say what was measured in blocks of a ``document``; ``summary``, ``judgement`` and
``sections`` put these together; ``terminal``, ``page`` and ``markdown`` show them. ``figures/`` has
the pictures, ``rings/`` the drawings of cycles, ``exports/`` what other programs read.

What is here needs a plain install, and is what every verb prints with. ``write_pictures`` of
``figures`` and ``write_page`` of ``page`` are for those who write files; they need the ``report``
extra, and import it when they are called.
"""

from __future__ import annotations

from unknot.report.files import (
    append,
    ensure_distinct,
    ensure_writable,
    is_replaceable,
    is_standard_output,
    remove,
    replace,
)
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
    "is_replaceable",
    "is_standard_output",
    "print_allocations",
    "print_cell",
    "print_comparison",
    "print_judgement",
    "print_releases",
    "print_summary",
    "remove",
    "replace",
]

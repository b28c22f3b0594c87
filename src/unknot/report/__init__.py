"""Turns the records of a result into terminal text, a page, pictures and Markdown.

``cases`` groups cells; ``tables/``, ``wording``, ``verdict`` and ``findings`` turn them into blocks
of a ``document``; ``summary`` and ``sections`` arrange these; ``terminal``, ``page`` and
``markdown`` render them. ``figures/`` has the pictures, ``rings/`` the drawings of cycles, and
``exports`` the documents for other programs.

This module needs only a plain install. ``figures.write_pictures`` and ``page.write_page`` need the
``report`` extra, and import it when they are called.
"""

from __future__ import annotations

from unknot.report.terminal import (
    print_allocations,
    print_cell,
    print_comparison,
    print_judgement,
    print_releases,
    print_summary,
)

__all__ = [
    "print_allocations",
    "print_cell",
    "print_comparison",
    "print_judgement",
    "print_releases",
    "print_summary",
]

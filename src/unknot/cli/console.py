"""Consoles as the user wants them: ``--color`` and ``--no-color``, else what rich finds out.

rich follows ``NO_COLOR``, ``FORCE_COLOR`` and ``TERM``, and colours a terminal alone.
"""

from __future__ import annotations

import click
from rich.console import Console

__all__ = ["make_console"]


def make_console(*, stderr: bool = False, quiet: bool = False) -> Console:
    """A console for standard output or error."""
    context = click.get_current_context(silent=True)
    wanted = context.color if context is not None else None
    return Console(
        highlight=False,
        stderr=stderr,
        quiet=quiet,
        no_color=True if wanted is False else None,
        force_terminal=True if wanted and not stderr else None,
    )

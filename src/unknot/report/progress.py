"""Progress for people: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from unknot.text import visible

__all__ = ["progress"]

LINE_EVERY = 5.0
"""Seconds between two lines where there is no terminal."""


@contextmanager
def progress(console: Console, what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show that ``total`` steps are under way; call what this yields after each, with its name."""
    if not console.is_terminal:
        yield _Lines(console, what, total)
        return
    columns = (
        TextColumn(f"{what:<7}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda name: bar.update(task, advance=1, description=visible(name))


class _Lines:
    """Prints the state at the first step, then every few seconds, then at the last."""

    def __init__(self, console: Console, what: str, total: int) -> None:
        self._console = console
        self._what = what
        self._total = total
        self._done = 0
        self._printed = float("-inf")

    def __call__(self, name: str) -> None:
        self._done += 1
        now = time.monotonic()
        if self._done == self._total or now - self._printed >= LINE_EVERY:
            self._printed = now
            self._console.print(
                f"{self._what} {self._done}/{self._total} {visible(name)}",
                highlight=False,
                markup=False,
            )

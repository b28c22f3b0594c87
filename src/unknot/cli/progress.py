"""Progress for people: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from unknot.text import visible

LINE_EVERY = 5.0
"""Seconds between two lines where there is no terminal."""


@contextmanager
def progress(console: Console, what: str, total: int) -> Iterator[Steps]:
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
        yield _Bar(bar, total)


class Steps(Protocol):
    """Shows steps; both calls are safe from any thread."""

    def __call__(self, name: str) -> None:
        """A step is done."""

    def within(self, text: str) -> None:
        """Something is done within a step."""


class _Bar:
    """A bar with the latest message beside it."""

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=total)

    def __call__(self, name: str) -> None:
        self._bar.update(self._task, advance=1, description=visible(name))

    def within(self, text: str) -> None:
        self._bar.update(self._task, description=visible(text))


class _Lines:
    """Prints the state at the first step, then every few seconds, then at the last."""

    def __init__(self, console: Console, what: str, total: int) -> None:
        self._console = console
        self._what = what
        self._total = total
        self._done = 0
        self._printed = float("-inf")
        self._began = time.monotonic()

    def __call__(self, name: str) -> None:
        self._done += 1
        if self._done == self._total or self._is_due(self._printed):
            self._print(name)

    def within(self, text: str) -> None:
        if self._is_due(max(self._printed, self._began)):
            self._print(text)

    def _is_due(self, last: float) -> bool:
        return time.monotonic() - last >= LINE_EVERY

    def _print(self, text: str) -> None:
        self._printed = time.monotonic()
        self._console.print(
            f"{self._what} {self._done}/{self._total} {visible(text)}",
            highlight=False,
            markup=False,
        )


MOMENT = 1.0
"""Seconds before a message appears."""


@contextmanager
def waiting(console: Console, what: str) -> Iterator[None]:
    """Show ``what`` while the block runs, if that takes longer than :data:`MOMENT` seconds."""
    what = visible(what)
    with ExitStack() as shown:
        lock = threading.Lock()
        over = False

        def show() -> None:
            with lock:
                if over:
                    return
                if console.is_terminal:
                    shown.enter_context(console.status(Text(what)))
                else:
                    console.print(what, highlight=False, markup=False, soft_wrap=True)

        timer = threading.Timer(MOMENT, show)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with lock:
                over = True

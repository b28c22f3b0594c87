"""A word for people when something takes longer than a moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.text import Text

from unknot.text import visible

__all__ = ["waiting"]

MOMENT = 1.0
"""Seconds in which nobody wonders what is going on."""


@contextmanager
def waiting(console: Console, what: str) -> Iterator[None]:
    """Says ``what`` is going on from a moment on, until it is done; a line without a terminal."""
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

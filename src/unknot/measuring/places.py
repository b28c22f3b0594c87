"""Places in code, as a result has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

__all__ = ["measured_for", "shorten"]

_sender = ContextVar[str]("sender", default="")


@contextmanager
def measured_for(folder: str) -> Iterator[None]:
    """Within the context, paths below the working folder of who wants the result are short, too."""
    before = _sender.set(folder)
    try:
        yield
    finally:
        _sender.reset(before)


def shorten(where: str) -> str:
    """A path without what is this machine's: below the working folder, or as it is imported."""
    for mark in ("/site-packages/", f"{Path.cwd()}/", f"{_sender.get() or Path.cwd()}/"):
        if mark in where:
            return where.partition(mark)[2]
    return re.sub(r"^.*/lib/python3\.\d+t?/", "", where)

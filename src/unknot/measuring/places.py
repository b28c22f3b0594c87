"""Places in code in the form used by results."""

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
    """Within the context, paths below the sender's working folder are shortened, too."""
    before = _sender.set(folder)
    try:
        yield
    finally:
        _sender.reset(before)


def shorten(where: str) -> str:
    """A path without its machine-specific part: relative to the working folder, or as imported."""
    for mark in ("/site-packages/", f"{Path.cwd()}/", f"{_sender.get() or Path.cwd()}/"):
        if mark in where:
            return where.partition(mark)[2]
    return re.sub(r"^.*/lib/python3\.\d+t?/", "", where)

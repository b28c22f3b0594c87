"""Places in code, as a result has them."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["shorten"]


def shorten(where: str) -> str:
    """A path without what is this machine's: below the working folder, or as it is imported."""
    for mark in ("/site-packages/", f"{Path.cwd()}/"):
        if mark in where:
            return where.partition(mark)[2]
    return re.sub(r"^.*/lib/python3\.\d+t?/", "", where)

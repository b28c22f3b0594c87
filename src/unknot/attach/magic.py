"""How a dump's file begins. Light: whether a file is a dump is asked before anything is loaded."""

from __future__ import annotations

from pathlib import Path

__all__ = ["MAGIC", "is_dump"]

MAGIC = b"unknot heap dump\n\x00\x00\x00"


def is_dump(path: Path) -> bool:
    """Whether the file begins as a dump does."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False

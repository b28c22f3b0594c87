"""Selects items by name, and records those that cannot be installed."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from unknot.environments.interpreters import Interpreter
from unknot.errors import UsageError
from unknot.measuring.spec import CellSpec, cell_of
from unknot.records import Cell, CellError

__all__ = ["not_installed", "select"]


def select(asked: Collection[str], known: Collection[str], what: str) -> list[str]:
    """The requested ones of the ``known`` names, or all. Raises UsageError for unknown names."""
    for name in asked:
        if name not in known:
            near = get_close_matches(name, known, cutoff=0.4) or list(known)[:3]
            raise UsageError(
                f"there is no {what} {name!r}; there are {len(known)}, such as {', '.join(near)}"
            )
    return [name for name in known if name in (asked or known)]


def not_installed(spec: CellSpec, interpreter: Interpreter, message: str) -> Cell:
    """The cell of an operation whose requirements cannot be installed."""
    error = CellError(kind="environment", message=message)
    return cell_of(spec, interpreter.version, error=error)

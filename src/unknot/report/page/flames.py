"""memray's own pages, for a link: those that lie beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from unknot.records import Result
from unknot.text import visible

__all__ = ["Flame", "flame_files", "flames"]

_LONGEST = 255
"""Bytes of a file's name; a file system refuses to look for one that is longer."""


class Flame(NamedTuple):
    """A flame graph, and whose it is."""

    variant: str
    file: str


def flames(result: Result, folder: Path) -> list[Flame]:
    """Those whose file is in ``folder``."""
    return [
        Flame(visible(one.variant) or "workload", name)
        for one in result.allocations
        if (name := _file(one.flame_graph)) and (folder / name).is_file()
    ]


def flame_files(result: Result) -> list[str]:
    """The names of all that the result has."""
    return [name for one in result.allocations if (name := _file(one.flame_graph))]


def _file(name: str | None) -> str:
    """``name`` where it is a file's and nothing else; a result could name any path or address."""
    if not name or name != visible(name) or name != Path(name).name or not name.endswith(".html"):
        return ""
    if len(name.encode()) > _LONGEST:
        return ""
    return "" if name == "index.html" or set(name) & set(':\\?#%"<>|*') else name

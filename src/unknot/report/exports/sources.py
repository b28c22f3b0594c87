"""Where in a repository a finding belongs: a file that is there, by its path from the root."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from unknot.judgement import Finding

__all__ = ["Line", "Repository"]


class Line(NamedTuple):
    """``line`` is 0 where only the file is known."""

    file: str
    line: int


class Repository:
    """The files below ``root``; relative paths in a result are of ``here``."""

    def __init__(self, root: Path, here: Path) -> None:
        self._root = Path(os.path.realpath(root))
        self._here = here

    @classmethod
    def around(cls, here: Path) -> Repository:
        """The one that GitHub checked out, or that ``here`` is in; failing that, ``here``."""
        named = os.environ.get("GITHUB_WORKSPACE")
        if named:
            return cls(Path(named), here)
        above = (folder for folder in (here, *here.parents) if os.path.lexists(folder / ".git"))
        return cls(next(above, here), here)

    def locate(self, finding: Finding) -> Line | None:
        """The code to cut in; where that is not the repository's, the workload's file."""
        where = finding.cycle.where if finding.cycle is not None else None
        code, _, number = (where or "").rpartition(":")
        target = finding.case.workload
        workload = target if target.endswith(".py") else target.rpartition(":")[0]
        if code and number.isascii() and number.isdigit() and len(number) < 8:
            for place in (Path(code), Path(workload).parent / code):
                if (found := self._inside(place)) is not None:
                    return Line(found, int(number))
        found = self._inside(Path(workload)) if workload else None
        return Line(found, 0) if found is not None else None

    def _inside(self, place: Path) -> str | None:
        try:
            path = Path(os.path.realpath(self._here / place))
            return str(path.relative_to(self._root)) if path.is_file() else None
        except (OSError, ValueError):  # a name that no file can have, or a file elsewhere
            return None

"""Annotations that GitHub shows beside the code, and where in a repository a finding belongs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from unknot.judgement import Finding, Judgement, Level
from unknot.report.cases import grouped

MOST = 10
"""Annotations of one kind that GitHub shows of a step."""


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


def annotation_lines(judgement: Judgement, repository: Repository) -> list[str]:
    """Workflow commands, one a line: an error for each failure, a warning for each warning."""
    commands = []
    levels: Sequence[tuple[Level, str]] = (("failure", "error"), ("warning", "warning"))
    for level, command in levels:
        for group in grouped(judgement.findings, level, judgement.cells)[:MOST]:
            place = _source(repository.locate(group.first))
            commands.append(f"::{command} {place}title=unknot check::{_escaped(str(group))}")
    return commands


def _source(place: Line | None) -> str:
    if place is None:
        return ""
    line = f"line={place.line}," if place.line else ""
    return f"file={_property(place.file)},{line}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """An annotation is for the file of exactly this name, so nothing in it becomes another."""
    escaped = _escaped(text.encode("utf-8", "replace").decode())
    return escaped.replace(":", "%3A").replace(",", "%2C")

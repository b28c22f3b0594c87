"""What an operation leaves behind in each process, before and after."""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from unknot.records import Cell, Process
from unknot.report.number import rate
from unknot.report.table import Column, Entry, Table
from unknot.text import clip, short_names, visible

__all__ = ["processes_table"]

ALWAYS = ("asyncio.Task", "contextvars.Context")
TOTAL = "all objects"

Figures = dict[str, tuple[float, float]]
"""Cyclic and leaked per operation, by type."""


def processes_table(before: Cell, after: Cell) -> Table | None:
    """All objects, tasks, contexts and the measured packages' own types, process by process.

    What did not change stands there too. Processes with the same command are one row, their
    figures added; ``None`` where there was one process alone.
    """
    ours, theirs = _by_command(before), _by_command(after)
    own = _packages([*before.requirements, *after.requirements])
    rows = []
    for command in dict.fromkeys([*ours, *theirs]):
        old, new = ours.get(command, {}), theirs.get(command, {})
        names = [name for name in dict.fromkeys([*old, *new]) if _is_telling(name, own)]
        short = short_names(names)
        rows += [
            (
                Entry(clip(visible(command), 30)),
                Entry(clip(short[name], 24)),
                Entry(_said(old.get(name))),
                Entry(_said(new.get(name))),
            )
            for name in sorted(names, key=lambda name: (name != TOTAL, name not in ALWAYS, name))
        ]
    columns = (
        Column("Process", heads=True),
        Column("What"),
        Column("Old", numeric=True),
        Column("New", numeric=True),
    )
    caption = "Left behind by one operation in each process: cyclic, leaked"
    return Table("processes", caption, columns, tuple(rows), grouped=True) if rows else None


def _by_command(cell: Cell) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    for process in cell.processes:
        if process.per_op is None or process.verdict == "clean":
            continue
        figures = found.setdefault(_command(process), {})
        _add(figures, TOTAL, process.per_op.cyclic, process.per_op.leaked)
        for name, count in process.types.items():
            _add(figures, name, count.cyclic_per_op, count.leaked_per_op)
    return found


def _add(figures: Figures, name: str, cyclic: float, leaked: float) -> None:
    so_far = figures.get(name, (0.0, 0.0))
    figures[name] = so_far[0] + cyclic, so_far[1] + leaked


def _command(process: Process) -> str:
    """What is equal in two runs: without the numbers of processes and descriptors."""
    return re.sub(r"\d+", "#", process.command)


def _packages(requirements: Iterable[str]) -> set[str]:
    found = set()
    for requirement in requirements:
        try:
            found.add(canonicalize_name(Requirement(requirement).name).replace("-", "_"))
        except InvalidRequirement:
            continue
    return found


def _is_telling(name: str, packages: set[str]) -> bool:
    return name == TOTAL or name in ALWAYS or name.partition(".")[0] in packages


def _said(figures: tuple[float, float] | None) -> str:
    cyclic, leaked = figures or (0.0, 0.0)
    return f"{rate(cyclic)}, {rate(leaked)}" if leaked else rate(cyclic)

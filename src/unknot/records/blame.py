"""Attributes the findings of a cell to the project or to the packages that it uses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from unknot.records.cell import Cell
from unknot.records.findings import Cycle, Leak

__all__ = ["count_blame", "is_mine", "owners_of"]


def owners_of(cell: Cell) -> Iterator[str | None]:
    """The package responsible for each finding; ``None`` if that is the project, or not known.

    A project that was installed in order to be measured counts as the project.
    """
    own = {_module_name(name) for name in cell.projects.values()}
    packages = [*(cycle.package for cycle in cell.cycles), *(leak.package for leak in cell.leaks)]
    for package in packages:
        yield None if package is None or _module_name(package) in own else package
    for _ in cell.growths:
        yield None


def is_mine(cell: Cell, finding: Cycle | Leak) -> bool:
    """Whether a cycle or leak of the cell is to be mended in one's own code."""
    own = {_module_name(name) for name in cell.projects.values()}
    return finding.package is None or _module_name(finding.package) in own


def count_blame(cell: Cell) -> tuple[int, Counter[str]]:
    """The number of the project's own findings, and the number by package."""
    owners = list(owners_of(cell))
    return owners.count(None), Counter(owner for owner in owners if owner is not None)


def _module_name(name: str) -> str:
    """The usual package name for a distribution's name."""
    return re.sub(r"[-_.]+", "_", name).lower()

"""What a cell was measured with, in the words that tell it from the others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from unknot.records import Cell
from unknot.text import clip, visible

__all__ = ["subject", "with_hint"]

ABSENT = "ModuleNotFoundError: No module named "
LONGEST = 60
"""Characters of a module's name that are shown."""


def subject(cell: Cell, *, interpreter: bool = False) -> str:
    """Workload, interpreter, what was installed, and collector mode.

    The interpreter is left out where it says nothing: it was not asked for by ``interpreter``,
    and nothing was installed for it.
    """
    words = [visible(cell.workload)]
    if cell.python and (interpreter or cell.requirements):
        words.append(f"Python {cell.python}")
    words += [
        _installed(text, cell.projects.get(text), cell.packages) for text in cell.requirements
    ]
    return ", ".join([*words, *map(visible, cell.case.load), f"collector {cell.gc}"])


def with_hint(cell: Cell) -> str | None:
    """What to do where time ran out or a module was not there; ``None`` for any other error."""
    if cell.error is not None and cell.error.kind == "timeout":
        return (
            "measure fewer operations, with --fast or -n, or give the cell more time with "
            "--time-limit SECONDS"
        )
    message = cell.error.message if cell.error is not None else ""
    name = message.removeprefix(ABSENT).strip("'\"")
    if not message.startswith(ABSENT) or "." in name:
        return None
    if name == "unknot" and not cell.requirements:
        return (
            "unknot is not installed for the measured Python, which without --with is measured as "
            "it is: install unknot there, name its project folder with --with, or write op(), and "
            "setup() and teardown() if needed, without importing it"
        )
    if name == "unknot":
        return (
            "an environment made by --with holds the workload's requirements alone, so the "
            "workload cannot import unknot: write op(), and setup() and teardown() if needed"
        )
    known = clip(visible(name), LONGEST)
    return (
        f"{known} is not installed for the measured Python: --with {known} measures in an "
        "environment that has it, if the package has the module's name"
    )


def _installed(requirement: str, project: str | None, packages: Mapping[str, str]) -> str:
    """The package and its version; the requirement as it was asked for, where that is unknown."""
    if project is not None:
        return f"{visible(project)} {packages.get(canonicalize_name(project), '')}".rstrip()
    try:
        name: str = canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        file = PurePath(requirement).name
        try:
            name = parse_wheel_filename(file)[0]
        except InvalidWheelFilename:
            return visible(file or requirement)
    version = packages.get(name)
    return f"{name} {version}" if version else visible(requirement)

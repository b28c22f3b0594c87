"""The history of a package: printed as a table, drawn as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from rich.console import Console

from unknot.errors import UsageError
from unknot.records import Result
from unknot.report.files import replace
from unknot.report.tables.releases import changes_table, history_of, releases_table
from unknot.report.terminal import rich_table

PICTURE = "releases.png"


def print_releases(result: Result, changes: Mapping[str, str], console: Console) -> None:
    """Prints what an operation left behind in each release, and what changed in which."""
    plain = console.options.ascii_only
    history = history_of(result, changes)
    for table in (releases_table(history), changes_table(history)):
        for part in rich_table(table, plain) if table is not None else ():
            console.print(part)


def write_releases(result: Result, changes: Mapping[str, str], folder: Path) -> Path:
    """The picture of the history, written to ``folder``.

    Raises :class:`~unknot.errors.UsageError` where matplotlib is missing or the folder cannot be
    written.
    """
    try:
        from unknot.report.figures.canvas import png
        from unknot.report.figures.releases import draw_releases
    except ModuleNotFoundError as error:
        raise UsageError(
            f"pictures need {error.name}: python -m pip install 'unknot[report]'"
        ) from error
    history = history_of(result, changes)
    return replace(folder / PICTURE, png(partial(draw_releases, result, history)))

"""The options that select cells of a plan: ``--shard``, ``--durations``, ``--resume``, ``--on``."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from msgspec import structs

from unknot.measuring.cluster import measure_on
from unknot.measuring.parcel import this_machine
from unknot.measuring.plan import measure_cells
from unknot.measuring.shards import Portion, Share, choose_portion
from unknot.measuring.spec import CellSpec
from unknot.records import Cell, read_result

__all__ = ["Selection", "dividing", "where"]

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--shard",
        metavar="K/N",
        help="Measure only the K-th of N shares of the cells; 'unknot merge' joins them.",
    ),
    click.option(
        "--durations",
        type=click.Path(path_type=Path),
        metavar="RESULT",
        help="Balance the shares by the times in this earlier result; use the same one for all.",
    ),
    click.option(
        "--resume",
        type=click.Path(path_type=Path),
        metavar="RESULT",
        help="Measure only the cells that are missing from this earlier result.",
    ),
    click.option(
        "--on",
        metavar="PLACE",
        help="Measure on a Dask cluster: 'dask' for a local one, or a scheduler's address "
        "(tcp://…, tls://…) or file.",
    ),
)


def dividing(command: Command) -> Command:
    """Adds the options that select a part of the plan, passed as ``asked``."""

    @wraps(command)
    def call(
        *arguments: Any,
        shard: str | None,
        durations: Path | None,
        resume: Path | None,
        on: str | None,
        **others: Any,
    ) -> Any:
        return command(*arguments, asked=Selection(shard, durations, resume, on), **others)

    decorated: Any = call
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return cast(Command, decorated)


@dataclass(frozen=True, slots=True)
class Selection:
    """The values of these options."""

    shard: str | None = None
    durations: Path | None = None
    resume: Path | None = None
    on: str | None = None

    def measure(
        self,
        specs: Sequence[CellSpec],
        versions: Sequence[str],
        jobs: int,
        show: Callable[[str], object],
    ) -> Generator[tuple[int, Cell], None, None]:
        """Pairs of a spec's index and its cell as they are done, here or where ``on`` says.

        Where this machine is one of several that measure the plan, its cells say which.
        """
        if self.on is not None:
            return measure_on(self.on, specs, versions, jobs, show)
        if self.share is not None:
            return _named(measure_cells(specs, jobs, show))
        return measure_cells(specs, jobs, show)

    @property
    def given(self) -> bool:
        """Whether any of the options was."""
        return self != Selection()

    @property
    def share(self) -> Share | None:
        """The share of ``--shard``. Raises :class:`~unknot.errors.UsageError` if it is invalid."""
        return Share.parse(self.shard) if self.shard is not None else None

    def of(self, specs: Sequence[CellSpec], versions: Sequence[str]) -> Portion:
        """The part of a plan that is to be measured.

        Raises :class:`~unknot.errors.UnknotError` where an option cannot be followed.
        """
        return choose_portion(
            specs,
            versions,
            self.share,
            read_result(self.durations) if self.durations is not None else None,
            read_result(self.resume) if self.resume is not None else None,
        )


def where(cell: Cell) -> str:
    """The machine that measured the cell, for the progress line; empty if it is this one."""
    return f", on {cell.machine.name}" if cell.machine is not None else ""


def _named(
    cells: Generator[tuple[int, Cell], None, None],
) -> Generator[tuple[int, Cell], None, None]:
    with closing(cells):
        for index, cell in cells:
            yield index, structs.replace(cell, machine=this_machine())

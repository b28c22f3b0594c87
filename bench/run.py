"""A driver's run: the cells that it has measured so far, and what becomes of them."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from rich.console import Console

import unknot
from unknot import report
from unknot.cli.output import say_interrupted
from unknot.cli.portion import Selection, where
from unknot.cli.progress import progress
from unknot.cli.signals import shielded
from unknot.cli.status import INTERRUPTED, gravest, status_of_error
from unknot.environments.interpreters import Interpreter
from unknot.errors import UsageError
from unknot.measuring.environment import describe_environment
from unknot.measuring.shards import Portion
from unknot.measuring.spec import CellSpec, cell_of
from unknot.records import SCHEMA, Cell, CellError, Result, encode_result

__all__ = ["Run", "not_installed", "select"]


@dataclass(slots=True, kw_only=True)
class Run:
    """What one run has measured so far; written as often as it grows."""

    driver: str
    """As ``python -m bench.DRIVER`` names it."""
    title: str
    folder: Path
    jobs: int = 1
    """Cells at the same time."""
    started: datetime = field(default_factory=lambda: datetime.now(UTC).astimezone())
    cells: dict[int, Cell] = field(default_factory=dict)
    """By place in the result."""
    interrupted: bool = False
    asked: Selection = field(default_factory=Selection)
    """Which part of the plan is to be measured."""
    portion: Portion | None = None
    versions: Sequence[str] = ()
    """Of the interpreters of the plan's cells."""

    def choose(self, specs: Sequence[CellSpec], versions: Sequence[str]) -> dict[int, CellSpec]:
        """The cells of a plan that are to be measured, by place; what was kept of it is in.

        ``versions`` are those of their interpreters. To be called before anything is written: an
        earlier result that is gone on with may be the one that is replaced.
        """
        self.portion = self.asked.of(specs, versions)
        self.versions = versions
        self.cells.update(self.portion.kept)
        return {place: specs[place] for place in self.portion.places}

    def result(self) -> Result:
        """The run as a record."""
        return Result(
            schema=SCHEMA,
            unknot=unknot.__version__,
            title=self.title,
            environment=describe_environment(
                ["python", "-m", f"bench.{self.driver}", *sys.argv[1:]],
                self.started,
                datetime.now(UTC).astimezone(),
                self.jobs,
            ),
            cells=[cell for _, cell in sorted(self.cells.items())],
            interrupted=self.interrupted,
            plan=None if self.portion is None else self.portion.plan_with(self.cells),
        )

    def write(self) -> None:
        """``result.json`` in the run's folder."""
        with shielded():
            report.replace(self.folder / "result.json", encode_result(self.result()))

    def measure(self, specs: Mapping[int, CellSpec], console: Console) -> None:
        """Measure cells, by place, and write each when it is done; Ctrl-C goes through."""
        places = list(specs)
        self.interrupted = True  # until all is there, if nobody comes to write it again
        try:
            with progress(console, "cells", len(specs)) as advance:
                versions = [self.versions[place] for place in places]
                cells = self.asked.measure(
                    list(specs.values()), versions, self.jobs, advance.within
                )
                for index, cell in cells:
                    self.cells[places[index]] = cell
                    self.write()
                    advance(f"{specs[places[index]].label}{where(cell)}")
            self.interrupted = False
        finally:
            self.write()

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Ctrl-C ends what is done here, and the run goes on to what it shows."""
        try:
            yield
        except KeyboardInterrupt:
            self.stop()

    def stop(self) -> None:
        """Note that Ctrl-C or a signal has ended it, and say how much there is."""
        self.interrupted = True
        portion = self.portion
        asked = self.cells if portion is None else {*portion.kept, *portion.places}
        say_interrupted(list(self.cells.values()), len(asked))

    @property
    def exit_code(self) -> int:
        """That of what could not be measured; what is left behind is what a benchmark shows."""
        errors = [cell.error for cell in self.cells.values() if cell.error is not None]
        return INTERRUPTED if self.interrupted else gravest(map(status_of_error, errors))


def select(asked: Collection[str], known: Collection[str], what: str) -> list[str]:
    """Those of the ``known`` names that were asked for, or all. Raises UsageError at others."""
    for name in asked:
        if name not in known:
            near = get_close_matches(name, known, cutoff=0.4) or list(known)[:3]
            raise UsageError(
                f"there is no {what} {name!r}; there are {len(known)}, such as {', '.join(near)}"
            )
    return [name for name in known if name in (asked or known)]


def not_installed(spec: CellSpec, interpreter: Interpreter, message: str) -> Cell:
    """The record of a cell whose requirements cannot be installed."""
    error = CellError(kind="environment", message=message)
    return cell_of(spec, interpreter.version, error=error)

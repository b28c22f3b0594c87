"""A run: the cells of a plan as they are measured, on disk after each, and the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs
from rich.console import Console

from unknot import files
from unknot.cli.options import prepare
from unknot.cli.output import say, say_interrupted
from unknot.cli.portion import Selection, where
from unknot.cli.progress import progress
from unknot.cli.signals import shielded
from unknot.cli.status import INTERRUPTED, status_of_failures
from unknot.environments.interpreters import Interpreter
from unknot.errors import UnknotError, UsageError
from unknot.measuring.shards import Portion
from unknot.measuring.spec import CellSpec
from unknot.records import Cell, Result, encode_result
from unknot.text import amount

if TYPE_CHECKING:
    from unknot.measuring.allocations import Traced

__all__ = ["Planned", "Run"]

Planned = tuple[CellSpec, Interpreter]


@dataclass(slots=True, kw_only=True)
class Run:
    """What is measured so far, whatever ends the measuring.

    Verbs and benchmarks whose results have more in them extend :meth:`result`.
    """

    title: str
    output: Path | None
    """The result's file, if there is to be one."""
    program: str = "unknot"
    """How the command begins, as it was typed."""
    jobs: int = 1
    """Cells measured at a time."""
    asked: Selection = field(default_factory=Selection)
    """Which part of the plan is measured, and where."""
    started: datetime = field(default_factory=lambda: datetime.now(UTC).astimezone())
    portion: Portion | None = None
    versions: Sequence[str] = ()
    """Python versions of the plan's cells, by place."""
    cells: dict[int, Cell] = field(default_factory=dict)
    """By place in the plan."""
    traced: list[Traced] = field(default_factory=list)
    interrupted: bool = False
    trouble: UnknotError | None = None
    """Why the rest was not measured, such as a scheduler that is gone. See :meth:`status`."""

    def prepare(
        self, plan: Callable[[], Sequence[Planned]], err_console: Console
    ) -> dict[int, CellSpec]:
        """The cells of ``plan`` to measure, by place, in environments made for them.

        An older result is replaced before ``plan`` is called, so that an error there leaves
        nothing behind that could be taken for this run's.
        """
        if self.asked.resume is None:  # else what is there stays until it is clear that it fits
            self.begin()
        every = plan()
        mine = self.choose(
            [spec for spec, _ in every], [interpreter.version for _, interpreter in every]
        )
        if self.asked.on is not None:  # the environments are made there
            return mine
        made: dict[tuple[Interpreter, tuple[str, ...]], CellSpec] = {}
        for place, spec in mine.items():
            key = every[place][1], spec.requirements
            if key not in made:
                made[key] = prepare(spec, key[0], err_console)
            mine[place] = replace(spec, python=made[key].python, packages=made[key].packages)
        return mine

    def choose(self, specs: Sequence[CellSpec], versions: Sequence[str]) -> dict[int, CellSpec]:
        """The cells of a plan to measure, by place. Those kept of an earlier run are taken over."""
        portion = self.asked.of(specs, versions)
        self.portion, self.versions = portion, versions
        self.cells.update(portion.kept)
        self.begin()
        if not portion.places:
            of = amount(portion.plan.cells, "cell")
            why = "--resume has all cells" if portion.kept else f"share {self.asked.shard} is empty"
            say(f"unknot: nothing to measure: {why} (of {of} planned)", err=True)
        return {place: specs[place] for place in portion.places}

    def measure(self, specs: Mapping[int, CellSpec], console: Console) -> None:
        """Measure cells, by place, and save the result after each. Ctrl-C goes through."""
        places = list(specs)
        versions = [self.versions[place] for place in places]
        several = len(set(self.versions)) > 1
        with progress(console, "cells", len(places)) as advance:
            cells = self.asked.measure(list(specs.values()), versions, self.jobs, advance.within)
            for index, cell in cells:
                place, version = places[index], versions[index]
                # A process that never started did not say which Python it is.
                self.cells[place] = structs.replace(cell, python=cell.python or version)
                self.save()
                python = f"Python {version} " if several else ""
                advance(f"{python}{specs[place].label}{where(cell)}")

    def trace(
        self,
        specs: Mapping[int, CellSpec],
        page: Callable[[int, CellSpec], Path] | None,
        console: Console,
    ) -> None:
        """Trace the memory of what was measured; see :func:`unknot.cli.tracing.trace_cells`."""
        with shielded():  # only now, because most runs trace nothing
            from unknot.cli.tracing import trace_cells
        for one in trace_cells(specs, self.cells, page, console):
            self.traced.append(one)
            self.save()

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Ctrl-C or an error ends the block alone, and the command goes on to what it shows.

        An error before anything was measured is raised.
        """
        try:
            yield
        except KeyboardInterrupt:
            self.interrupted = True
            portion = self.portion
            asked = self.cells if portion is None else {*portion.kept, *portion.places}
            say_interrupted(self.in_order(), len(asked))
        except UnknotError as error:
            if not self.cells:
                raise
            self.trouble = error

    def in_order(self) -> list[Cell]:
        """The cells measured so far, in the order of the plan."""
        return [cell for _, cell in sorted(self.cells.items())]

    def result(self) -> Result:
        """The record of what is measured so far."""
        from unknot.measuring.environment import result_of  # here: only files need it

        return result_of(
            self.title,
            self.in_order(),
            [*self.program.split(), *sys.argv[1:]],
            self.started,
            self.jobs,
            interrupted=self.interrupted or self.trouble is not None,
            plan=self.portion.plan_with(self.cells) if self.portion is not None else None,
            allocations=[one.allocations for one in self.traced],
            holders=[holders for one in self.traced for holders in one.holders],
        )

    def begin(self) -> None:
        """Replace an older result: if nothing is measured, it must not be judged as this one."""
        if self.output is not None and files.is_replaceable(self.output):
            try:
                self._write_unfinished(self.output)
            except UsageError:  # as on a full disk
                with suppress(UsageError):
                    files.remove(Path(os.path.realpath(self.output)))

    def save(self) -> None:
        """Write what is measured so far, marked as interrupted.

        An output that can be written only once, such as a pipe, is left to :meth:`finish`; so is
        the error where nothing can be written.
        """
        if self.output is not None and files.is_replaceable(self.output):
            with suppress(UsageError):
                self._write_unfinished(self.output)

    def finish(self) -> None:
        """Write the result for the last time. Raises :class:`~unknot.errors.UsageError`."""
        if self.output is not None:
            self._write(self.output, self.result())

    def status(self, judge: Callable[[Sequence[Cell]], int] = status_of_failures) -> int:
        """The exit code: that of an interruption, or else what ``judge`` says of the cells.

        Raises the error that ended the measuring, if one did.
        """
        if self.trouble is not None:
            raise self.trouble
        return INTERRUPTED if self.interrupted else judge(self.in_order())

    def _write_unfinished(self, output: Path) -> None:
        self._write(output, structs.replace(self.result(), interrupted=True))

    def _write(self, output: Path, result: Result) -> None:
        with shielded():
            files.replace(output, encode_result(result))

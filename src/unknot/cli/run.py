"""``unknot run WORKLOAD…``: measure workloads, and say what to cut."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import structs
from rich.console import Console

from unknot import report
from unknot.cli.console import make_console
from unknot.cli.draft import Draft
from unknot.cli.options import effort_of, measuring, result_of
from unknot.cli.planned import Planned, Stoppable, measured, prepared
from unknot.cli.portion import Selection, dividing
from unknot.cli.signals import shielded
from unknot.cli.status import FINDING, FINE, status_of
from unknot.environments.interpreters import Interpreter, resolve_interpreter
from unknot.errors import UsageError
from unknot.measuring.source import find_workloads, source_of
from unknot.measuring.spec import CellSpec
from unknot.records import Cell, GcMode, Result

if TYPE_CHECKING:
    from unknot.measuring.allocations import Traced

__all__ = ["command"]


@click.command("run")
@click.argument("workloads", metavar="WORKLOAD...", nargs=-1, required=True)
@measuring
@dividing
@click.option(
    "--allocations",
    is_flag=True,
    help="Trace where operations allocate memory too (memray), and what holds leaks (objgraph).",
)
@click.option("--mine", is_flag=True, help="Fail on findings in one's own code alone.")
@click.option(
    "--exit-zero",
    is_flag=True,
    help="Exit with 0 in spite of findings, where 'unknot check' judges them.",
)
def command(
    workloads: tuple[str, ...],
    modes: tuple[GcMode, ...],
    requirements: tuple[str, ...],
    as_of: str | None,
    pythons: tuple[str, ...],
    in_flight: int,
    backend: str,
    jobs: int,
    output: Path | None,
    level: str | None,
    quiet: bool,
    verbose: bool,
    allocations: bool,
    mine: bool,
    exit_zero: bool,
    asked: Selection,
    **numbers: Any,
) -> None:
    """Measure what each operation of each WORKLOAD leaves behind, and name the reference to cut.

    WORKLOAD is path/to/file.py, path/to/file.py:name or package.module:name, or a folder for all
    workloads in it. A file alone has op(), plain or async, and setup() and teardown() where it
    needs them.

    With several workloads, --python or --gc, each combination is measured, into one result.
    --resume without -o writes into the result that it resumes.
    """
    started = datetime.now(UTC).astimezone()
    output = output or asked.resume
    run = _Run(title=" ".join(workloads), started=started, jobs=jobs)
    draft = Draft(output, run.result)
    named = _found(workloads, draft if asked.resume is None else Draft(None, run.result))
    specs = [
        CellSpec(
            workload=workload,
            variant=workload,
            requirements=requirements,
            as_of=as_of,
            in_flight=in_flight,
            backend=backend,
            effort=effort_of(level, numbers),
            makers=True,
        )
        for workload in named
    ]
    if output is not None:
        report.ensure_distinct({"-o": output}, {name: source_of(name) for name in named})
        report.ensure_writable(output)
    if asked.resume is None:  # else what is there stays until it is clear that it can be used
        draft.begin()
    interpreters = list(dict.fromkeys(map(resolve_interpreter, pythons)))
    told = make_console(stderr=True, quiet=quiet)
    console = make_console(stderr=report.is_standard_output(output))
    combined = _combine(specs, interpreters, modes)
    specs = [each for each, _ in combined]
    portion = run.portion = asked.of(specs, [each.version for _, each in combined])
    run.cells.update(portion.kept)
    draft.begin()
    plan = {place: combined[place] for place in portion.places}
    if asked.on is None:  # else the environments are made there
        plan = prepared(plan, told)
    with run.stoppable():
        for place, cell in measured(plan, asked, jobs, told):
            run.cells[place] = cell
            draft.save()
        if allocations:
            page = partial(_page, output) if output and report.is_replaceable(output) else None
            for one in _traced(plan, run.cells, page, told):
                run.traced.append(one)
                draft.save()
    with shielded():
        run.show(console, quiet=quiet, verbose=verbose, interpreter=len(interpreters) > 1)
        draft.finish()  # last: what was printed is not lost with a disk that is full
    sys.exit(run.status(mine=mine, exit_zero=exit_zero))


@dataclass(slots=True, kw_only=True)
class _Run(Stoppable):
    """What is measured and traced so far."""

    title: str
    started: datetime
    jobs: int
    traced: list[Traced] = field(default_factory=list)

    def show(self, console: Console, *, quiet: bool, verbose: bool, interpreter: bool) -> None:
        for cell in self.in_order():
            report.print_cell(cell, console, quiet=quiet, verbose=verbose, interpreter=interpreter)
        for one in self.traced:
            report.print_allocations(one.allocations, console)

    def status(self, *, mine: bool, exit_zero: bool) -> int:
        """The exit code. Raises the error that ended it."""
        if self.trouble is not None:
            raise self.trouble
        status = status_of(self.in_order(), self.interrupted, mine)
        return FINE if exit_zero and status == FINDING else status

    def result(self) -> Result:
        return structs.replace(
            result_of(
                self.title,
                self.in_order(),
                self.started,
                self.interrupted or self.trouble is not None,
                plan=self.plan(),
                jobs=self.jobs,
            ),
            allocations=[one.allocations for one in self.traced],
            holders=[holders for one in self.traced for holders in one.holders],
        )


def _found(workloads: Sequence[str], draft: Draft) -> list[str]:
    """What is named, folders as what is in them. Where that is nothing, no older result stays."""
    try:
        return find_workloads(workloads)
    except UsageError:
        if draft.output is not None:
            report.ensure_distinct({"-o": draft.output}, {each: Path(each) for each in workloads})
            draft.begin()
        raise


def _combine(
    specs: Sequence[CellSpec], interpreters: Sequence[Interpreter], modes: Sequence[GcMode]
) -> list[Planned]:
    """Every combination, whatever of it is measured here."""
    return [
        (replace(spec, gc=mode, python=interpreter.path), interpreter)
        for spec in specs
        for interpreter in interpreters
        for mode in modes
    ]


def _traced(
    plan: Mapping[int, Planned],
    cells: Mapping[int, Cell],
    page: Callable[[int, CellSpec], Path] | None,
    told: Console,
) -> Iterator[Traced]:
    with shielded():  # only now, because most runs trace nothing
        from unknot.cli.tracing import trace_cells
    specs = [spec for spec, _ in plan.values()]
    measured = {at: cells[place] for at, place in enumerate(plan)}
    yield from trace_cells(specs, measured, page, told)


def _page(output: Path, number: int, _: CellSpec) -> Path:
    """Where memray's page goes: beside the result, named after it."""
    return output.with_name(f"{output.stem}-flame{f'-{number + 1}' if number else ''}.html")

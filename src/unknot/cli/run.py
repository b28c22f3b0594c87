"""``unknot run WORKLOAD``: measure one workload, and say what to cut."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import structs
from rich.console import Console

from unknot import report
from unknot.cli.draft import Draft
from unknot.cli.options import effort_of, measuring, prepare, result_of
from unknot.cli.output import say_interrupted
from unknot.cli.portion import Selection, dividing
from unknot.cli.progress import progress
from unknot.cli.signals import shielded
from unknot.cli.status import status_of
from unknot.environments.interpreters import Interpreter, resolve_interpreter
from unknot.measure.shards import Portion
from unknot.measure.source import source_of
from unknot.measure.spec import CellSpec
from unknot.records import Cell, GcMode, Result

if TYPE_CHECKING:
    from unknot.measure.allocations import Traced

__all__ = ["command"]

Planned = tuple[CellSpec, Interpreter]


@click.command("run")
@click.argument("workload")
@measuring
@dividing
@click.option(
    "--allocations",
    is_flag=True,
    help="Trace where operations allocate memory too (memray), and what holds leaks (objgraph).",
)
@click.option("--mine", is_flag=True, help="Fail on findings in one's own code alone.")
def command(
    workload: str,
    modes: tuple[GcMode, ...],
    requirements: tuple[str, ...],
    pythons: tuple[str, ...],
    in_flight: int,
    backend: str,
    output: Path | None,
    level: str | None,
    quiet: bool,
    verbose: bool,
    allocations: bool,
    mine: bool,
    asked: Selection,
    **numbers: Any,
) -> None:
    """Measure what each operation of WORKLOAD leaves behind, and name the reference to cut.

    WORKLOAD is path/to/file.py, path/to/file.py:name or package.module:name. A file alone has
    op(), plain or async, and setup() and teardown() where it needs them.

    With several --python or --gc, each combination is measured. --resume without -o writes into
    the result that it resumes.
    """
    started = datetime.now(UTC).astimezone()
    spec = CellSpec(
        workload=workload,
        variant=workload,
        requirements=requirements,
        in_flight=in_flight,
        backend=backend,
        effort=effort_of(level, numbers),
        makers=True,
    )
    output = output or asked.resume
    if output is not None:
        report.ensure_distinct({"-o": output}, {"the workload": source_of(workload)})
        report.ensure_writable(output)
    run = _Run(workload, started)
    draft = Draft(output, run.result)
    if asked.resume is None:  # else what is there stays until it is clear that it can be used
        draft.begin()
    interpreters = list(dict.fromkeys(map(resolve_interpreter, pythons)))
    told = Console(stderr=True, quiet=quiet)
    console = Console(highlight=False, stderr=report.is_standard_output(output))
    combined = _combine(spec, interpreters, modes)
    specs = [each for each, _ in combined]
    portion = run.portion = asked.of(specs, [each.version for _, each in combined])
    run.cells.update(portion.kept)
    draft.begin()
    plan = {place: combined[place] for place in portion.places}
    if asked.on is None:  # else the environments are made there
        plan = _prepared(plan, told)
    try:
        for place, cell in _measured(plan, asked, told):
            run.cells[place] = cell
            draft.save()
        if allocations:
            with shielded():  # only now, because most runs trace nothing
                from unknot.cli.tracing import trace_cells
            page = partial(_page, output) if output and report.is_replaceable(output) else None
            specs = [each for each, _ in plan.values()]
            cells = {at: run.cells[place] for at, place in enumerate(plan)}
            for one in trace_cells(specs, cells, page, told):
                run.traced.append(one)
                draft.save()
    except KeyboardInterrupt:
        run.interrupted = True
        say_interrupted(run.in_order(), len(portion.kept) + len(portion.places))
    several = len(interpreters) > 1
    with shielded():
        for cell in run.in_order():
            report.print_cell(cell, console, quiet=quiet, verbose=verbose, interpreter=several)
        for one in run.traced:
            report.print_allocations(one.allocations, console)
        draft.finish()  # last: what was printed is not lost with a disk that is full
    sys.exit(status_of(run.in_order(), run.interrupted, mine))


@dataclass(slots=True)
class _Run:
    """What is measured and traced so far."""

    workload: str
    started: datetime
    portion: Portion | None = None
    cells: dict[int, Cell] = field(default_factory=dict)
    """By their places in the plan."""
    traced: list[Traced] = field(default_factory=list)
    interrupted: bool = False

    def in_order(self) -> list[Cell]:
        return [cell for _, cell in sorted(self.cells.items())]

    def result(self) -> Result:
        plan = self.portion.plan_with(self.cells) if self.portion is not None else None
        return structs.replace(
            result_of(self.workload, self.in_order(), self.started, self.interrupted, plan=plan),
            allocations=[one.allocations for one in self.traced],
            holders=[holders for one in self.traced for holders in one.holders],
        )


def _combine(
    spec: CellSpec, interpreters: Sequence[Interpreter], modes: Sequence[GcMode]
) -> list[Planned]:
    """Every combination, whatever of it is measured here."""
    return [
        (replace(spec, gc=mode, python=interpreter.path), interpreter)
        for interpreter in interpreters
        for mode in modes
    ]


def _prepared(plan: Mapping[int, Planned], told: Console) -> dict[int, Planned]:
    """The same cells, once all environments are there."""
    made: dict[Interpreter, CellSpec] = {}
    for each, interpreter in plan.values():
        if interpreter not in made:
            made[interpreter] = prepare(each, interpreter, told)
    return {
        place: (replace(made[interpreter], gc=each.gc), interpreter)
        for place, (each, interpreter) in plan.items()
    }


def _measured(
    plan: Mapping[int, Planned], asked: Selection, told: Console
) -> Iterator[tuple[int, Cell]]:
    places = list(plan)
    several = len({interpreter for _, interpreter in plan.values()}) > 1
    specs = [spec for spec, _ in plan.values()]
    versions = [interpreter.version for _, interpreter in plan.values()]
    with progress(told, "cells", len(plan)) as advance:
        for index, cell in asked.measure(specs, versions, 1, advance.within):
            spec, interpreter = plan[places[index]]
            # A process that never started did not say which Python it is.
            yield places[index], structs.replace(cell, python=cell.python or interpreter.version)
            advance(_step(spec, interpreter, several))


def _page(output: Path, number: int, _: CellSpec) -> Path:
    """Where memray's page goes: beside the result, named after it."""
    return output.with_name(f"{output.stem}-flame{f'-{number + 1}' if number else ''}.html")


def _step(spec: CellSpec, interpreter: Interpreter, several: bool) -> str:
    return f"Python {interpreter.version} {spec.label}" if several else spec.label

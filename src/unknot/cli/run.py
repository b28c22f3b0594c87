"""``unknot run WORKLOAD``: measure one workload, and say what to cut."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from msgspec import structs
from rich.console import Console

from unknot import report
from unknot.cli.draft import Draft
from unknot.cli.options import effort_of, measuring, prepare, result_of
from unknot.cli.progress import progress
from unknot.cli.signals import shielded
from unknot.cli.status import status_of
from unknot.cli.tracing import trace_cells
from unknot.measure.allocations import Traced
from unknot.measure.interpreters import Interpreter, resolve_interpreter
from unknot.measure.plan import measure_cells
from unknot.measure.source import source_of
from unknot.measure.spec import CellSpec
from unknot.records import Cell, GcMode, Result

__all__ = ["command"]


@click.command("run")
@click.argument("workload")
@measuring
@click.option(
    "--allocations",
    is_flag=True,
    help="Trace where operations allocate memory too (memray), and what holds leaks (objgraph).",
)
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
    **numbers: Any,
) -> None:
    """Measure what each operation of WORKLOAD leaves behind, and name the reference to cut.

    WORKLOAD is path/to/file.py, path/to/file.py:name or package.module:name. A file alone has
    op(), plain or async, and setup() and teardown() where it needs them.

    With several --python or --gc, each combination is measured.
    """
    started = datetime.now(UTC).astimezone()
    spec = CellSpec(
        workload=workload,
        variant=workload,
        requirements=requirements,
        in_flight=in_flight,
        backend=backend,
        effort=effort_of(level, numbers),
    )
    if output is not None:
        report.ensure_distinct({"-o": output}, {"the workload": source_of(workload)})
        report.ensure_writable(output)
    run = _Run(workload, started)
    draft = Draft(output, run.result)
    draft.begin()
    interpreters = list(dict.fromkeys(map(resolve_interpreter, pythons)))
    told = Console(stderr=True, quiet=quiet)
    console = Console(highlight=False, stderr=report.is_standard_output(output))
    plan = list(_plan(spec, interpreters, modes, told))
    try:
        for cell in _measured(plan, told):
            run.cells.append(cell)
            draft.save()
        if allocations:
            specs = [each for each, _ in plan]
            page = partial(_page, output) if output and report.is_replaceable(output) else None
            for one in trace_cells(specs, dict(enumerate(run.cells)), page, told):
                run.traced.append(one)
                draft.save()
    except KeyboardInterrupt:
        run.interrupted = True
    several = len(interpreters) > 1
    with shielded():
        for cell in run.cells:
            report.print_cell(cell, console, quiet=quiet, verbose=verbose, interpreter=several)
        for one in run.traced:
            report.print_allocations(one.allocations, console)
        draft.finish()  # last: what was printed is not lost with a disk that is full
    sys.exit(status_of(run.cells, run.interrupted))


@dataclass(slots=True)
class _Run:
    """What is measured and traced so far."""

    workload: str
    started: datetime
    cells: list[Cell] = field(default_factory=list)
    traced: list[Traced] = field(default_factory=list)
    interrupted: bool = False

    def result(self) -> Result:
        return structs.replace(
            result_of(self.workload, self.cells, self.started, self.interrupted),
            allocations=[one.allocations for one in self.traced],
            holders=[holders for one in self.traced for holders in one.holders],
        )


def _plan(
    spec: CellSpec, interpreters: Sequence[Interpreter], modes: Sequence[GcMode], told: Console
) -> Iterator[tuple[CellSpec, Interpreter]]:
    """Every combination, once all environments are there."""
    for interpreter, each in [(found, prepare(spec, found, told)) for found in interpreters]:
        for mode in modes:
            yield replace(each, gc=mode), interpreter


def _measured(plan: Sequence[tuple[CellSpec, Interpreter]], told: Console) -> Iterator[Cell]:
    several = len({interpreter for _, interpreter in plan}) > 1
    with progress(told, "cells", len(plan)) as advance:
        for index, cell in measure_cells([spec for spec, _ in plan], 1, advance.within):
            spec, interpreter = plan[index]
            # A process that never started did not say which Python it is.
            yield structs.replace(cell, python=cell.python or interpreter.version)
            advance(_step(spec, interpreter, several))


def _page(output: Path, number: int, _: CellSpec) -> Path:
    """Where memray's page goes: beside the result, named after it."""
    return output.with_name(f"{output.stem}-flame{f'-{number + 1}' if number else ''}.html")


def _step(spec: CellSpec, interpreter: Interpreter, several: bool) -> str:
    return f"Python {interpreter.version} {spec.label}" if several else spec.label

"""``unknot run WORKLOAD``: measure one workload, and say what to cut."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from msgspec import structs
from rich.console import Console

from unknot import report
from unknot.cli.options import effort_of, measuring, prepare, result_of
from unknot.cli.status import status_of
from unknot.cli.tracing import trace_cells
from unknot.measure.allocations import Traced
from unknot.measure.interpreters import Interpreter, resolve_interpreter
from unknot.measure.plan import measure_cells
from unknot.measure.source import source_of
from unknot.measure.spec import CellSpec
from unknot.records import Cell, GcMode, Result, encode_result
from unknot.report.progress import progress

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
    interpreters = list(dict.fromkeys(map(resolve_interpreter, pythons)))
    if output is not None:
        report.ensure_distinct({"-o": output}, {"the workload": source_of(workload)})
        report.ensure_writable(output)
    told = Console(stderr=True, quiet=quiet)
    console = Console(highlight=False, stderr=report.is_standard_output(output))
    plan = list(_plan(spec, interpreters, modes, told))
    cells: list[Cell] = []
    traced: list[Traced] = []
    interrupted = False

    def write() -> None:
        if output is not None:
            result = result_of(workload, cells, started, interrupted)
            report.replace(output, encode_result(_with_traces(result, traced)))

    try:
        cells.extend(_measured(plan, told))  # one by one: what is measured outlives Ctrl-C
        if allocations:
            if output is not None and report.is_replaceable(output):
                write()  # memray may take the process down, or the disk may be full
            specs = [each for each, _ in plan]
            page = partial(_page, output) if output and report.is_replaceable(output) else None
            traced.extend(trace_cells(specs, dict(enumerate(cells)), page, told))
    except KeyboardInterrupt:
        interrupted = True
    several = len(interpreters) > 1
    for cell in cells:
        report.print_cell(cell, console, quiet=quiet, verbose=verbose, interpreter=several)
    for one in traced:
        report.print_allocations(one.allocations, console)
    write()  # last: what was printed is not lost with a disk that is full
    sys.exit(status_of(cells, interrupted))


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
        for index, cell in measure_cells([spec for spec, _ in plan], jobs=1):
            spec, interpreter = plan[index]
            # A process that never started did not say which Python it is.
            yield structs.replace(cell, python=cell.python or interpreter.version)
            advance(_step(spec, interpreter, several))


def _page(output: Path, number: int, _: CellSpec) -> Path:
    """Where memray's page goes: beside the result, named after it."""
    return output.with_name(f"{output.stem}-flame{f'-{number + 1}' if number else ''}.html")


def _with_traces(result: Result, traced: Sequence[Traced]) -> Result:
    return structs.replace(
        result,
        allocations=[one.allocations for one in traced],
        holders=[holders for one in traced for holders in one.holders],
    )


def _step(spec: CellSpec, interpreter: Interpreter, several: bool) -> str:
    return f"Python {interpreter.version} {spec.label}" if several else spec.label

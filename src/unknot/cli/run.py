"""``unknot run WORKLOAD``: measure one workload, and say what to cut."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from msgspec import structs
from rich.console import Console

from unknot import report
from unknot.cli.options import effort_of, measuring, prepare, result_of
from unknot.measure.interpreters import Interpreter, resolve_interpreter
from unknot.measure.plan import measure_cells
from unknot.measure.spec import CellSpec
from unknot.records import Cell, GcMode, encode_result
from unknot.report.progress import progress

__all__ = ["command"]


@click.command("run")
@click.argument("workload")
@measuring
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
        report.ensure_writable(output)
    told = Console(stderr=True, quiet=quiet)
    console = Console(highlight=False)
    plan = [
        (replace(each, gc=mode), interpreter)
        for interpreter, each in [(found, prepare(spec, found, told)) for found in interpreters]
        for mode in modes
    ]
    cells: list[Cell] = []
    interrupted = False
    try:
        with progress(told, "cells", len(plan)) as advance:
            for index, cell in measure_cells([each for each, _ in plan], jobs=1):
                measured, interpreter = plan[index]
                # A process that never started did not say which Python it is.
                cells.append(structs.replace(cell, python=cell.python or interpreter.version))
                advance(_step(measured, interpreter, len(interpreters) > 1))
    except KeyboardInterrupt:
        interrupted = True
    if output is not None:
        report.replace(output, encode_result(result_of(workload, cells, started, interrupted)))
    for cell in cells:
        report.print_cell(
            cell, console, quiet=quiet, verbose=verbose, interpreter=len(interpreters) > 1
        )
    sys.exit(130 if interrupted else exit_code(cells))


def _step(spec: CellSpec, interpreter: Interpreter, several: bool) -> str:
    return f"Python {interpreter.version} {spec.label}" if several else spec.label


def exit_code(cells: Sequence[Cell]) -> int:
    """0 where all is clean and whole; 124 where a cell ran out of time; otherwise 1."""
    if any(cell.error is not None and cell.error.kind == "timeout" for cell in cells):
        return 124
    return int(any(cell.verdict != "clean" or _lost_one(cell) for cell in cells))


def _lost_one(cell: Cell) -> bool:
    """Whether a process that was counted did not live to the end."""
    return any(process.ended in ("killed", "silent") for process in cell.processes)

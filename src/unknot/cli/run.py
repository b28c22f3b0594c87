"""``unknot run WORKLOAD``: measure one workload, and say what to cut."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

import unknot
from unknot import report
from unknot.measure.environment import describe_environment
from unknot.measure.plan import measure_cells
from unknot.measure.spec import CellSpec, Effort
from unknot.records import SCHEMA, Cell, GcMode, Result, encode_result
from unknot.report.progress import progress

__all__ = ["run"]

EFFORTS = {
    "fast": Effort(ops=400, samples=8, confirm_ops=1200),
    "default": Effort(),
    "rigorous": Effort(ops=4000, rounds=8, samples=40, confirm_ops=20_000, time_limit=600.0),
}


@click.command()
@click.argument("workload")
@click.option("-n", "--ops", type=int, help="Operations of the sustained stage.")
@click.option("--rounds", type=int, help="Rounds that the counts come from, 4 or more.")
@click.option("--warmup", type=int, help="Operations before anything counts.")
@click.option(
    "--gc",
    "modes",
    multiple=True,
    type=click.Choice(("off", "auto", "forced")),
    default=("off",),
    show_default=True,
    help="Collector mode of the sustained stage; can be given several times.",
)
@click.option("--python", default=sys.executable, help="Interpreter to measure under.")
@click.option("--time-limit", type=float, help="Seconds for one cell.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="JSON result, for programs.")
@click.option("--fast", "level", flag_value="fast", help="Fewer operations.")
@click.option("--rigorous", "level", flag_value="rigorous", help="More operations and rounds.")
@click.option("-q", "--quiet", is_flag=True, help="Findings alone.")
@click.option("-v", "--verbose", is_flag=True, help="Every type that operations leave behind.")
def run(
    workload: str,
    modes: tuple[GcMode, ...],
    python: str,
    output: Path | None,
    level: str | None,
    quiet: bool,
    verbose: bool,
    **numbers: Any,
) -> None:
    """Measure what each operation of WORKLOAD leaves behind, and name the reference to cut.

    WORKLOAD is path/to/file.py, path/to/file.py:name or package.module:name. A file alone has
    op(), plain or async, and setup() and teardown() where it needs them.
    """
    started = datetime.now(UTC).astimezone()
    given = {name: value for name, value in numbers.items() if value is not None}
    effort = replace(EFFORTS[level or "default"], **given)
    specs = [
        CellSpec(workload=workload, variant=workload, gc=mode, python=python, effort=effort)
        for mode in modes
    ]
    if output is not None:
        report.ensure_writable(output)
    console = Console(highlight=False)
    cells: list[Cell] = []
    interrupted = False
    try:
        with progress(Console(stderr=True, quiet=quiet), "cells", len(specs)) as advance:
            for index, cell in measure_cells(specs, jobs=1):
                cells.append(cell)
                advance(specs[index].label)
    except KeyboardInterrupt:
        interrupted = True
    if output is not None:
        report.replace(output, encode_result(_result(workload, cells, started, interrupted)))
    for cell in cells:
        report.print_cell(cell, console, quiet=quiet, verbose=verbose)
    sys.exit(130 if interrupted else exit_code(cells))


def exit_code(cells: Sequence[Cell]) -> int:
    """0 where all is clean; 124 where a cell ran out of time; otherwise 1."""
    if any(cell.error is not None and cell.error.kind == "timeout" for cell in cells):
        return 124
    return int(any(cell.verdict != "clean" for cell in cells))


def _result(workload: str, cells: list[Cell], started: datetime, interrupted: bool) -> Result:
    ended = datetime.now(UTC).astimezone()
    return Result(
        schema=SCHEMA,
        unknot=unknot.__version__,
        title=workload,
        environment=describe_environment(["unknot", *sys.argv[1:]], started, ended, jobs=1),
        cells=cells,
        interrupted=interrupted,
    )

"""``unknot run WORKLOAD…``: measure workloads, and say what to cut."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from unknot import files
from unknot.cli.console import make_console
from unknot.cli.options import effort_of, measuring
from unknot.cli.portion import Selection, dividing
from unknot.cli.run_record import Planned, Run
from unknot.cli.signals import shielded
from unknot.cli.status import FINDING, FINE, status_of
from unknot.environments.interpreters import resolve_interpreter
from unknot.errors import UsageError
from unknot.measuring.source import find_workloads, source_of
from unknot.measuring.spec import CellSpec
from unknot.records import GcMode
from unknot.report.terminal import print_allocations, print_cell

__all__ = ["command"]


@click.command("run")
@click.argument("workloads", metavar="WORKLOAD...", nargs=-1, required=True)
@measuring
@dividing
@click.option(
    "--allocations",
    is_flag=True,
    help="Also trace where operations allocate memory (memray) and what holds leaks (objgraph).",
)
@click.option("--mine", is_flag=True, help="Fail only on findings in your own code.")
@click.option(
    "--exit-zero",
    is_flag=True,
    help="Exit with 0 despite findings, e.g. if 'unknot check' runs next.",
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
    """Measure what each operation of WORKLOAD leaves behind, and name the reference to cut.

    WORKLOAD is path/to/file.py, path/to/file.py:name, package.module:name, or a folder with
    workloads. A file without a name must define op(), plain or async; it may define setup() and
    teardown().

    Several workloads, --python or --gc options are combined, and each combination is measured;
    all go into one result. --resume without -o updates the result that it resumes.
    """
    output = output or asked.resume
    run = Run(title=" ".join(workloads), output=output, jobs=jobs, asked=asked)
    named = _found(workloads, run)
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
        files.ensure_distinct({"-o": output}, {name: source_of(name) for name in named})
        files.ensure_writable(output)
    err_console = make_console(stderr=True, quiet=quiet)
    planned = run.prepare(lambda: _combine(specs, pythons, modes), err_console)
    with run.stoppable():
        run.measure(planned, err_console)
        if allocations:
            page = partial(_page, output) if output and files.is_replaceable(output) else None
            run.trace(planned, page, err_console)
    with shielded():
        _show(run, make_console(stderr=files.is_standard_output(output)), quiet, verbose)
        run.finish()  # last: what was printed is not lost with a disk that is full
    status = run.status(partial(status_of, mine=mine))
    sys.exit(FINE if exit_zero and status == FINDING else status)


def _show(run: Run, console: Console, quiet: bool, verbose: bool) -> None:
    several = len(set(run.versions)) > 1
    for cell in run.in_order():
        print_cell(cell, console, quiet=quiet, verbose=verbose, interpreter=several)
    for one in run.traced:
        print_allocations(one.allocations, console)


def _found(workloads: Sequence[str], run: Run) -> list[str]:
    """The named workloads, with folders expanded. If there are none, replaces an older result."""
    try:
        return find_workloads(workloads)
    except UsageError:
        if run.output is not None and run.asked.resume is None:
            files.ensure_distinct({"-o": run.output}, {each: Path(each) for each in workloads})
            run.begin()
        raise


def _combine(
    specs: Sequence[CellSpec], pythons: Sequence[str], modes: Sequence[GcMode]
) -> list[Planned]:
    """Every workload under every interpreter and collector mode."""
    return [
        (replace(spec, gc=mode, python=interpreter.path), interpreter)
        for spec in specs
        for interpreter in dict.fromkeys(map(resolve_interpreter, pythons))
        for mode in modes
    ]


def _page(output: Path, number: int, _: CellSpec) -> Path:
    """The path of memray's page: beside the result, and named after it."""
    return output.with_name(f"{output.stem}-flame{f'-{number + 1}' if number else ''}.html")

"""What unknot finds in the newest release of each package that there is a workload for.

``python -m bench.survey`` measures every workload in ``bench/workloads`` that names its
requirements, each in an environment of its own, and prints the table of
``docs/real-workloads.md``. The same figures come from ``unknot run``, one by one.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

import unknot
from bench.catalogue import Listed, catalogue
from unknot import report
from unknot.errors import UnknotError
from unknot.measure.environment import describe_environment
from unknot.measure.environments import environment
from unknot.measure.interpreters import Interpreter, resolve_interpreter
from unknot.measure.plan import measure_cells
from unknot.measure.spec import CellSpec, Effort
from unknot.records import SCHEMA, Cell, CellError, Result, encode_result
from unknot.report.progress import progress
from unknot.report.survey import survey_lines

EFFORT = Effort(ops=400, samples=4, confirm_ops=1200, time_limit=900.0)


def spec_of(listed: Listed, effort: Effort) -> CellSpec:
    """The cell that measures a workload, its environment not made yet."""
    return CellSpec(
        workload=os.path.relpath(listed.path),
        variant=listed.name,
        requirements=listed.requirements,
        effort=effort,
    )


def measure(spec: CellSpec, interpreter: Interpreter) -> Cell:
    """The cell, or the record of why there is none."""
    try:
        made = environment(spec.requirements, interpreter)
    except UnknotError as error:
        return Cell(
            workload=spec.workload,
            variant=spec.variant,
            shape=None,
            ending=None,
            gc=spec.gc,
            python=interpreter.version,
            ops=spec.effort.ops,
            rounds=spec.effort.rounds,
            requirements=list(spec.requirements),
            error=CellError(kind="environment", message=str(error)),
        )
    [(_, cell)] = measure_cells([replace(spec, python=made.python, packages=made.packages)], jobs=1)
    return cell


def survey(
    listed: list[Listed], effort: Effort, interpreter: Interpreter, told: Console
) -> tuple[list[Cell], bool]:
    """A cell for each workload, and whether Ctrl-C ended it early."""
    cells: list[Cell] = []
    try:
        with progress(told, "cells", len(listed)) as advance:
            for each in listed:
                cells.append(measure(spec_of(each, effort), interpreter))
                advance(each.name)
    except KeyboardInterrupt:
        return cells, True
    return cells, False


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--workload", "names", multiple=True, help="One of them; can be given several times.")
@click.option("-n", "--ops", type=int, help="Operations in a cell's sustained stage.")
@click.option("--warmup", type=int, help="Operations before anything counts.")
@click.option("--python", default=sys.executable, show_default="this one", help="Interpreter.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/survey"),
    show_default=True,
    help="Folder for result.json.",
)
def main(
    names: tuple[str, ...], ops: int | None, warmup: int | None, python: str, output: Path
) -> None:
    """What one operation of each real workload leaves behind, as a table in Markdown."""
    started = datetime.now(UTC).astimezone()
    try:
        effort = replace(
            EFFORT,
            ops=EFFORT.ops if ops is None else ops,
            warmup=EFFORT.warmup if warmup is None else warmup,
        )
        listed = [each for each in catalogue() if each.name in (names or (each.name,))]
        report.ensure_writable(output / "result.json")
        told = Console(stderr=True)
        cells, interrupted = survey(listed, effort, resolve_interpreter(python), told)
        result = Result(
            schema=SCHEMA,
            unknot=unknot.__version__,
            title="Real workloads",
            environment=describe_environment(
                ["python", "-m", "bench.survey", *sys.argv[1:]],
                started,
                datetime.now(UTC).astimezone(),
                jobs=1,
            ),
            cells=cells,
            interrupted=interrupted,
        )
        report.replace(output / "result.json", encode_result(result))
    except UnknotError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    print("\n".join(survey_lines(result, {each.name: each.operation for each in listed})))
    kinds = {cell.error.kind for cell in cells if cell.error is not None}
    sys.exit(130 if interrupted else 124 if "timeout" in kinds else int(bool(kinds)))


if __name__ == "__main__":
    main()

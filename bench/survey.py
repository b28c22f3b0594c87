"""What unknot finds in the newest release of each package that has a workload.

``python -m bench.survey`` measures every workload in ``bench/workloads`` that names its
requirements, each in a separate environment, and prints the table of
``docs/real-workloads.md``. The same figures come from ``unknot run``, one by one.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from bench.catalogue import Listed, catalogue
from bench.selection import not_installed, select
from bench.survey_table import survey_lines
from unknot import files
from unknot.cli.commands import run_command
from unknot.cli.output import complain
from unknot.cli.portion import Selection, dividing
from unknot.cli.run_record import Run
from unknot.environments.cache import environment
from unknot.environments.interpreters import Interpreter, resolve_interpreter
from unknot.errors import UnknotError
from unknot.measuring.spec import CellSpec, Effort

PROGRAM = "python -m bench.survey"
EFFORT = Effort(ops=400, samples=4, confirm_ops=1200, time_limit=900.0)


def spec_of(listed: Listed, effort: Effort) -> CellSpec:
    """The cell that measures a workload, whose environment is not created yet."""
    return CellSpec(
        workload=os.path.relpath(listed.path),
        variant=listed.name,
        requirements=listed.requirements,
        effort=effort,
        makers=True,
    )


def measure(
    run: Run, specs: dict[int, CellSpec], interpreter: Interpreter, err_console: Console
) -> None:
    """Create each workload's environment, measure it there, and add the cell to ``run``."""
    if run.asked.on is not None:  # environments are made there
        run.measure(specs, err_console)
        return
    for number, spec in specs.items():
        try:
            made = environment(spec.requirements, interpreter)
        except UnknotError as error:
            run.cells[number] = not_installed(spec, interpreter, str(error))
            continue
        ready = replace(spec, python=made.python, packages=made.packages)
        run.measure({number: ready}, err_console)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--workload",
    "names",
    multiple=True,
    help="A workload's name; can be given several times. The default is all.",
)
@click.option("-n", "--ops", type=int, help="Operations in a cell's sustained stage.")
@click.option("--warmup", type=int, help="Operations before counting starts.")
@click.option("--python", default=sys.executable, show_default="this one", help="Interpreter.")
@dividing
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/survey"),
    show_default=True,
    help="Folder for result.json.",
)
def main(
    names: tuple[str, ...],
    ops: int | None,
    warmup: int | None,
    python: str,
    output: Path,
    asked: Selection,
) -> None:
    """Measure what one operation of each real workload leaves behind; print a Markdown table."""
    try:
        effort = replace(
            EFFORT,
            ops=EFFORT.ops if ops is None else ops,
            warmup=EFFORT.warmup if warmup is None else warmup,
        )
        listed = {each.name: each for each in catalogue()}
        specs = [spec_of(listed[name], effort) for name in select(names, listed, "workload")]
        files.ensure_writable(output / "result.json")
        run = Run(
            program=PROGRAM, title="Real workloads", output=output / "result.json", asked=asked
        )
        interpreter = resolve_interpreter(python)
        here = run.choose(specs, [interpreter.version] * len(specs))
        with run.stoppable():
            measure(run, here, interpreter, Console(stderr=True))
        run.finish()
    except UnknotError as error:
        complain(error)
        sys.exit(error.exit_code)
    said = {name: each.operation for name, each in listed.items()}
    print("\n".join(survey_lines(run.result(), said)))
    sys.exit(run.status())


if __name__ == "__main__":
    run_command(main, PROGRAM)

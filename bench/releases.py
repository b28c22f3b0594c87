"""Measures one workload with many releases of a package, and draws the history.

``python -m bench.releases`` dispatches through a real ``wool.WorkerPool`` under every release of
wool from 0.10.0 to the newest, each in a separate environment, and counts in the worker
process. It prints a table, and writes ``result.json`` and ``releases.png`` to the output folder.

Reading order: :func:`main`, :func:`prepare`, then :mod:`unknot.report.tables.releases`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bench.selection import not_installed
from unknot import files
from unknot.cli.commands import run_command
from unknot.cli.options import JOBS
from unknot.cli.output import complain, say
from unknot.cli.portion import Selection, dividing
from unknot.cli.progress import waiting
from unknot.cli.run_record import Run
from unknot.environments.cache import environment
from unknot.environments.interpreters import Interpreter, resolve_interpreter
from unknot.errors import UnknotError, UsageError
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell, GcMode
from unknot.report.figures import write_pictures
from unknot.report.terminal import print_releases
from unknot.text import amount

PROGRAM = "python -m bench.releases"
NEWEST = "newest"
MODES: tuple[GcMode, ...] = ("off", "auto", "forced")
TYPES = ("asyncio.Task", "contextvars.Context")

Prepared = tuple[CellSpec, Cell | None]
"""The cell to measure, or the record of why the release cannot be installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The known releases of a package whose history is worth drawing."""

    workload: str
    releases: tuple[str, ...]
    """In order; the newest release follows them."""
    telling: tuple[str, ...]
    """The releases that ``--fast`` measures, besides the newest."""
    changes: Mapping[str, str]
    watch: tuple[str, ...]


WOOL = Package(
    workload=os.path.relpath(Path(__file__).parent / "workloads" / "wool.py"),
    releases=(
        "0.10.0", "0.10.1", "0.10.2", "0.10.3", "0.10.4", "0.11.0", "0.12.0", "0.13.0", "0.13.1",
        "0.14.0", "0.14.1", "0.15.0", "0.15.1", "0.15.2", "0.15.3", "0.15.4", "0.15.5", "0.15.6",
        "0.15.7",
    ),
    telling=("0.10.0", "0.10.1", "0.10.2", "0.10.3", "0.10.4"),
    changes={
        "0.10.2": "unpins the done task from a registry (wool issue 261)",
        "0.10.4": "clears _worker_task in its done-callback (wool issue 266, pull request 272)",
    },
    watch=(*TYPES, "wool.runtime.worker.session.DispatchSession"),
)  # fmt: skip
PACKAGES = {"wool": WOOL}

EFFORTS = {
    "fast": Effort(ops=400, samples=4, confirm_ops=1200, time_limit=300.0),
    "default": Effort(samples=10, time_limit=600.0),
    "rigorous": Effort(ops=16_000, rounds=8, samples=20, confirm_ops=20_000, time_limit=3600.0),
}


def choose(package: str, fast: bool, asked: Sequence[str]) -> list[str]:
    """The releases to measure: the requested ones, or all known ones and the newest."""
    if asked:
        return list(dict.fromkeys(asked))
    known = PACKAGES.get(package)
    if known is None:
        raise UsageError(f"nothing is known of the releases of {package}; name some with --release")
    return [*(known.telling if fast else known.releases), NEWEST]


def prepare(
    spec: CellSpec,
    package: str,
    releases: Sequence[str],
    interpreter: Interpreter,
    told: Console,
    *,
    elsewhere: bool = False,
) -> list[Prepared]:
    """A cell to measure for each release, or why it cannot be installed.

    The newest release gets its version number here; if that was requested too, it is measured once.
    If cells are measured ``elsewhere``, other releases are installed there.
    """
    prepared: dict[str, Prepared] = {}
    for release in releases:
        requirement = package if release == NEWEST else f"{package}=={release}"
        mine = replace(spec, variant=requirement, requirements=(requirement,))
        if elsewhere and release != NEWEST:
            prepared.setdefault(requirement, (replace(mine, python=interpreter.path), None))
            continue
        try:
            with waiting(told, f"building the environment for {requirement}"):
                made = environment(mine.requirements, interpreter)
        except UsageError:
            raise
        except UnknotError as error:
            prepared[requirement] = mine, not_installed(mine, interpreter, str(error))
            continue
        version = made.packages.get(package.lower().replace("_", "-"), release)
        name = f"{package}=={version}"
        ready = replace(mine, variant=name, requirements=(name,))
        if elsewhere:
            ready = replace(ready, python=interpreter.path)
        else:
            ready = replace(ready, python=made.python, packages=made.packages)
        prepared.setdefault(name, (ready, None))
    return list(prepared.values())


def measure(run: Run, plan: Sequence[Prepared], version: str, err_console: Console) -> None:
    """Measure the cells, and add them to ``run``, which is written whatever happens."""
    here = run.choose([spec for spec, _ in plan], [version] * len(plan))
    failed = {place: cell for place in here if (cell := plan[place][1]) is not None}
    with run.stoppable():
        run.cells.update(failed)
        run.measure(
            {place: spec for place, spec in here.items() if place not in failed}, err_console
        )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--fast", "level", flag_value="fast", help="Fewer releases and dispatches.")
@click.option("--rigorous", "level", flag_value="rigorous", help="An hour: more of everything.")
@click.option("--package", default="wool", show_default=True, help="The package.")
@click.option("-w", "--workload", help="The workload; for wool, bench/workloads/wool.py.")
@click.option(
    "--release",
    "releases",
    multiple=True,
    help="A version, or 'newest'; can be given several times. The default is all known releases.",
)
@click.option("--watch", multiple=True, help="A type to show, by its full name.")
@click.option("--gc", "modes", multiple=True, type=click.Choice(MODES), default=("off",))
@click.option("--python", default=sys.executable, show_default="this one", help="Interpreter.")
@click.option("-n", "--ops", type=int, help="Operations in a cell's sustained stage.")
@click.option("--rounds", type=int, help="Rounds that the counts come from, 4 or more.")
@click.option("--warmup", type=int, help="Operations before counting starts.")
@click.option("--time-limit", type=float, help="Seconds for one cell.")
@dividing
@click.option(
    "--jobs",
    type=JOBS,
    default=os.cpu_count() or 1,
    show_default=True,
    help="Cells at a time.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/releases"),
    show_default=True,
    help="Folder for result.json and releases.png.",
)
def main(
    level: str | None,
    package: str,
    workload: str | None,
    releases: tuple[str, ...],
    watch: tuple[str, ...],
    modes: tuple[GcMode, ...],
    python: str,
    jobs: int,
    output: Path,
    asked: Selection,
    **numbers: Any,
) -> None:
    """Measure what one operation leaves behind with each release of a package; draw the history."""
    try:
        known = PACKAGES.get(package)
        if workload is None and known is None:
            raise UsageError(f"there is no workload for {package}; name one with -w")
        given = {name: value for name, value in numbers.items() if value is not None}
        spec = CellSpec(
            workload=workload or (known.workload if known is not None else ""),
            effort=replace(EFFORTS[level or "default"], **given),
            watch=watch or (known.watch if known is not None else TYPES),
        )
        chosen = choose(package, level == "fast", releases)
        files.ensure_writable(output / "result.json")
        changes = known.changes if known is not None else {}
        title = f"{package}, release by release"
        file = output / "result.json"
        run = Run(program=PROGRAM, title=title, output=file, jobs=jobs, asked=asked)
        err_console = Console(stderr=True)
        interpreter = resolve_interpreter(python)
        ready = prepare(
            spec, package, chosen, interpreter, err_console, elsewhere=asked.on is not None
        )
        plan = [(replace(one, gc=mode), failed) for mode in modes for one, failed in ready]
        measure(run, plan, interpreter.version, err_console)
        run.finish()
        result = run.result()
        print_releases(result, changes, Console(highlight=False))
        [picture] = write_pictures(result, output, changes=changes, names=("releases.png",))
        say(f"{len(run.cells)} of {amount(len(plan), 'cell')}, history in {picture}")
        status = run.status()
    except UnknotError as error:
        complain(error)
        status = error.exit_code
    sys.exit(status)


if __name__ == "__main__":
    run_command(main, PROGRAM)

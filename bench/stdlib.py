"""What the standard library's own code leaves behind, under each interpreter.

``python -m bench.stdlib`` measures every operation in ``bench/workloads/stdlib`` under every
interpreter of ``--python``, and prints the table of ``docs/standard-library.md``. ``unknot run``
has the same figures for one operation.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console

from bench.selection import select
from unknot import report
from unknot.cli.commands import run_command
from unknot.cli.options import JOBS
from unknot.cli.output import complain
from unknot.cli.portion import Selection, dividing
from unknot.cli.run_record import Run
from unknot.environments.interpreters import resolve_interpreter
from unknot.errors import UnknotError
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell, Cycle
from unknot.text import clip, rate, visible

PROGRAM = "python -m bench.stdlib"
EFFORT = Effort(ops=80, warmup=16, samples=1, confirm_ops=400, time_limit=120.0)
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
SEEN = 0.05
"""Cycles of fewer copies an operation are left to the result."""


class Operation(NamedTuple):
    """One function of a file in ``workloads/stdlib``."""

    path: Path
    name: str
    said: str
    """The first line of its docstring."""

    @property
    def title(self) -> str:
        return f"{self.path.stem}.{self.name}"

    @property
    def workload(self) -> str:
        return f"{os.path.relpath(self.path)}:{self.name}"


def operations() -> list[Operation]:
    """All of them, in the order of the files."""
    return operations_in(sorted(Path(__file__).parent.glob("workloads/stdlib/[a-z]*.py")))


def operations_in(paths: Iterable[Path]) -> list[Operation]:
    """The public functions of files that can be called without arguments."""
    found = []
    for path in paths:
        for each in ast.parse(path.read_text()).body:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and _is_called_bare(each):
                said = ast.get_docstring(each) or ""
                found.append(Operation(path, each.name, said.replace("``", "`").rstrip(".")))
    return found


def _is_called_bare(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = function.args
    plain = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    return function.name[0] != "_" and plain == 0 and None not in arguments.kw_defaults


def specs_of(
    chosen: Sequence[Operation], pythons: Sequence[str], effort: Effort, runs: int = 1
) -> list[CellSpec]:
    """A cell for each operation and interpreter; all of them, then all again as often as asked."""
    return [
        CellSpec(
            workload=each.workload,
            variant=each.title,
            shape=f"run {number} of {runs}" if runs > 1 else None,
            python=python,
            effort=effort,
        )
        for number in range(1, runs + 1)
        for each in chosen
        for python in pythons
    ]


def measure_under(
    pythons: Sequence[str], run: Run, chosen: Sequence[Operation], effort: Effort, runs: int = 1
) -> None:
    """Measure the operations under each interpreter, into ``run``; Ctrl-C ends that alone.

    As many times as ``runs``.
    """
    interpreters = [resolve_interpreter(each) for each in pythons]
    specs = specs_of(chosen, [each.path for each in interpreters], effort, runs)
    versions = [each.version for _ in range(runs) for _ in chosen for each in interpreters]
    if run.output is not None:
        report.ensure_writable(run.output)
    here = run.choose(specs, versions)
    with run.stoppable():
        run.measure(here, Console(stderr=True))


def lines_of(chosen: Iterable[Operation], cells: Sequence[Cell]) -> list[str]:
    """A row for each cycle of an operation; behind them what leaves nothing, and what failed."""
    columns = columns_of(cells)
    versions = list(columns.values())
    heads = ["Operation", "What it does", *versions, "Cycle", "Cut", "Issue"]
    lines = [row_of(heads), row_of(["---", "---", *("--:" for _ in versions), "---", "---", "---"])]
    clean, rest = [], []
    for each in chosen:
        own = {columns[cell.python]: cell for cell in cells if cell.variant == each.title}
        rows = _rows(each, own, versions)
        lines += rows
        if not rows and own and all(cell.verdict == "clean" for cell in own.values()):
            clean.append(f"`{each.title}`")
        rest += [
            f"{each.title} under {version}: {cell.error.message if cell.error else cell.verdict}"
            for version, cell in own.items()
            if cell.verdict != "clean" and not (cell.verdict == "cyclic" and rows)
        ]
    nothing = [f"Nothing stays of {len(clean)}: {', '.join(clean)}."] if clean else []
    return [*lines, "", *nothing, *rest]


def _rows(each: Operation, own: dict[str, Cell], versions: Sequence[str]) -> list[str]:
    found: dict[str, dict[str, Cycle]] = {}
    for version, cell in own.items():
        for cycle in cell.cycles:
            if cycle.per_op >= SEEN:
                found.setdefault(cycle.signature, {})[version] = cycle
    rows, title, said = [], f"`{each.title}`", each.said
    for by_version in found.values():
        first = next(iter(by_version.values()))
        stays = [
            rate(round(by_version[version].objects_per_op, 1))
            if version in by_version
            else ("0" if version in own else "–")
            for version in versions
        ]
        way = clip(visible(" → ".join(first.path)), 160)
        rows.append(row_of([title, said, *stays, f"`{way}`", _cut(first), _issue(first)]))
        title = said = ""
    return rows


def _cut(cycle: Cycle) -> str:
    shown = " and ".join(f"`{visible(edge)}`" for edge in cycle.cut.edges[:2])
    more = len(cycle.cut.edges) - 2
    return f"{shown} and {more} more" if more > 0 else shown


def _issue(cycle: Cycle) -> str:
    if cycle.known is not None:
        return f"[{cycle.known.rpartition('/')[2]}]({cycle.known})"
    return "" if cycle.origin == "library" else "the caller's"


def columns_of(cells: Iterable[Cell]) -> dict[str, str]:
    """By each interpreter's version how its column is called: ``3.11``, if it is the only one."""
    versions = list(dict.fromkeys(cell.python for cell in cells))
    minor = {version: ".".join(version.split(".")[:2]) for version in versions}
    names = list(minor.values())
    return {each: name if names.count(name) == 1 else each for each, name in minor.items()}


def row_of(entries: Iterable[str]) -> str:
    """A row of a table in Markdown."""
    return f"| {' | '.join(entry.replace('|', '/') for entry in entries)} |"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--operation", "names", multiple=True, help="One of them, as formats.dump_json.")
@click.option("-n", "--ops", type=int, help="Operations in a cell's sustained stage.")
@click.option("--python", "pythons", multiple=True, default=VERSIONS, show_default=True)
@dividing
@click.option("--jobs", type=JOBS, default=1, show_default=True, help="Cells at the same time.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/stdlib"),
    show_default=True,
    help="Folder for result.json.",
)
def main(
    names: tuple[str, ...],
    ops: int | None,
    pythons: tuple[str, ...],
    jobs: int,
    output: Path,
    asked: Selection,
) -> None:
    """What each operation of the standard library leaves behind, as a table in Markdown."""
    try:
        effort = replace(EFFORT, ops=EFFORT.ops if ops is None else ops)
        known = {each.title: each for each in operations()}
        chosen = [known[name] for name in select(names, known, "operation")]
        run = Run(
            program=PROGRAM,
            title="The standard library",
            output=output / "result.json",
            jobs=jobs,
            asked=asked,
        )
        measure_under(pythons, run, chosen, effort)
    except UnknotError as error:
        complain(error)
        sys.exit(error.exit_code)
    print("\n".join(lines_of(chosen, run.result().cells)))
    run.finish()
    sys.exit(run.status())


if __name__ == "__main__":
    run_command(main, PROGRAM)

"""Functions of workload files, measured one by one under several interpreters.

The common part of ``bench.stdlib``, ``bench.versions`` and ``bench.repeats``: finding operations,
measuring them, the options for that, and tables in Markdown.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click
from rich.console import Console

from bench.selection import select
from unknot import files
from unknot.cli.options import JOBS
from unknot.cli.output import complain
from unknot.cli.portion import Selection, dividing
from unknot.cli.run_record import Run
from unknot.environments.interpreters import resolve_interpreter
from unknot.errors import UnknotError
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell

__all__ = [
    "EFFORT",
    "SEEN",
    "Operation",
    "columns_of",
    "measured",
    "operations_in",
    "options",
    "row_of",
    "specs_of",
]

EFFORT = Effort(ops=80, warmup=16, samples=1, confirm_ops=400, time_limit=120.0)
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
SEEN = 0.05
"""Findings with less than this per operation are only in the result."""


class Operation(NamedTuple):
    """One function of a file of workloads."""

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


Command = TypeVar("Command", bound=Callable[..., Any])


def options(folder: str, example: str) -> Callable[[Command], Command]:
    """The options that select what to measure; ``result.json`` goes to ``folder`` by default."""
    added = (
        click.option(
            "--operation", "names", multiple=True, help=f"An operation, such as {example}."
        ),
        click.option("--python", "pythons", multiple=True, default=VERSIONS, show_default=True),
        dividing,
        click.option(
            "--jobs", type=JOBS, default=1, show_default=True, help="Cells at the same time."
        ),
        click.option(
            "-o",
            "--output",
            type=click.Path(file_okay=False, path_type=Path),
            default=Path(folder),
            show_default=True,
            help="Folder for result.json.",
        ),
    )

    def add(command: Command) -> Command:
        for option in reversed(added):
            command = option(command)
        return command

    return add


def measured(
    program: str,
    title: str,
    known: Iterable[Operation],
    effort: Effort = EFFORT,
    runs: int = 1,
    *,
    names: Sequence[str],
    pythons: Sequence[str],
    jobs: int,
    output: Path,
    asked: Selection,
) -> tuple[list[Operation], Run]:
    """The operations called ``names``, and the run that measured them as many times as ``runs``.

    Ctrl-C ends only the measurement. Exits if the request is invalid.
    """
    try:
        titles = {each.title: each for each in known}
        chosen = [titles[name] for name in select(names, titles, "operation")]
        run = Run(
            program=program, title=title, output=output / "result.json", jobs=jobs, asked=asked
        )
        interpreters = [resolve_interpreter(each) for each in pythons]
        specs = specs_of(chosen, [each.path for each in interpreters], effort, runs)
        versions = [each.version for _ in range(runs) for _ in chosen for each in interpreters]
        files.ensure_writable(output / "result.json")
        here = run.choose(specs, versions)
        with run.stoppable():
            run.measure(here, Console(stderr=True))
    except UnknotError as error:
        complain(error)
        sys.exit(error.exit_code)
    return chosen, run


def specs_of(
    chosen: Sequence[Operation], pythons: Sequence[str], effort: Effort, runs: int = 1
) -> list[CellSpec]:
    """A cell for each operation and interpreter; the whole list is repeated ``runs`` times."""
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


def columns_of(cells: Iterable[Cell]) -> dict[str, str]:
    """The name of each interpreter's column by its version: ``3.11`` if there is only one 3.11."""
    versions = list(dict.fromkeys(cell.python for cell in cells))
    minor = {version: ".".join(version.split(".")[:2]) for version in versions}
    names = list(minor.values())
    return {each: name if names.count(name) == 1 else each for each, name in minor.items()}


def row_of(entries: Iterable[str]) -> str:
    """A row of a table in Markdown."""
    return f"| {' | '.join(entry.replace('|', '/') for entry in entries)} |"

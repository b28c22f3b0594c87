"""Checks that growth without new objects is found every time: ``python -m bench.repeats``.

Measures each operation of ``bench/workloads/growing.py`` repeatedly under every interpreter of
``--python``, and prints how often the result is right: the kind of growth is named, and nothing
else; or, for a clean operation, the verdict is *clean*. The exit code is 1 if one is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from bench.operations import Operation, columns_of, measured, operations_in, options, row_of
from unknot.cli.commands import run_command
from unknot.measuring.spec import Effort
from unknot.records import Cell

__all__ = ["KINDS", "is_right", "kinds_of", "lines_of", "operations"]

PROGRAM = "python -m bench.repeats"
EFFORT = Effort(ops=160, warmup=32, samples=1, confirm_ops=160, time_limit=120.0)
WORKLOADS = Path(__file__).parent / "workloads" / "growing.py"
RUNS = "threads that still run"

KINDS = {
    "growing.buffer": "object",
    "growing.malloc": "c heap",
    "growing.mapped": "unique memory",
    "growing.dup": "file descriptors",
    "growing.thread": RUNS,
    "growing.child": "child processes",
    "growing.popen": "child processes",
}
"""The expected kind of growth by operation; all others are clean."""


def operations() -> list[Operation]:
    """All operations, in the order of the file."""
    return operations_in([WORKLOADS])


def kinds_of(cell: Cell) -> set[str]:
    """The kinds of growth that a cell reports."""
    runs = {RUNS for leak in cell.leaks if leak.runs is not None}
    return {*(growth.kind for growth in cell.growths), *runs}


def is_right(cell: Cell) -> bool:
    """Whether a cell's findings are the expected ones."""
    kind = KINDS.get(cell.variant)
    if kind is None:
        return cell.verdict == "clean" and cell.error is None
    return cell.verdict in ("growing", "leaking") and kinds_of(cell) == {kind}


def lines_of(chosen: Sequence[Operation], cells: Sequence[Cell]) -> Iterator[str]:
    """How often each is right, as a table in Markdown, and the wrong results."""
    columns = columns_of(cells)
    yield row_of(["Operation", "Kind", *columns.values()])
    yield row_of(["---", "---", *("--:" for _ in columns)])
    for each in chosen:
        own = [cell for cell in cells if cell.variant == each.title]
        yield row_of(
            [each.said, KINDS.get(each.title, "clean"), *(_times(own, each) for each in columns)]
        )
    wrong = [cell for cell in cells if not is_right(cell)]
    yield ""
    yield f"{len(cells) - len(wrong):,} of {len(cells):,} runs are right."
    for cell in wrong:
        said = cell.error.message if cell.error else f"{cell.verdict}, {_listed(kinds_of(cell))}"
        yield f"{cell.variant} under {cell.python}, {cell.shape}: {said}"


def _times(cells: Sequence[Cell], python: str) -> str:
    there = [cell for cell in cells if cell.python == python]
    return f"{sum(map(is_right, there))} of {len(there)}"


def _listed(kinds: Collection[str]) -> str:
    return ", ".join(sorted(kinds)) or "no kind"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Number of measurements under each interpreter.",
)
@options("reports/repeats", "growing.buffer")
def main(runs: int, **asked: Any) -> None:
    """Measure how often growth without new objects is found, or reported wrongly."""
    chosen, run = measured(PROGRAM, "Growth, repeated", operations(), EFFORT, runs, **asked)
    cells = run.result().cells
    print("\n".join(lines_of(chosen, cells)))
    run.finish()
    sys.exit(run.status() or not all(map(is_right, cells)))


if __name__ == "__main__":
    run_command(main, PROGRAM)

"""Whether growth that no object accounts for is found every time: ``python -m bench.repeats``.

Measures each operation of ``bench/workloads/growing.py`` again and again under every interpreter of
``--python``, and prints how often the result is right: the kind of growth is named, and nothing
else; or, of a clean operation, the verdict is *clean*. Exit code 1 where one is not.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import click

from bench.selection import select
from bench.stdlib import VERSIONS, Operation, columns_of, measure_under, operations_in, row_of
from unknot.cli.commands import run_command
from unknot.cli.options import JOBS
from unknot.cli.output import complain
from unknot.cli.portion import Selection, dividing
from unknot.cli.run_record import Run
from unknot.errors import UnknotError
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
"""What is to be found, by operation; all others are clean."""


def operations() -> list[Operation]:
    """All of them, in the order of the file."""
    return operations_in([WORKLOADS])


def kinds_of(cell: Cell) -> set[str]:
    """What a cell says the process gains."""
    runs = {RUNS for leak in cell.leaks if leak.runs is not None}
    return {*(growth.kind for growth in cell.growths), *runs}


def is_right(cell: Cell) -> bool:
    """Whether a cell says of its operation what is true of it."""
    kind = KINDS.get(cell.variant)
    if kind is None:
        return cell.verdict == "clean" and cell.error is None
    return cell.verdict in ("growing", "leaking") and kinds_of(cell) == {kind}


def lines_of(chosen: Sequence[Operation], cells: Sequence[Cell]) -> Iterator[str]:
    """How often each is right, as a table in Markdown, and what those that are not say."""
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
@click.option("--operation", "names", multiple=True, help="One of them, as growing.buffer.")
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How often each is measured under each interpreter.",
)
@click.option("--python", "pythons", multiple=True, default=VERSIONS, show_default=True)
@dividing
@click.option("--jobs", type=JOBS, default=1, show_default=True, help="Cells at the same time.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports/repeats"),
    show_default=True,
    help="Folder for result.json.",
)
def main(
    names: tuple[str, ...],
    runs: int,
    pythons: tuple[str, ...],
    jobs: int,
    output: Path,
    asked: Selection,
) -> None:
    """How often growth that no object accounts for is found, and what only looks like it is not."""
    try:
        known = {each.title: each for each in operations()}
        chosen = [known[name] for name in select(names, known, "operation")]
        run = Run(
            program=PROGRAM,
            title="Growth, repeated",
            output=output / "result.json",
            jobs=jobs,
            asked=asked,
        )
        measure_under(pythons, run, chosen, EFFORT, runs)
    except UnknotError as error:
        complain(error)
        sys.exit(error.exit_code)
    cells = run.result().cells
    print("\n".join(lines_of(chosen, cells)))
    run.finish()
    sys.exit(run.status() or not all(map(is_right, cells)))


if __name__ == "__main__":
    run_command(main, PROGRAM)

"""What the standard library's own code leaves behind, under each interpreter.

``python -m bench.stdlib`` measures every operation in ``bench/workloads/stdlib`` under every
interpreter of ``--python``, and prints the table of ``docs/standard-library.md``. ``unknot run``
gives the same figures for one operation.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bench.operations import (
    EFFORT,
    SEEN,
    Operation,
    columns_of,
    measured,
    operations_in,
    options,
    row_of,
)
from unknot.cli.commands import run_command
from unknot.records import Cell, Cycle
from unknot.text import clip, rate, visible

PROGRAM = "python -m bench.stdlib"


def operations() -> list[Operation]:
    """All operations, in the order of the files."""
    return operations_in(sorted(Path(__file__).parent.glob("workloads/stdlib/[a-z]*.py")))


def lines_of(chosen: Iterable[Operation], cells: Sequence[Cell]) -> list[str]:
    """A row for each cycle of an operation, then the operations without cycles, and failures."""
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


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-n", "--ops", type=int, help="Operations in a cell's sustained stage.")
@options("reports/stdlib", "formats.dump_json")
def main(ops: int | None, **asked: Any) -> None:
    """Measure what each operation of the standard library leaves behind; print a Markdown table."""
    effort = replace(EFFORT, ops=EFFORT.ops if ops is None else ops)
    chosen, run = measured(PROGRAM, "The standard library", operations(), effort, **asked)
    print("\n".join(lines_of(chosen, run.result().cells)))
    run.finish()
    sys.exit(run.status())


if __name__ == "__main__":
    run_command(main, PROGRAM)

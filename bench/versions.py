"""Compares results of operations between releases of CPython: ``python -m bench.versions``.

Measures every operation of ``tests/workloads`` under every interpreter of ``--python``, and prints
the table of ``docs/versions.md``: a row for each difference in the verdict, the objects left by
type, or the signature and the cut of a cycle.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from bench.operations import (
    SEEN,
    Operation,
    columns_of,
    measured,
    operations_in,
    options,
    row_of,
)
from unknot.cli.commands import run_command
from unknot.records import Cell, Leak
from unknot.text import rate, visible

PROGRAM = "python -m bench.versions"
FILES = ("cycles", "leaks", "growing", "endings", "weights")
"""Those that need only the standard library; `processes` and `hidden` need more."""
FOLDER = Path(__file__).parents[1] / "tests" / "workloads"
NOT_OPERATIONS = {"make_closure", "title_of", "adapted_of", "run"}
"""Helpers of the operations in the same files."""


def operations() -> list[Operation]:
    """The operations of ``tests/workloads`` that need no arguments."""
    found = operations_in(FOLDER / f"{name}.py" for name in FILES)
    return [each for each in found if each.name not in NOT_OPERATIONS]


def lines_of(chosen: Iterable[Operation], cells: Sequence[Cell]) -> Iterator[str]:
    """The differences as a Markdown table, and the number of operations without any."""
    columns = columns_of(cells)
    versions = list(columns.values())
    yield row_of(["Operation", "What differs", *versions])
    yield row_of(["---", "---", *("---" for _ in versions)])
    equal = dict.fromkeys(ASPECTS, 0)
    total = 0
    for each in chosen:
        own = {columns[cell.python]: cell for cell in cells if cell.variant == each.title}
        total += bool(own)
        title = f"`{each.title}`"
        for aspect, look in ASPECTS.items():
            seen = {version: look(cell) for version, cell in own.items()}
            if len(set(seen.values())) <= 1:
                equal[aspect] += bool(own)
                continue
            entries = _differing(seen)
            yield row_of(
                [title, aspect, *(entries.get(version, "not measured") for version in versions)]
            )
            title = ""
    yield ""
    same = ", ".join(f"the {aspect} of {number}" for aspect, number in equal.items())
    yield f"Of {total} operations, equal under every release: {same}."


def _verdict(cell: Cell) -> tuple[str, ...]:
    return (cell.error.kind if cell.error else str(cell.verdict),)


def _objects(cell: Cell) -> tuple[str, ...]:
    """The objects left of each type, cyclic or leaked."""
    return tuple(
        f"{name} {rate(round(stays, 1))}"
        for name, kind in sorted(cell.types.items())
        if (stays := kind.cyclic_per_op + kind.leaked_per_op) >= SEEN
    )


def _signatures(cell: Cell) -> tuple[str, ...]:
    return tuple(sorted(cycle.signature[:6] for cycle in cell.cycles if cycle.per_op >= SEEN))


def _cuts(cell: Cell) -> tuple[str, ...]:
    cuts = {" and ".join(cycle.cut.edges) for cycle in cell.cycles if cycle.per_op >= SEEN}
    return tuple(sorted(cuts))


def _holders(cell: Cell) -> tuple[str, ...]:
    return tuple(sorted({_holder(leak) for leak in cell.leaks if leak.per_op >= SEEN}))


def _holder(leak: Leak) -> str:
    return " → ".join(leak.path) or leak.runs or f"{leak.type} itself"


ASPECTS: dict[str, Callable[[Cell], tuple[str, ...]]] = {
    "verdict": _verdict,
    "objects": _objects,
    "signature": _signatures,
    "cut": _cuts,
    "holder": _holders,
}


def _differing(seen: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """For each version, the parts that not all versions have."""
    common = set.intersection(*map(set, seen.values()))
    return {
        version: ", ".join(f"`{visible(part)}`" for part in parts if part not in common) or "none"
        for version, parts in seen.items()
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@options("reports/versions", "cycles.closure")
def main(**asked: Any) -> None:
    """Measure the operations in tests/workloads; print a table of differences between releases."""
    chosen, run = measured(PROGRAM, "Releases of CPython", operations(), **asked)
    print("\n".join(lines_of(chosen, run.result().cells)))
    run.finish()
    sys.exit(run.status())


if __name__ == "__main__":
    run_command(main, PROGRAM)

"""What differs between releases of CPython, and that what does not is counted."""

from __future__ import annotations

from pathlib import Path

from bench.operations import Operation
from bench.versions import lines_of, operations
from tests.gate.made import cell, counts, cycle
from unknot.records import Cell, Cycle

CLOSURE = Operation(Path("cycles.py"), "closure", "")


def measured(python: str, objects: dict[str, float], *cycles: Cycle) -> Cell:
    types = {name: counts(number) for name, number in objects.items()}
    return cell(types, cycles, variant=CLOSURE.title, python=python, verdict="cyclic")


def test_the_operations_of_the_tests_are_there() -> None:
    titles = [each.title for each in operations()]
    assert {"cycles.closure", "leaks.registry", "growing.extended"} <= set(titles)
    assert len(set(titles)) == len(titles)
    assert "leaks.poll_forever" not in titles  # takes an argument


def test_what_is_equal_is_counted_and_has_no_row() -> None:
    cells = [measured(python, {"w.A": 1.0}, cycle()) for python in ("3.14.8", "3.15.0")]
    lines = list(lines_of([CLOSURE], cells))
    assert len(lines) == 4
    assert "the verdict of 1, the objects of 1, the signature of 1, the cut of 1" in lines[-1]


def test_what_differs_has_a_row_with_the_difference_alone() -> None:
    cells = [
        measured("3.13.0", {"w.A": 1.0}, cycle()),
        measured("3.14.8", {"w.A": 1.0, "function": 2.0}, cycle("bbbbbb01")),
    ]
    lines = list(lines_of([CLOSURE], cells))
    assert lines[2] == "| `cycles.closure` | objects | none | `function 2` |"
    assert lines[3] == "|  | signature | `aaaaaa` | `bbbbbb` |"
    assert "the objects of 0, the signature of 0, the cut of 1" in lines[-1]

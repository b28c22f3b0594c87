"""The operations of the standard library, and the table of what they leave."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bench.operations import Operation
from bench.stdlib import lines_of, operations
from tests.gate.made import cell, cycle
from unknot.records import Cell, Cycle, read_result

FILES = sorted({each.path for each in operations()})
ISSUE = "https://github.com/python/cpython/issues/141686"
DUMP = Operation(Path("formats.py"), "dump_json", "`json.dump` to a file")
LOADS = Operation(Path("formats.py"), "loads_json", "`json.loads`")


def measured(each: Operation, python: str, *cycles: Cycle) -> Cell:
    verdict = "cyclic" if cycles else "clean"
    return cell(cycles=cycles, variant=each.title, python=python, verdict=verdict)


def row(lines: list[str], number: int) -> list[str]:
    return [entry.strip() for entry in lines[number].strip("|").split(" | ")]


def test_every_operation_says_in_a_line_what_it_does() -> None:
    found = operations()
    assert len(found) > 90
    assert [each.title for each in found if not each.said or "\n" in each.said] == []
    assert len({each.title for each in found}) == len(found)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_they_import_nothing_but_the_standard_library(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert {each.partition(".")[0] for each in names} <= sys.stdlib_module_names


def test_a_cycle_has_one_row_whatever_the_interpreters_that_have_it() -> None:
    known = msgspec.structs.replace(cycle(objects=31.0), origin="library", known=ISSUE)
    lines = lines_of([DUMP], [measured(DUMP, "3.11.7", known), measured(DUMP, "3.13.0")])
    assert row(lines, 0)[2:4] == ["3.11", "3.13"]
    assert row(lines, 2)[:4] == ["`formats.dump_json`", "`json.dump` to a file", "31", "0"]
    assert row(lines, 2)[-1] == f"[141686]({ISSUE})"
    assert not any(line.startswith("Nothing stays") for line in lines)


def test_a_cell_that_was_not_reached_leaves_no_nought() -> None:
    cells = [measured(DUMP, "3.11.7", cycle()), measured(LOADS, "3.12.1", cycle())]
    lines = lines_of([DUMP, LOADS], cells)
    assert row(lines, 2)[3] == row(lines, 3)[2] == "–"


def test_two_interpreters_of_one_minor_version_are_two_columns() -> None:
    lines = lines_of([DUMP], [measured(DUMP, "3.13.0"), measured(DUMP, "3.13.1", cycle())])
    assert row(lines, 0)[2:4] == ["3.13.0", "3.13.1"]
    assert row(lines, 2)[2] == "0"


def test_an_application_s_cycle_is_said_to_be_and_what_is_clean_is_named() -> None:
    cells = [measured(DUMP, "3.11.7", cycle()), measured(LOADS, "3.11.7")]
    lines = lines_of([DUMP, LOADS], cells)
    assert row(lines, 2)[-1] == "the caller's"
    assert lines[-1] == "Nothing stays of 1: `formats.loads_json`."


def test_what_was_not_measured_is_told() -> None:
    error = msgspec.structs.replace(measured(LOADS, "3.11.7"), verdict="undecided")
    assert lines_of([LOADS], [error])[-1] == "formats.loads_json under 3.11: undecided"


@pytest.mark.once
def test_one_operation_is_measured_and_printed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.stdlib", "--operation", "programs.code_dumped"]
    done = subprocess.run(
        [*command, "--python", sys.executable, "-n", "40", "-o", str(tmp_path)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "| `function dump.<locals>._format closure _format` |" in done.stdout
    [one] = read_result(tmp_path / "result.json").cells
    assert one.verdict == "cyclic"

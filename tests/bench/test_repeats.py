"""What `bench.repeats` calls right, and that an operation that is not found is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec import structs

from bench.operations import Operation, specs_of
from bench.repeats import KINDS, is_right, lines_of, main, operations
from bench.workloads import growing
from tests.gate.made import cell
from unknot.measuring.spec import Effort
from unknot.records import Cell, CellError, Growth, GrowthKind

DUP = Operation(Path("growing.py"), "dup", "`os.dup`")


def measured(*kinds: GrowthKind, variant: str = DUP.title) -> Cell:
    growths = [Growth(kind=kind, per_op=1.0, rounds=[1.0] * 4, note="") for kind in kinds]
    verdict = "growing" if kinds else "clean"
    return structs.replace(
        cell(variant=variant, python="3.13.0", verdict=verdict), growths=growths, shape="run 1 of 2"
    )


def test_each_operation_that_grows_has_a_twin_that_does_not() -> None:
    titles = {each.title for each in operations()}
    assert set(KINDS) < titles
    assert {f"{title}_clean" for title in KINDS} < titles
    assert all(each.said == getattr(growing, each.name).__doc__ for each in operations())


def test_right_is_the_kind_and_no_other_and_of_a_clean_operation_nothing() -> None:
    assert is_right(measured("file descriptors"))
    assert not is_right(measured())
    assert not is_right(measured("c heap"))
    assert not is_right(measured("file descriptors", "c heap"))
    assert is_right(measured(variant="growing.dup_clean"))
    assert not is_right(measured("c heap", variant="growing.dup_clean"))
    failed = CellError(kind="environment", message="no such interpreter")
    assert not is_right(structs.replace(measured(variant="growing.dup_clean"), error=failed))


def test_what_is_wrong_is_counted_and_told() -> None:
    lines = list(lines_of([DUP], [measured("file descriptors"), measured()]))
    assert lines[2:] == [
        "| `os.dup` | file descriptors | 1 of 2 |",
        "",
        "1 of 2 runs are right.",
        "growing.dup under 3.13.0, run 1 of 2: clean, no kind",
    ]


def test_cells_of_repeated_runs_differ_so_that_a_run_can_be_gone_on_with() -> None:
    specs = specs_of([DUP], ["3.11", "3.12"], Effort(), 3)
    assert [(spec.python, spec.shape) for spec in specs[:3]] == [
        ("3.11", "run 1 of 3"),
        ("3.12", "run 1 of 3"),
        ("3.11", "run 2 of 3"),
    ]
    assert specs_of([DUP], ["3.11"], Effort())[0].shape is None


@pytest.mark.once
def test_the_command_measures_and_writes_the_result(tmp_path: Path) -> None:
    options = [
        "--python",
        sys.executable,
        "--runs",
        "1",
        "--operation",
        DUP.title,
        "-o",
        str(tmp_path),
    ]
    done = CliRunner().invoke(main, options)
    assert done.exit_code == 0, done.output
    assert "| `os.dup` | file descriptors | 1 of 1 |" in done.output
    (found,) = json.loads((tmp_path / "result.json").read_text())["cells"]
    assert found["verdict"] == "growing"

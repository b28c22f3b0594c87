"""A plan goes on past a bad cell, and ends every process when it is told to."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import psutil
import pytest

from unknot.errors import InvalidWorkload, UsageError
from unknot.measuring.plan import measure_cells
from unknot.measuring.spec import CellSpec, Effort

QUICK = Effort(ops=40, warmup=4, samples=2, confirm_ops=40, time_limit=30)


def workload(folder: Path, name: str, body: str) -> CellSpec:
    path = folder / f"{name}.py"
    path.write_text(f"import os, threading\ndef op():\n    {body}\n")
    return CellSpec(workload=str(path), variant=name, effort=QUICK)


def test_a_cell_that_crashes_does_not_stop_the_others(tmp_path: Path) -> None:
    specs = [
        workload(tmp_path, "crashes", "os.abort()"),
        workload(tmp_path, "works", "pass"),
        workload(tmp_path, "raises", "1 / 0"),
        workload(tmp_path, "works_too", "pass"),
    ]
    cells = dict(measure_cells(specs, jobs=2))
    errors = [cells[index].error for index in range(4)]
    kinds = [error.kind if error else None for error in errors]
    assert kinds == ["crashed", None, "raised", None]
    assert [cells[index].variant for index in range(4)] == [spec.variant for spec in specs]


def test_a_workload_that_does_not_exist_stops_the_plan(tmp_path: Path) -> None:
    with pytest.raises(InvalidWorkload):
        list(measure_cells([CellSpec(workload=str(tmp_path / "absent.py"))] * 3, jobs=2))


def command_of(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):  # it has ended
        return " ".join(process.cmdline())
    return ""


def test_closing_the_plan_ends_the_processes_that_still_run(tmp_path: Path) -> None:
    hang = workload(tmp_path, "hangs", "threading.Event().wait()")
    cells = measure_cells([workload(tmp_path, "works", "pass"), hang, hang, hang], jobs=2)
    assert next(cells)[0] == 0
    started = time.monotonic()
    cells.close()
    assert time.monotonic() - started < QUICK.time_limit / 2
    children = psutil.Process().children(recursive=True)
    assert not [child for child in children if "agent" in command_of(child)]


@pytest.mark.parametrize(
    ("numbers", "complaint"),
    [
        ({"rounds": 3}, "rounds must be at least 4"),
        ({"ops": 3}, "ops must be at least"),
        ({"samples": 0}, "samples must be at least 1, got 0"),
        ({"forced_every": 0}, "forced_every must be at least 1"),
        ({"confirm_ops": 0}, "confirm_ops must be at least 1"),
        ({"warmup": -1}, "negative"),
        ({"time_limit": 0.0}, "time limit"),
    ],
)
def test_numbers_that_cannot_be_measured_with_are_refused(
    numbers: dict[str, int], complaint: str
) -> None:
    with pytest.raises(UsageError, match=complaint):
        Effort(**numbers)

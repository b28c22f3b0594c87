"""A trio task that still runs is named as the cause; one that ends is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort

pytestmark = pytest.mark.once

CODE = """
import trio

class Job: pass

async def watch(job, seconds):
    await trio.sleep(seconds)

async def setup():
    global manager, nursery
    manager = trio.open_nursery()
    nursery = await manager.__aenter__()

async def op():
    nursery.start_soon(watch, Job(), {seconds})

async def teardown():
    nursery.cancel_scope.cancel()
    await manager.__aexit__(None, None, None)
"""

EFFORT = Effort(ops=40, warmup=8, samples=1, confirm_ops=80, time_limit=60)


@pytest.mark.parametrize(("seconds", "verdict"), [(3600, "leaking"), (0.01, "clean")])
def test_a_task_that_still_runs_is_named_and_one_that_ends_is_not(
    tmp_path: Path, seconds: float, verdict: str
) -> None:
    path = tmp_path / "subject.py"
    path.write_text(CODE.format(seconds=seconds), encoding="utf-8")
    cell = measure_cell(CellSpec(workload=str(path), backend="trio", effort=EFFORT))
    assert cell.error is None, cell.error
    assert cell.verdict == verdict
    assert [leak.per_op for leak in cell.leaks] == [1] * (verdict == "leaking")
    for leak in cell.leaks:
        assert leak.runs is not None
        assert leak.runs.startswith("task watch, waits at ")
        assert f"{path.name}:7 " in leak.runs

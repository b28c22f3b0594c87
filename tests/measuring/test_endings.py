"""What ends by itself is not cyclic; garbage that is made a little later is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.interpreters import need_interpreter
from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell

pytestmark = pytest.mark.once

EFFORT = Effort(ops=80, warmup=8, samples=2, confirm_ops=80, time_limit=90)
WORKLOADS = Path(__file__).parent.parent / "workloads" / "endings.py"


def measure(name: str, python: str = sys.executable) -> Cell:
    cell = measure_cell(CellSpec(workload=f"{WORKLOADS}:{name}", effort=EFFORT, python=python))
    assert cell.error is None, cell.error
    return cell


@pytest.mark.parametrize("version", ["3.11", "3.13"])
@pytest.mark.parametrize("name", ["task_that_ends", "timer_that_fires", "thread_that_ends"])
def test_what_ends_by_itself_is_clean(name: str, version: str) -> None:
    cell = measure(name, need_interpreter(version))
    assert cell.verdict == "clean", (cell.windows, cell.notes)


@pytest.mark.parametrize("name", ["timer_that_holds_a_cycle", "thread_that_leaves_a_cycle"])
def test_garbage_that_is_made_later_is_cyclic(name: str) -> None:
    cell = measure(name)
    assert cell.per_op is not None
    assert (cell.verdict, cell.per_op.cyclic) == ("cyclic", 1)
    assert [cycle.per_op for cycle in cell.cycles] == [1]
    assert cell.cycles[0].cut.edge == "Node.me"


def test_what_never_ends_is_kept() -> None:
    cell = measure("task_that_never_ends")
    assert cell.verdict == "leaking"
    assert cell.types["asyncio.Task"].leaked_per_op == 1

"""Bytes per operation are what tracemalloc counts in a process of its own, within one per cent."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.interpreters import need_interpreter
from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort

pytestmark = pytest.mark.once  # other interpreters are asked here

WORKLOADS = Path(__file__).parents[1] / "workloads" / "weights.py"
EFFORT = Effort(ops=20, rounds=4, warmup=4, samples=1, confirm_ops=20, time_limit=100)

TRACED = """
import gc, runpy, sys, tracemalloc
op = runpy.run_path(sys.argv[1])[sys.argv[2]]
gc.disable()
op()
gc.collect()
tracemalloc.start()
before = tracemalloc.get_traced_memory()[0]
for _ in range(10):
    op()
print((tracemalloc.get_traced_memory()[0] - before) / 10)
"""


def traced(name: str, python: str) -> float:
    """Bytes that one operation keeps while nothing is collected, as tracemalloc counts them."""
    done = subprocess.run(
        [python, "-c", TRACED, str(WORKLOADS), name],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return float(done.stdout)


@pytest.mark.parametrize("version", ["3.11", "3.13", "3.15"])
@pytest.mark.parametrize("name", ["buffer", "pairs", "table"])
def test_what_is_kept_is_weighed_to_one_per_cent(name: str, version: str) -> None:
    python = str(need_interpreter(version))
    cell = measure_cell(CellSpec(workload=f"{WORKLOADS}:{name}", python=python, effort=EFFORT))
    assert cell.error is None, cell.error
    found = sum(each.bytes_per_op for each in cell.cycles)
    found += sum(each.bytes_per_op for each in cell.leaks)
    assert found == pytest.approx(traced(name, python), rel=0.01)

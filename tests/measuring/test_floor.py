"""What leaves nothing reads exactly nothing, under every interpreter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interpreters import VERSIONS, need_interpreter
from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell

pytestmark = pytest.mark.once

EFFORT = Effort(ops=160, warmup=64, confirm_ops=300)

NOTHING = "def op():\n    pass\n"
NOTHING_AWAITED = "async def op():\n    pass\n"
BUSY = "def op():\n    total = 0\n    for number in range(2_000):\n        total += number % 7\n"
"""A loop that a JIT compiles."""
NUMBERS = "def op():\n    return [number * 3 for number in range(2_000)]\n"
"""Integers fill a free list since 3.14, and up to 1,024 there is one of each since 3.15."""
KEPT = "KEPT = []\n\ndef op():\n    KEPT.append(str(len(KEPT) + 1_000))\n"


def measured(folder: Path, code: str, version: str) -> Cell:
    path = folder / "workload.py"
    path.write_text(code, encoding="utf-8")
    return measure_cell(
        CellSpec(workload=str(path), effort=EFFORT, python=need_interpreter(version))
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("code", [NOTHING, NOTHING_AWAITED, BUSY, NUMBERS])
def test_an_operation_that_leaves_nothing_reads_exactly_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, code: str
) -> None:
    monkeypatch.setenv("PYTHON_JIT", "1")
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")  # as a Dask worker has it
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=65536")
    cell = measured(tmp_path, code, version)
    assert cell.verdict == "clean"
    for window in cell.windows:
        assert (window.live - window.base, window.garbage, window.survived - window.base) == (
            0,
            0,
            0,
        )
        assert (window.blocks, window.blocks_survived) == (0, 0)
    assert not cell.jit
    assert cell.collector == "generational"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_string_an_operation_reads_one_block(tmp_path: Path, version: str) -> None:
    cell = measured(tmp_path, KEPT, version)
    assert cell.verdict == "leaking"
    for window in cell.windows:
        assert window.ops <= window.blocks <= window.ops + 1

"""What is measured in one folder is judged by what was measured in another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gate.test_judgement import judged
from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell

pytestmark = pytest.mark.once

EFFORT = Effort(ops=80, warmup=8, samples=1, confirm_ops=80, time_limit=60)

OPERATION = """
import traceback

class Thing:
    pass

def op():
    thing = Thing()
    thing.me = thing
    try:
        fail()
    except ValueError:
        thing.text = traceback.format_exc()
        thing.path = __file__ + "!"
    thing.more = bytes({more})

def fail():
    raise ValueError(__file__)
"""


def measured(folder: Path, monkeypatch: pytest.MonkeyPatch, more: int = 0) -> Cell:
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder)
    (folder / "workload.py").write_text(OPERATION.format(more=more))
    cell = measure_cell(CellSpec(workload="workload.py", effort=EFFORT))
    assert cell.error is None
    assert cell.per_op is not None
    return cell


def test_a_checkout_deeper_down_keeps_no_more_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = measured(tmp_path / "a", monkeypatch)
    there = measured(tmp_path / "a" / "checkout-that-lies-deeper" / "in-another-one", monkeypatch)
    assert here.per_op is not None
    assert there.per_op is not None
    deeper = len("/checkout-that-lies-deeper/in-another-one")
    assert there.per_op.bytes_of_folders - here.per_op.bytes_of_folders == 4 * deeper
    assert here.per_op.strings_with_folders == there.per_op.strings_with_folders == 2
    assert here.per_op.bytes is not None
    assert there.per_op.bytes is not None
    assert abs(there.per_op.bytes - here.per_op.bytes - 4 * deeper) <= 2 * 16
    assert judged(here, there).passed
    assert judged(there, here).passed


def test_more_bytes_in_another_folder_are_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = measured(tmp_path / "a", monkeypatch)
    there = measured(tmp_path / "a" / "deeper", monkeypatch, more=200)
    (failure,) = judged(here, there).of("failure")
    assert failure.text.startswith("bytes per op: ")

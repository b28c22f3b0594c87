"""Cells of workloads that fight the instrument: still counted right, or told what went wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent, indent

import msgspec
import psutil
import pytest

from tests.interpreters import need_interpreter
from tests.test_records import RESULT
from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell, decode_result, encode_result

EFFORT = Effort(ops=200, warmup=20, samples=4, confirm_ops=1000, time_limit=60)
HEAD = """
import asyncio, gc, itertools, os, signal, subprocess, sys, threading, time, weakref
class Thing: pass
kept = []
number = itertools.count()
"""


def measure(
    folder: Path, code: str, kind: str = "def", effort: Effort = EFFORT, **spec: str
) -> Cell:
    path = folder / "attack.py"
    path.write_text(f"{HEAD}\n{kind} op():\n{indent(dedent(code), '    ')}\n")
    return measure_cell(CellSpec(workload=str(path), effort=effort, **spec))  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14", "3.15"])
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_frames_of_the_instrument_do_not_count_as_the_operations(
    tmp_path: Path, version: str, kind: str
) -> None:
    code = """
        try:
            1 / 0
        except ZeroDivisionError as error:
            kept_error = error
        """
    cell = measure(tmp_path, code, kind, python=need_interpreter(version))
    assert cell.per_op is not None
    assert (cell.per_op.cyclic, cell.per_op.garbage) == (3, 3)
    assert cell.build.startswith(version)
    assert cell.gc_thresholds


@pytest.mark.parametrize("every", [3, 40])
def test_garbage_that_only_some_operations_leave_is_not_called_clean(
    tmp_path: Path, every: int
) -> None:
    code = f"if next(number) % {every} == 0:\n    a = Thing(); a.me = a"
    cell = measure(tmp_path, code)
    assert cell.verdict == "cyclic"
    assert cell.types["attack.Thing"].cyclic_per_op == pytest.approx(1 / every, rel=0.1)


def test_a_slow_steady_leak_is_one_at_its_true_rate(tmp_path: Path) -> None:
    code = "if next(number) % 20 == 0:\n    kept.append(Thing())"
    cell = measure(tmp_path, code)
    assert cell.verdict == "leaking"
    assert cell.types["attack.Thing"].leaked_per_op == pytest.approx(0.05, rel=0.05)


def test_a_living_dict_that_a_collection_empties_is_not_called_freed(tmp_path: Path) -> None:
    code = """
        if not kept:
            kept.append(weakref.WeakKeyDictionary())
        a = Thing(); a.me = a
        kept[0][a] = 1
        """
    cell = measure(tmp_path, code)
    assert cell.verdict == "cyclic"
    assert "builtins.dict" not in {
        name for name, found in cell.types.items() if found.cyclic_per_op
    }
    follower = cell.types["weakref.ReferenceType"]
    assert (follower.cyclic_per_op, follower.garbage_per_op) == (1, 0)


@pytest.mark.parametrize("call", ["gc.set_debug(gc.DEBUG_SAVEALL)", "gc.freeze()", "gc.enable()"])
def test_an_operation_that_sets_the_collector_does_not_set_the_counts(
    tmp_path: Path, call: str
) -> None:
    cell = measure(tmp_path, f"a = Thing(); a.me = a; {call}")
    assert cell.verdict == "cyclic"
    assert cell.per_op is not None
    assert cell.per_op.leaked == 0
    if call != "gc.enable()":
        assert cell.per_op.cyclic == 1


def test_a_process_that_never_rests_is_counted_with_a_note(tmp_path: Path) -> None:
    code = """
        if not kept:
            kept.append(threading.Thread(target=churn, daemon=True))
            kept[0].start()
        """
    path = tmp_path / "restless.py"
    churn = "def churn():\n    while True:\n        kept.append([]); time.sleep(0.002)\n"
    path.write_text(f"{HEAD}\n{churn}\ndef op():\n{indent(dedent(code), '    ')}\n")
    cell = measure_cell(CellSpec(workload=str(path), effort=EFFORT))
    assert cell.error is None
    assert any("did not settle" in note for note in cell.notes)


def test_what_was_printed_before_an_error_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    for _ in range(5):
        cell = measure(tmp_path, "print('the last words'); raise KeyError")
        assert cell.error is not None
        assert "the last words" in cell.error.output


def test_an_error_that_no_encoding_takes_is_told_with_escapes(tmp_path: Path) -> None:
    cell = measure(tmp_path, r"raise ValueError('boom \udcff')")
    assert cell.error is not None
    assert "boom" in cell.error.message
    document = encode_result(msgspec.structs.replace(RESULT, cells=[cell]))
    assert decode_result(document).cells == [cell]


def test_a_process_that_dies_while_a_child_holds_its_connection_has_crashed(
    tmp_path: Path,
) -> None:
    code = """
        if os.fork() == 0:
            time.sleep(600)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    cell = measure(tmp_path, code)
    assert cell.error is not None
    assert (cell.error.kind, cell.error.message) == ("crashed", "killed by SIGKILL")


def test_a_child_in_a_session_of_its_own_ends_with_the_cell(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = f"""
        if not kept:
            sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
            kept.append(subprocess.Popen(sleep, start_new_session=True))
            open({str(pids)!r}, "w").write(str(kept[0].pid))
        """
    measure(tmp_path, code)
    child = int(pids.read_text())
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie"


def test_operations_in_a_heap_of_many_objects_count_the_same(tmp_path: Path) -> None:
    path = tmp_path / "large.py"
    path.write_text(
        f"{HEAD}\nheap = [[] for _ in range(300_000)]\ndef op():\n    a = Thing(); a.me = a\n"
    )
    cell = measure_cell(CellSpec(workload=str(path), effort=EFFORT, python=sys.executable))
    assert cell.per_op is not None
    assert (cell.verdict, cell.per_op.cyclic) == ("cyclic", 1)

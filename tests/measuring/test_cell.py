"""A cell tells what an operation leaves behind: each kind of leftover beside its clean twin."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from textwrap import dedent, indent

import psutil
import pytest
from msgspec import structs

from tests.interpreters import VERSIONS, need_interpreter
from tests.patience import until_begun
from unknot.errors import InvalidWorkload, UnknotError
from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell, PerOp, Window

EFFORT = Effort(ops=200, warmup=20, samples=4, confirm_ops=1200, time_limit=60)


def write(folder: Path, code: str, kind: str = "def") -> str:
    """A workload file whose operation has ``code`` for its body."""
    head = """
        import asyncio, functools, itertools
        class Thing: pass
        kept = []
        number = itertools.count(1000)  # small integers are no blocks
        @functools.lru_cache(maxsize=500)
        def cached(key): return Thing()
        """
    path = folder / "workload_file.py"
    body = indent(dedent(code), "    ")
    path.write_text(f"{dedent(head)}\n{kind} op():\n{body}\n")
    return str(path)


def measure(workload: str, effort: Effort = EFFORT, python: str = sys.executable) -> Cell:
    cell = measure_cell(CellSpec(workload=workload, effort=effort, python=python))
    assert cell.error is None, cell.error
    return cell


CASES = {
    "nothing": ("pass", "clean", 0, 0),
    "a cycle": ("a = Thing(); a.me = a", "cyclic", 1, 0),
    "the same without the cycle": ("a = Thing(); a.me = None", "clean", 0, 0),
    "two in a cycle with a leaf": (
        "a = Thing(); a.b = Thing(); a.b.a = a; a.leaf = Thing()",
        "cyclic",
        3,
        0,
    ),
    "a registry": ("kept.append(Thing())", "leaking", 0, 1),
    "a registry that forgets": ("kept.append(Thing()); kept.pop()", "clean", 0, 0),
    "plain strings": ("kept.append(str(next(number)))", "leaking", 0, 0),
    "both": ("kept.append(Thing()); a = Thing(); a.me = a", "cyclic+leaking", 1, 1),
    "a cache that fills": ("cached(next(number))", "clean", 0, 0),
    "an exception kept in a local": (
        """
        try:
            1 / 0
        except ZeroDivisionError as error:
            kept_error = error
        """,
        "cyclic",
        3,
        0,
    ),
    "the same with del": (
        """
        try:
            1 / 0
        except ZeroDivisionError as error:
            kept_error = error
        del kept_error
        """,
        "clean",
        0,
        0,
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_what_an_operation_leaves_behind(tmp_path: Path, name: str, kind: str) -> None:
    code, verdict, cyclic, leaked = CASES[name]
    cell = measure(write(tmp_path, code, kind))
    assert cell.per_op is not None
    assert (cell.verdict, cell.per_op.cyclic, cell.per_op.leaked) == (verdict, cyclic, leaked)
    assert cell.notes == []
    assert cell.per_op.retained == cyclic + leaked


def test_a_string_leak_shows_in_blocks_and_not_in_objects(tmp_path: Path) -> None:
    cell = measure(write(tmp_path, *[CASES["plain strings"][0]]))
    assert cell.per_op is not None
    assert (cell.per_op.blocks, cell.per_op.blocks_leaked, cell.per_op.leaked) == (1, 1, 0)


def test_a_cache_larger_than_all_rounds_is_not_called_a_leak(tmp_path: Path) -> None:
    path = write(tmp_path, "cached(next(number))")
    cell = measure(path, Effort(ops=40, warmup=0, samples=2, confirm_ops=1200))
    assert cell.verdict == "clean"
    assert any(window.ops == 1200 for window in cell.windows)


def test_a_full_cache_that_swaps_entries_is_clean(tmp_path: Path) -> None:
    # Every operation frees an object older than the baseline and keeps a new one.
    path = write(tmp_path, "cached(next(number))")
    cell = measure(path, Effort(ops=80, warmup=600, samples=2, confirm_ops=100))
    assert cell.verdict == "clean"
    assert len(cell.windows) == 4


def test_untracked_tuples_are_not_taken_for_freed_ones(tmp_path: Path) -> None:
    cell = measure(write(tmp_path, "kept.append((next(number), str(next(number))))"))
    assert cell.per_op is not None
    assert cell.per_op.cyclic == 0
    assert cell.verdict == "leaking"


def test_async_generators_in_cycles_count_in_full(tmp_path: Path) -> None:
    cell = measure(
        write(
            tmp_path,
            """
            holder = Thing()
            async def ticks():
                yield holder
            holder.ticks = ticks()
            await holder.ticks.__anext__()
            """,
            "async def",
        )
    )
    assert cell.verdict == "cyclic"
    assert cell.types["builtins.async_generator"].garbage_per_op == 1
    assert cell.types["builtins.async_generator"].cyclic_per_op == 1


def test_abandoned_async_generators_count_as_finalizer_calls(tmp_path: Path) -> None:
    code = """
        async def ticks():
            yield 1
        {}
        """
    abandoned = measure(write(tmp_path, code.format("await ticks().__anext__()"), "async def"))
    closed = measure(
        write(
            tmp_path,
            code.format("t = ticks(); await t.__anext__(); await t.aclose()"),
            "async def",
        )
    )
    assert abandoned.per_op is not None
    assert closed.per_op is not None
    assert abandoned.per_op.asyncgen_finalizers == 1
    assert closed.per_op.asyncgen_finalizers == 0


@pytest.mark.parametrize("mode", ["auto", "forced"])
def test_the_collector_is_seen_at_work_and_the_counts_are_the_same(
    tmp_path: Path, mode: str
) -> None:
    path = write(tmp_path, "a = Thing(); a.me = a")
    effort = Effort(ops=4000, rounds=4, samples=8, forced_every=500)
    spec = CellSpec(workload=path, gc="auto" if mode == "auto" else "forced", effort=effort)
    cell = measure_cell(spec)
    assert cell.per_op is not None
    assert cell.collections is not None
    assert cell.per_op.cyclic == 1
    assert cell.collections.passes >= 1
    assert cell.collections.collected >= 1000
    things = cell.types["workload_file.Thing"]
    assert 500 <= things.peak < 4000
    if mode == "forced":
        assert cell.collections.passes == 8
        assert [entry.ops for entry in cell.collections.log] == [500 * n for n in range(1, 9)]
        assert things.peak == 500


def test_the_curve_shows_what_a_forced_collection_freed_and_reaches_the_peak(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, "a = Thing(); a.me = a")
    effort = Effort(ops=400, rounds=4, samples=4, forced_every=150, confirm_ops=400)
    thing = "workload_file.Thing"
    cell = measure_cell(CellSpec(workload=path, gc="forced", effort=effort, watch=(thing,)))
    assert cell.series is not None
    assert cell.series.ops == [0, 100, 150, 150, 200, 300, 300, 400]
    assert cell.series.types[thing] == [0, 100, 150, 0, 50, 150, 0, 100]
    assert max(cell.series.types[thing]) == cell.types[thing].peak


def test_ten_cells_give_ten_times_the_same_counts(tmp_path: Path) -> None:
    path = write(tmp_path, "a = Thing(); a.me = a; kept.append([a])", "async def")
    effort = Effort(ops=80, warmup=8, samples=2, confirm_ops=80)
    cells = [measure(path, effort) for _ in range(10)]
    counts = [(_counted(cell.per_op), _counted(cell.windows[0])) for cell in cells]
    assert counts == counts[:1] * 10
    # Bytes are of the whole process: under 3.12, 16 more were seen in one of ten cells.
    octets = [cell.per_op.bytes_leaked for cell in cells if cell.per_op is not None]
    assert octets == [pytest.approx(octets[0], abs=1)] * 10


def _counted(record: PerOp | Window | None) -> dict[str, float]:
    """Its fields, but for bytes."""
    found = structs.asdict(record) if record is not None else {}
    return {name: value for name, value in found.items() if not name.startswith("bytes")}


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_the_agent_counts_the_same_under_every_interpreter(tmp_path: Path, version: str) -> None:
    python = need_interpreter(version)
    path = write(tmp_path, "a = Thing(); a.b = Thing(); a.b.a = a; kept.append(Thing())")
    cell = measure(path, python=python)
    assert cell.python.startswith(version + ".")
    found = cell.types["workload_file.Thing"]
    assert (found.cyclic_per_op, found.leaked_per_op, found.garbage_per_op) == (2, 1, 2)
    assert cell.verdict == "cyclic+leaking"
    clean = measure(write(tmp_path, "await asyncio.sleep(0)", "async def"), python=python)
    assert clean.verdict == "clean"


def test_a_workload_that_raises_is_a_record_with_its_traceback(tmp_path: Path) -> None:
    path = write(tmp_path, "print('before the end'); 1 / 0")
    cell = measure_cell(CellSpec(workload=path, effort=EFFORT))
    assert cell.error is not None
    assert cell.error.kind == "raised"
    assert "ZeroDivisionError" in cell.error.message
    assert "workload_file.py" in (cell.error.traceback or "")
    assert "before the end" in cell.error.output
    assert cell.verdict is None


def test_a_workload_that_crashes_is_a_record_with_its_signal(tmp_path: Path) -> None:
    path = write(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    cell = measure_cell(CellSpec(workload=path, effort=EFFORT))
    assert cell.error is not None
    assert (cell.error.kind, cell.error.message) == ("crashed", "killed by SIGSEGV")


def test_a_workload_that_ends_the_process_is_a_record_with_its_status(tmp_path: Path) -> None:
    path = write(tmp_path, "import os; os._exit(7)")
    cell = measure_cell(CellSpec(workload=path, effort=EFFORT))
    assert cell.error is not None
    assert cell.error.exit_status == 7


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_workload_that_hangs_is_a_record_that_says_where(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path, "import threading; threading.Event().wait()", kind)
    started = time.monotonic()
    cell = measure_cell(CellSpec(workload=path, effort=Effort(ops=40, time_limit=until_begun())))
    assert cell.error is not None
    assert cell.error.kind == "timeout"
    assert "workload_file.py" in cell.error.output
    assert time.monotonic() - started < 60


def test_children_of_a_workload_end_with_its_cell(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = f"""
        import subprocess, sys
        if not kept:
            kept.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]))
            open({str(pids)!r}, "w").write(str(kept[0].pid))
        """
    measure_cell(CellSpec(workload=write(tmp_path, code), effort=EFFORT))
    child = int(pids.read_text())
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie"


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("{}/absent.py", "there is no file"),
        ("absent_module:op", "there is no module absent_module"),
        ("{}/workload_file.py:absent", "has no 'absent'"),
        ("{}/workload_file.py:kept", "cannot be called"),
        ("{}/empty.py", "has no op()"),
    ],
)
def test_a_workload_that_is_none_is_wrong_use(tmp_path: Path, name: str, complaint: str) -> None:
    write(tmp_path, "pass")
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(InvalidWorkload, match=complaint.replace("(", r"\(").replace(")", r"\)")):
        measure_cell(CellSpec(workload=name.format(tmp_path), effort=EFFORT))


def test_a_plain_operation_that_returns_a_coroutine_is_wrong_use(tmp_path: Path) -> None:
    path = write(tmp_path, "return asyncio.sleep(0)")
    with pytest.raises(InvalidWorkload, match="no `async def`"):
        measure_cell(CellSpec(workload=path, effort=EFFORT))


def test_an_interpreter_that_is_none_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UnknotError, match="cannot be started"):
        measure_cell(CellSpec(workload=write(tmp_path, "pass"), python="/absent/python"))


def test_debug_settings_do_not_reach_the_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    monkeypatch.setenv("PYTHONDEVMODE", "1")
    code = "assert not asyncio.get_running_loop().get_debug()"
    assert measure(write(tmp_path, code, "async def")).verdict == "clean"
    assert os.environ["PYTHONDEVMODE"] == "1"


WORKLOADS = """
import asyncio
import unknot
class Thing: pass
state = []
@unknot.workload
async def opened(verdict="clean"):
    state.append("open")
    async def op():
        if verdict == "cyclic":
            a = Thing(); a.me = a
    yield op
    print("closed", flush=True)
@unknot.workload
def plain():
    yield lambda: Thing()
@unknot.workload
def twice():
    yield lambda: Thing()
    yield lambda: Thing()
async def setup(): state.append(asyncio.get_running_loop())
async def teardown(): state.clear()
def op(): assert state
"""


@pytest.mark.parametrize(
    ("name", "parameters", "verdict"),
    [
        (":opened", {}, "clean"),
        (":opened", {"verdict": "cyclic"}, "cyclic"),
        (":plain", {}, "clean"),
        ("", {}, "clean"),
    ],
)
def test_workloads_of_every_form(
    tmp_path: Path, name: str, parameters: dict[str, str], verdict: str
) -> None:
    path = tmp_path / "forms.py"
    path.write_text(WORKLOADS)
    cell = measure_cell(CellSpec(workload=f"{path}{name}", parameters=parameters, effort=EFFORT))
    assert cell.error is None
    assert cell.verdict == verdict


@pytest.mark.parametrize(
    ("name", "parameters", "complaint"),
    [
        (":twice", {}, "yielded twice"),
        (":opened", {"absent": "1"}, "absent"),
        ("", {"absent": "1"}, "takes no parameters"),
    ],
)
def test_workloads_used_wrongly(
    tmp_path: Path, name: str, parameters: dict[str, str], complaint: str
) -> None:
    path = tmp_path / "forms.py"
    path.write_text(WORKLOADS)
    with pytest.raises(InvalidWorkload, match=complaint):
        measure_cell(CellSpec(workload=f"{path}{name}", parameters=parameters, effort=EFFORT))


PAIR = 1 if sys.version_info < (3, 14) else 2
"""Tracked objects of a list that holds an empty dict: from 3.14 on, the dict is one."""


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("try: 1 / 0\nexcept ZeroDivisionError as error: same = error", 3),
        ("kept.append([{}])", PAIR),
    ],
    ids=["a cycle beside a tuple of plain values", "a leak that holds an empty dict"],
)
def test_the_curve_counts_what_the_rounds_count(tmp_path: Path, code: str, left: int) -> None:
    cell = measure(write(tmp_path, code))
    assert cell.per_op is not None
    assert cell.series is not None
    assert cell.per_op.retained == left
    assert cell.series.total[-1] - cell.series.total[0] == left * cell.ops
    assert cell.collections is not None
    assert cell.collections.passes == 0

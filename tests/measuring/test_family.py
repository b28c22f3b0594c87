"""Counts are right in every process that a workload starts, however it came and ended."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.interpreters import need_interpreter
from unknot.errors import InvalidWorkload, UsageError
from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell, PerOp, Process

EFFORT = Effort(ops=160, warmup=16, samples=4, confirm_ops=200, time_limit=60.0)


def measure(name: str, effort: Effort = EFFORT, **fields: Any) -> Cell:
    spec = CellSpec(workload=f"tests.workloads.processes:{name}", effort=effort, **fields)
    cell = measure_cell(spec)
    assert cell.error is None, cell.error
    return cell


def rates(cell: Cell) -> PerOp:
    assert cell.per_op is not None
    return cell.per_op


def cyclic(process: Process) -> float:
    assert process.per_op is not None
    return process.per_op.cyclic


def test_each_of_four_children_has_its_own_count_and_the_cell_the_sum() -> None:
    cell = measure("four_servants")
    assert [process.role for process in cell.processes] == ["main"] + 4 * ["child"]
    assert cyclic(cell.processes[0]) == 5
    # They report in no order that is known.
    children = {process.command[-1]: process for process in cell.processes[1:]}
    assert {cycles: cyclic(process) for cycles, process in children.items()} == {
        "0": 0, "1": 1, "2": 2, "3": 3,
    }  # fmt: skip
    assert [children[cycles].verdict for cycles in "01"] == ["clean", "cyclic"]
    assert rates(cell).cyclic == 11
    assert [cycle.per_op for cycle in children["3"].cycles] == [3]
    assert sum(cycle.per_op for cycle in cell.cycles) == 11
    assert all(process.rounds == 4 for process in cell.processes)
    assert cell.notes == []


# Up to 3.10 each instance has a tracked dict beside it: six children's cycles are twelve objects.
@pytest.mark.once
@pytest.mark.parametrize(("version", "count"), [("3.8", 5 + 12), ("3.13", 5 + 6)])
def test_children_under_another_interpreter_are_counted(version: str, count: int) -> None:
    cell = measure("four_servants", parameters={"python": need_interpreter(version)})
    assert {process.python[: len(version)] for process in cell.processes[1:]} == {version}
    assert rates(cell).cyclic == count


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_a_pool_of_processes_leaves_what_its_tasks_leave(method: str) -> None:
    if method == "fork" and sys.version_info >= (3, 12):
        pytest.skip("the pool itself warns that it forks while threads run")
    cell = measure("pool", parameters={"method": method})
    assert rates(cell).cyclic == 6
    assert cyclic(cell.processes[0]) == 0
    assert [cyclic(one) for one in cell.processes if one.verdict == "cyclic"] == [3, 3]


def test_a_forked_child_is_counted_like_a_started_one() -> None:
    cell = measure("forked_servant")
    assert [(process.started, cyclic(process)) for process in cell.processes] == [
        ("agent", 0),
        ("fork", 2),
    ]


def test_children_that_come_and_go_are_told_and_spoil_nothing() -> None:
    cell = measure("forks")
    assert rates(cell).cyclic == 1
    assert cell.processes == []
    # The first operation, warm-up, the sustained stage, the rounds, and the one to name cycles.
    ran = 1 + EFFORT.warmup + 2 * EFFORT.ops + EFFORT.round_ops
    assert f"were not counted, {ran:,} in all: " in cell.notes[0]
    assert "a fork of the workload" in cell.notes[0]


def test_a_child_that_is_killed_is_told_and_the_rest_measured() -> None:
    after = EFFORT.warmup + EFFORT.ops + EFFORT.round_ops + 20
    cell = measure("one_is_killed", parameters={"after": str(after)})
    assert rates(cell).cyclic == 2
    [killed] = [process for process in cell.processes if process.ended == "killed"]
    assert killed.rounds == 1
    assert killed.verdict is None
    assert any("was killed" in note for note in cell.notes)


def test_a_python_that_hides_from_its_agent_keeps_the_cell_from_being_clean() -> None:
    cell = measure("without_environment")
    assert cell.verdict == "undecided"
    assert any("processes have no agent" in note and "1 in all: " in note for note in cell.notes)


def test_a_child_that_forks_has_no_thread_of_ours_meanwhile(tmp_path: Path) -> None:
    told = tmp_path / "told"
    # From 3.12 on, Python itself looks, and warns of a fork beside threads.
    parameters = {"told": str(told), "python": need_interpreter("3.13")}
    measure("threads_at_a_fork", parameters=parameters)
    assert set(told.read_text().split()) == {"0"}


def test_a_sitecustomize_of_the_installation_runs_too(tmp_path: Path) -> None:
    inject = Path(sys.modules["unknot.agent"].__file__ or "").parent / "inject"
    (tmp_path / "sitecustomize.py").write_text("print('mine')\n")
    seen = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sitecustomize, sys; print(sitecustomize.__file__, sys.path)",
        ],
        env={"PYTHONPATH": f"{inject}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.startswith(f"mine\n{tmp_path}")
    assert str(inject) not in seen.stdout
    assert seen.stderr == ""


def start_with_agent(path: Path) -> subprocess.CompletedProcess[str]:
    """A Python process whose agent is to report at ``path``."""
    inject = Path(sys.modules["unknot.agent"].__file__ or "").parent / "inject"
    return subprocess.run(
        [sys.executable, "-c", "print('runs')"],
        env={"PYTHONPATH": str(inject), "UNKNOT_AGENT": f"secret:{path}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_child_that_comes_when_the_controller_is_dead_ends(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "door"))
        listener.listen()
    done = start_with_agent(tmp_path / "door")
    assert (done.returncode, done.stdout, done.stderr) == (70, "", "")


def test_a_child_that_sees_no_socket_at_all_runs_without(tmp_path: Path) -> None:
    done = start_with_agent(tmp_path / "door")
    assert (done.returncode, done.stdout, done.stderr) == (0, "runs\n", "")


def test_nothing_of_a_cell_is_left_when_it_is_over() -> None:
    before = {process.pid for process in psutil.process_iter()}
    measure("four_servants")
    mine = psutil.Process()
    assert [found for found in mine.children(recursive=True) if found.pid not in before] == []
    assert [found for found in mine.net_connections("all") if found.status == "LISTEN"] == []


def test_as_many_operations_run_at_a_time_as_are_asked_for() -> None:
    cell = measure("concurrent", parameters={"limit": "7"}, in_flight=7)
    assert rates(cell).cyclic == 1
    assert cell.in_flight == 7


def test_a_plain_operation_cannot_be_in_flight_with_others() -> None:
    spec = CellSpec(workload="tests.workloads.cycles:exception", in_flight=2, effort=EFFORT)
    with pytest.raises(InvalidWorkload, match="plain operation cannot have 2 in flight"):
        measure_cell(spec)


@pytest.mark.parametrize(("field", "value"), [("in_flight", 0), ("backend", "twisted")])
def test_what_cannot_run_operations_is_refused(field: str, value: object) -> None:
    with pytest.raises(UsageError):
        CellSpec(workload="x.py", **{field: value})  # type: ignore[arg-type]

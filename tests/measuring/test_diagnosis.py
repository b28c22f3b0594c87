"""What is said of well-known cycles and leaks, and that the cut it proposes ends each of them."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

from tests.interpreters import need_interpreter
from unknot.measuring import diagnosis
from unknot.measuring.cell import measure_cell
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell, Cycle, Unnamed
from unknot.report.wording import cell_traces

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "workloads"
EFFORT = Effort(ops=80, warmup=16, samples=2, confirm_ops=400, time_limit=60)
FEW = Effort(ops=8, warmup=4, samples=1, confirm_ops=8, time_limit=60)
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")

# name: the path, the cut, objects that it frees per operation, words of the instruction
CYCLES: dict[str, tuple[list[str], str, int, str]] = {
    "exception": (
        ["frame exception local kept_error", "ValueError.__traceback__", "traceback.tb_frame"],
        "frame exception local kept_error",
        3,
        "`del kept_error` in a `finally` of `exception`",
    ),
    "closure": (
        ["Button.on_press", "function closure.<locals>.pressed closure button"],
        "Button.on_press",
        4,
        "Set `Button.on_press` to None",
    ),
    "task": (
        ["Job.task", "Task._context", "Context[current_job]"],
        "Job.task",
        6,
        "Set `Job.task` to None in a done-callback of the task",
    ),
    "async_generator": (
        ["Feed.stream", "async generator Feed.numbers local self"],
        "Feed.stream",
        2,
        "stream.aclose()`",
    ),
    "tree": (
        ["TreeNode.children", "list[…]", "TreeNode.parent"],
        "TreeNode.parent",
        10,
        "Make `TreeNode.parent` a weak reference",
    ),
    "callback": (
        ["Signal.callbacks", "list[…]", "function callback.<locals>.on_signal closure signal"],
        "Signal.callbacks[…]",
        5,
        "Remove the callback from `Signal.callbacks[…]`",
    ),
    "future": (["Reply.future", "Future._result"], "Reply.future", 2, "Set `Reply.future` to None"),
    "bound_method": (
        ["Handler.method.__self__"],
        "Handler.method",
        2,
        "Do not store a bound method in `Handler.method`",
    ),
    "parser": (
        ["Titles.parser", "xmlparser.StartElementHandler.__self__"],
        "Titles.parser",
        4,
        "Set `Titles.parser` to None",
    ),
    "c_type": (["Rows.parsed", "reader?"], "Rows.parsed", 3, "Set `Rows.parsed` to None"),
}
MORE_SINCE_3_14 = {"closure": 1, "callback": 1}
"""The function that makes another one's annotations."""

STORES = {
    "closure": "button.on_press = pressed",
    "task": "job.task = asyncio.ensure_future(job.run())",
    "async_generator": "feed.stream = feed.numbers()",
    "tree": "self.parent = parent",
    "callback": "self.callbacks: list[Callable[..., None]] = []",
    "future": "self.future = future",
    "bound_method": "handler.method = None if cut else handler.handle",
    "parser": "titles.parser = expat.ParserCreate()",
    "c_type": "rows.parsed = csv.reader(rows)",
}
"""Where the cut is an attribute: the first line of the file that stores it, and not None."""

TASKS_THAT_DO_NOT_RETURN = {
    "failed_task": ("frame Job.fail local self", ["Job.task"]),
    # The task and the future it waits for are a cycle of their own; to cancel it ends both.
    "waiting_task": ("coroutine Job.wait local self", ["Job.task", "Future._callbacks"]),
}
CLEAN = [
    *(f"{name}_cut" for name in CYCLES),
    *(f"{name}_clean" for name in CYCLES),
    *(f"{name}_cut" for name in TASKS_THAT_DO_NOT_RETURN),
    "failed_task_clean",
    *("made_class_cut", "made_class_clean", "three_cut", "three_clean"),
]


@cache
def measured(name: str, effort: Effort = EFFORT, python: str = sys.executable) -> Cell:
    file, _, operation = name.rpartition(":")
    workload = f"{FOLDER / (file or 'cycles')}.py:{operation}"
    cell = measure_cell(CellSpec(workload=workload, effort=effort, python=python))
    assert cell.error is None, cell.error
    assert cell.per_op is not None
    return cell


def line_of(file: Path, code: str) -> int:
    """The number of the first line that has this code."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip() == code)


def the_cycle(cell: Cell) -> Cycle:
    assert cell.verdict == "cyclic"
    assert len(cell.cycles) == 1
    return cell.cycles[0]


@pytest.mark.parametrize("name", CYCLES)
def test_a_cycle_is_named_with_the_cut_that_frees_all_of_it(name: str) -> None:
    path, edge, objects, instruction = CYCLES[name]
    if sys.version_info >= (3, 14):
        objects += MORE_SINCE_3_14.get(name, 0)
    cell = measured(name)
    cycle = the_cycle(cell)
    assert cycle.path == path
    assert (cycle.cut.edge, cycle.cut.sufficient, cycle.cut.proven) == (edge, True, 20)
    assert (cycle.cut.frees_per_op, cycle.cut.of_per_op) == (objects, objects)
    assert (cycle.per_op, cycle.objects_per_op) == (1, objects)
    assert instruction in cycle.cut.instruction
    assert cycle.origin == "application"
    assert cycle.where is not None
    file, _, line = cycle.where.partition(":")
    assert file == "tests/workloads/cycles.py"
    if name in STORES:
        assert line_of(ROOT / file, STORES[name]) == int(line)
        assert cycle.cut.instruction.endswith(f" ({cycle.where}).")
    assert any(step.cut for step in cycle.steps)
    assert cell.leaks == []
    assert cell.notes == []


@pytest.mark.parametrize("name", CLEAN)
def test_the_cut_made_by_hand_and_the_clean_twin_leave_nothing(name: str) -> None:
    cell = measured(name)
    assert cell.per_op is not None
    assert (cell.verdict, cell.per_op.cyclic, cell.per_op.leaked) == ("clean", 0, 0)
    assert (cell.cycles, cell.leaks) == ([], [])


@pytest.mark.parametrize("name", TASKS_THAT_DO_NOT_RETURN)
def test_a_task_that_raised_or_never_ends_leads_back_through_a_local(name: str) -> None:
    local, edges = TASKS_THAT_DO_NOT_RETURN[name]
    cycle = the_cycle(measured(name))
    assert cycle.path[0] == "Job.task"
    assert local in cycle.path
    assert (cycle.cut.edges, cycle.cut.sufficient) == (edges, True)
    assert cycle.cut.frees_per_op == cycle.cut.of_per_op == cycle.objects_per_op


def test_a_task_that_waits_for_ever_is_to_be_cancelled() -> None:
    instruction = the_cycle(measured("waiting_task")).cut.instruction
    assert instruction.startswith("Cancel the task in `Job.task` when its owner is done with it")
    assert "await it, and set `Job.task` to None" in instruction
    assert "C code" not in instruction


@pytest.mark.parametrize("name", ["made_class", "made_by_a_metaclass"])
def test_a_class_created_per_call_is_to_be_created_once(name: str) -> None:
    cycle = the_cycle(measured(name))
    assert cycle.path[0].startswith("class ")
    assert "PerCall" in cycle.path[0]
    assert "PerCall" in cycle.cut.edge
    assert cycle.cut.sufficient
    assert "once, not in every operation" in cycle.cut.instruction


def test_classes_that_differ_by_their_names_alone_are_each_counted_exactly() -> None:
    cycles = measured("several_made_classes").cycles
    assert len({cycle.signature for cycle in cycles}) == 5
    assert [(cycle.per_op, cycle.cut.sufficient) for cycle in cycles] == [(1, True)] * 5


@pytest.mark.once
@pytest.mark.parametrize("version", ["3.11", "3.13"])
def test_copies_of_one_shape_are_counted_by_the_code_that_made_them(version: str) -> None:
    again, over = measured("mixed", python=need_interpreter(version)).cycles
    assert (again.path, again.per_op) == (["function _again.<locals>.again closure again"], 3)
    assert (over.path, over.per_op) == (["function _over.<locals>.over closure over"], 1)


@pytest.mark.once
@pytest.mark.parametrize("version", ["3.11", "3.13"])
def test_a_cycle_of_one_s_own_is_not_taken_for_one_of_the_library_s(version: str) -> None:
    cell = measured("among_the_library_s", python=need_interpreter(version))
    found = {cycle.path[0]: (cycle.per_op, cycle.origin, cycle.known) for cycle in cell.cycles}
    assert found == {
        "function literal_eval.<locals>._convert closure _convert": (4, "library", None),
        "function _sum.<locals>.add closure add": (1, "application", None),
    }
    assert measured("among_the_library_s_clean", python=need_interpreter(version)).cycles == []


def test_all_kinds_are_named_and_the_text_says_how_many_more_there_are_than_it_shows() -> None:
    cell = measured("many")
    assert [cycle.per_op for cycle in cell.cycles] == [1] * 20
    assert len({cycle.signature for cycle in cell.cycles}) == 20
    assert cell.unnamed is None
    text = " ".join(cell_traces(cell))
    assert text.count("cut here") == 12
    assert "8 more kinds of cycle, 8 per op" in text


def test_kinds_beyond_those_that_are_named_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "MOST_KINDS", 15)
    cell = measured.__wrapped__("many")
    assert len(cell.cycles) == 15
    assert cell.unnamed is not None
    octets = cell.unnamed.bytes_per_op
    assert octets > 0
    assert cell.unnamed == Unnamed(kinds=5, per_op=5, objects_per_op=5, bytes_per_op=octets)
    (said,) = [line for line in cell_traces(cell) if "more kinds" in line]
    assert "8 more kinds of cycle, 8 per op, 5 of them counted and not named" in said


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("key_with_a_number", ["Peer.peers", "dict[…]"]),
        (
            "class_with_a_number",
            ["class ….__dict__", "getset_descriptor.__objclass__"]
            if sys.version_info < (3, 15)
            else ["class ….__mro__", "tuple[…]"],
        ),
    ],
)
def test_names_without_end_are_one_cycle_without_them(name: str, path: list[str]) -> None:
    cycle = the_cycle(measured(name))
    assert (cycle.per_op, cycle.path, cycle.cut.sufficient) == (1, path, True)


def test_an_operation_that_has_the_collector_run_is_told_to_hide_what_it_leaves() -> None:
    (note,) = measured("collecting").notes
    assert note.startswith("the collector, which was off, ran ")
    assert measured("bound_method").notes == []


def test_what_is_only_called_like_an_exception_is_handled_like_any_object() -> None:
    cycle = the_cycle(measured("group"))
    assert cycle.cut.instruction.startswith(
        "Set `ArgumentAction.container` to None when its owner is done with it"
    )


def test_three_cycles_of_different_kinds_are_three_findings() -> None:
    found = {cycle.cut.edge: cycle for cycle in measured("three").cycles}
    assert set(found) == {"TreeNode.parent", "Button.on_press", "Handler.method"}
    assert all(cycle.cut.sufficient and cycle.per_op == 1 for cycle in found.values())
    alone = {the_cycle(measured(name)).signature for name in ("tree", "closure", "bound_method")}
    assert {cycle.signature for cycle in found.values()} == alone


def test_ten_thousand_objects_in_one_component_give_a_short_cycle() -> None:
    cycle = the_cycle(measured("big", FEW))
    assert len(cycle.path) <= 3
    assert cycle.component == 10_000
    assert cycle.cut.edge == "Link.owner"
    assert cycle.cut.frees_per_op == cycle.cut.of_per_op == 10_000
    for twin in ("big_cut", "big_clean"):
        assert measured(twin, FEW).verdict == "clean"


def test_a_ring_without_a_shorter_way_back_is_still_analysed() -> None:
    cycle = the_cycle(measured("long_ring", FEW))
    assert cycle.component == 10_000
    assert (cycle.cut.edge, cycle.cut.sufficient) == ("Link.following", True)
    step = "Link.following"
    assert cycle.path == [*[step] * 8, "… 9,984 more …", *[step] * 8]
    assert [each.label for each in cycle.steps] == [
        each.removeprefix("Link") for each in cycle.path
    ]


@pytest.mark.once
@pytest.mark.parametrize("name", list(CYCLES))
def test_a_cycle_has_one_signature_under_every_interpreter(name: str) -> None:
    pythons = [need_interpreter(version) for version in VERSIONS]
    cycles = [the_cycle(measured(name, EFFORT, python)) for python in pythons]
    assert {tuple(cycle.path) for cycle in cycles} == {tuple(CYCLES[name][0])}
    assert len({cycle.signature for cycle in cycles}) == 1
    assert {cycle.cut.edge for cycle in cycles} == {CYCLES[name][1]}
    assert all(cycle.cut.sufficient for cycle in cycles)


@cache
def dispatched(ending: str, effort: Effort = EFFORT, shape: str = "coroutine") -> Cell:
    pytest.importorskip("cloudpickle")
    spec = CellSpec(
        workload="bench.workloads.bundled:dispatch",
        parameters={"policy": "keep", "shape": shape, "ending": ending},
        effort=effort,
    )
    cell = measure_cell(spec)
    assert cell.error is None, cell.error
    return cell


@pytest.mark.parametrize("ending", ["returned", "raised", "cancelled", "abandoned"])
def test_a_kept_dispatch_goes_from_session_to_task_to_context(ending: str) -> None:
    cycle = the_cycle(dispatched(ending))
    assert cycle.path[:2] == ["DispatchSession.worker_task", "Task._context"]
    assert cycle.path[2].startswith("Context[")
    assert len(cycle.path) == 3
    assert (cycle.cut.edge, cycle.cut.sufficient) == ("DispatchSession.worker_task", True)
    assert cycle.per_op == 1
    assert cycle.cut.frees_per_op == cycle.cut.of_per_op == cycle.objects_per_op
    assert "done-callback" in cycle.cut.instruction
    assert cycle.where is not None
    assert task_is_stored().endswith(cycle.where)  # below src, or as an installed package


def task_is_stored() -> str:
    """Where the runtime makes the reference from a session to its driver: not in the session."""
    file = "src/unknot/runtime/docket.py"
    return f"{file}:{line_of(ROOT / file, 'session.worker_task = task')}"


@pytest.mark.parametrize(
    ("shape", "driver"), [("coroutine", "_drive_coroutine"), ("stream", "_drive_stream")]
)
def test_a_cancelled_dispatch_names_the_frames_and_locals_of_its_traceback(
    shape: str, driver: str
) -> None:
    cycle = the_cycle(dispatched("cancelled", FEW, shape=shape))
    begin = [
        "DispatchSession.worker_task",
        "Task._cancelled_exc",
        "CancelledError.__traceback__",
    ]
    assert cycle.also == [
        [*begin, "traceback.tb_frame", "frame drive local session"],
        [*begin, "traceback.tb_next", "traceback.tb_frame", f"frame {driver} local session"],
    ]


@pytest.mark.parametrize("ending", ["returned", "raised"])
def test_a_dispatch_that_keeps_no_traceback_goes_round_one_way(ending: str) -> None:
    assert the_cycle(dispatched(ending, FEW)).also == []


def everywhere(folder: Path) -> str:
    """The bundled workload for any interpreter: our cloudpickle, which is Python alone, is lent."""
    package = Path(pytest.importorskip("cloudpickle").__file__).parent
    (folder / "lent").mkdir()
    (folder / "lent" / package.name).symlink_to(package)
    paths = [str(folder / "lent"), str(ROOT), str(ROOT / "src")]
    file = folder / "bundled.py"
    file.write_text(
        f"import sys\nsys.path += {paths}\nfrom bench.workloads.bundled import dispatch\n"
    )
    return f"{file}:dispatch"


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("ending", ["returned", "raised", "cancelled"])
def test_a_kept_dispatch_has_one_signature_under_every_interpreter(
    ending: str, version: str, tmp_path: Path
) -> None:
    spec = CellSpec(
        workload=everywhere(tmp_path),
        parameters={"policy": "keep", "shape": "coroutine", "ending": ending},
        effort=FEW,
        python=need_interpreter(version),
    )
    cell = measure_cell(spec)
    assert cell.error is None, cell.error
    cycle = the_cycle(cell)
    assert cycle.signature.startswith("530af2")
    assert (cycle.cut.edge, cycle.cut.sufficient) == ("DispatchSession.worker_task", True)
    assert len(cycle.also) == (2 if ending == "cancelled" else 0)
    assert cycle.where is not None
    assert task_is_stored().endswith(cycle.where)

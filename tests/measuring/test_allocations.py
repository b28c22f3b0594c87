"""memray tells where what is left was allocated, objgraph what holds it; what fails says why."""

from __future__ import annotations

import math
import re
import sys
import venv
from pathlib import Path

import pytest
from msgspec import structs

from tests.patience import until_begun
from tests.workloads import leaks
from unknot.measuring.allocations import trace_memory, traceable
from unknot.measuring.cell import measure_cell
from unknot.measuring.duties import Close
from unknot.measuring.spec import CellSpec, Effort
from unknot.measuring.traced_process import own_first, traced_process
from unknot.measuring.tracer_duties import FollowObjects
from unknot.records import Allocations, Cell, CellError, Site, TypeCount

EFFORT = Effort(ops=100, warmup=16, time_limit=60.0)

KEEPS = """\
KEPT = []
def make():
    return bytes(10_000)
def op():
    KEPT.append(make())
"""
MAKES = 3
"""The line that allocates."""


def spec(folder: Path, text: str, effort: Effort = EFFORT, **more: str) -> CellSpec:
    path = folder / "some_workload.py"
    path.write_text(text)
    return CellSpec(workload=str(path), variant="some", effort=effort, **more)  # type: ignore[arg-type]


def cell(of: CellSpec, **leaked: float) -> Cell:
    """A cell as if it had been measured, in which types of some names leak."""
    types = {
        name: TypeCount(
            before=0,
            after=1,
            peak=1,
            retained_per_op=rate,
            cyclic_per_op=0,
            leaked_per_op=rate,
            garbage_per_op=0,
        )
        for name, rate in leaked.items()
    }
    return Cell(
        workload=of.workload,
        variant=of.variant,
        shape=None,
        ending=None,
        gc="off",
        python="3",
        ops=1,
        rounds=4,
        types=types,
    )


def traced(of: CellSpec) -> Allocations:
    return trace_memory(of, cell(of)).allocations


def site(sites: list[Site], of: CellSpec) -> Site | None:
    """The one at the line that allocates."""
    found = [one for one in sites if (one.file, one.line) == (of.workload, MAKES)]
    return found[0] if found else None


def test_what_operations_keep_is_found_at_its_file_and_line(tmp_path: Path) -> None:
    keeps = spec(tmp_path, KEEPS)
    allocations = traced(keeps)
    assert allocations.error is None
    for sites in (allocations.left, allocations.high_water):
        found = site(sites, keeps)
        assert found is not None
        assert found.function == "make"
        assert found.allocations_per_op == 1
        assert 10_000 <= found.bytes_per_op < 10_100
    assert allocations.ops == EFFORT.ops
    assert allocations.left_bytes >= 10_000 * EFFORT.ops
    assert allocations.high_water_bytes >= allocations.left_bytes
    assert allocations.left[0] == site(allocations.left, keeps)


def test_the_clean_twin_leaves_nothing_there(tmp_path: Path) -> None:
    clean = spec(tmp_path, f"{KEEPS}    KEPT.pop()\n")
    allocations = traced(clean)
    assert allocations.error is None
    assert site(allocations.left, clean) is None
    assert site(allocations.high_water, clean) is not None
    assert allocations.left_bytes < 10_000
    assert 10_000 <= allocations.high_water_bytes < 20_000


def test_a_file_below_the_working_folder_is_named_from_there() -> None:
    keeps = CellSpec(workload="tests/workloads/leaks.py:registry", effort=EFFORT)
    assert "tests/workloads/leaks.py" in {one.file for one in traced(keeps).left}


def test_an_operation_that_does_nothing_leaves_nothing(tmp_path: Path) -> None:
    allocations = traced(spec(tmp_path, "def op():\n    pass\n"))
    assert (allocations.error, allocations.left, allocations.left_bytes) == (None, [], 0)


def test_an_async_operation_is_traced_in_its_loop_with_what_comes_later(tmp_path: Path) -> None:
    text = KEEPS.replace("def op():\n", "def later():\n") + (
        "import asyncio\n"
        "async def op():\n"
        "    asyncio.get_running_loop().call_later(0.002, later)\n"
        "    await asyncio.sleep(0)\n"
    )
    keeps = spec(tmp_path, text)
    found = site(traced(keeps).left, keeps)
    assert found is not None
    assert found.allocations_per_op == 1


def test_garbage_in_a_cycle_is_left_because_nothing_is_collected(tmp_path: Path) -> None:
    cyclic = spec(tmp_path, "def op():\n    one = []\n    one.append([one, bytes(10_000)])\n")
    allocations = traced(cyclic)
    assert allocations.left_bytes >= 10_000 * EFFORT.ops


def test_memrays_page_is_given_where_it_is_asked_for(tmp_path: Path) -> None:
    keeps = spec(tmp_path, KEEPS)
    found = trace_memory(keeps, cell(keeps), "flame.html")
    assert found.allocations.flame_graph == "flame.html"
    assert found.flame_graph is not None
    assert b"some_workload.py" in found.flame_graph
    unasked = trace_memory(keeps, cell(keeps))
    assert (unasked.allocations.flame_graph, unasked.flame_graph) == (None, None)


def test_memrays_page_needs_nothing_of_the_network(tmp_path: Path) -> None:
    keeps = spec(tmp_path, KEEPS)
    page = trace_memory(keeps, cell(keeps), "flame.html").flame_graph
    assert page is not None
    assert re.findall(rb"<(?:script|link|img)[^>]+(?:src|href)=.http", page) == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("time.sleep(600)", "no answer within {limit} s"),
        ("os.kill(os.getpid(), 9)", "killed by SIGKILL"),
        ("os._exit(3)", "ended with exit status 3"),
    ],
)
def test_a_workload_that_does_not_come_back_is_an_error_in_the_record(
    tmp_path: Path, body: str, says: str
) -> None:
    text = "import os, time\nCALLS = []\ndef op():\n    CALLS.append(1)\n    if len(CALLS) > 50:\n"
    limit = math.ceil(2 * until_begun("memray"))
    hurried = Effort(ops=100, warmup=0, time_limit=limit)
    fails = spec(tmp_path, f"{text}        {body}\n", hurried)
    found = trace_memory(fails, cell(fails, **{"some.Leak": 1.0}), "flame.html")
    assert says.format(limit=limit) in (found.allocations.error or "")
    assert (found.allocations.left, found.flame_graph) == ([], None)


def test_a_workload_that_is_gone_is_an_error_in_the_record(tmp_path: Path) -> None:
    gone = CellSpec(workload=str(tmp_path / "gone.py"), effort=EFFORT)
    assert "gone.py" in (traced(gone).error or "")


def test_an_interpreter_without_memray_is_said_to_lack_it(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    bare = str(tmp_path / "bare" / "bin" / "python")
    lacks = spec(tmp_path, KEEPS, python=bare)
    found = trace_memory(lacks, cell(lacks, **{"some.Leak": 1.0}))
    assert "memray is not in the environment" in (found.allocations.error or "")
    assert "objgraph is not in the environment" in (found.undrawn or "")
    assert found.holders == ()


def test_a_process_that_an_operation_starts_is_not_traced(tmp_path: Path) -> None:
    text = KEEPS.replace("    KEPT.append", "    if os.fork() == 0:\n        KEPT.append")
    forks = spec(tmp_path, f"import os; {text}        os._exit(0)\n    os.wait()\n")
    allocations = traced(forks)
    assert allocations.error is None
    assert site(allocations.left, forks) is None


def test_what_holds_a_leak_is_drawn_from_the_module_down() -> None:
    leaking = CellSpec(workload="tests.workloads.leaks:registry", effort=EFFORT)
    found = trace_memory(leaking, cell(leaking, **{"tests.workloads.leaks.Entry": 1.0}))
    assert found.undrawn is None
    (drawn,) = found.holders
    assert drawn.type == f"{leaks.Entry.__module__}.Entry"
    assert drawn.dot.startswith("digraph")
    assert "tests.workloads.leaks.Entry" in drawn.dot
    assert '[label="REGISTRY"' in drawn.dot
    assert "unknot_agent" not in drawn.dot
    assert "tracer.py" not in drawn.dot
    assert "0x" not in drawn.dot


def test_the_clean_twin_has_nothing_to_draw() -> None:
    clean = CellSpec(workload="tests.workloads.leaks:registry_clean", effort=EFFORT)
    found = trace_memory(clean, cell(clean, **{"tests.workloads.leaks.Entry": 1.0}))
    assert (found.holders, found.undrawn) == ([], None)


def test_a_type_of_two_halves_is_found_by_its_one_name(tmp_path: Path) -> None:
    text = "import contextvars\nKEPT = []\ndef op():\n    KEPT.append(contextvars.Context())\n"
    keeps = spec(tmp_path, text)
    (drawn,) = trace_memory(keeps, cell(keeps, **{"contextvars.Context": 1.0})).holders
    assert drawn.type == "contextvars.Context"
    assert '[label="KEPT"' in drawn.dot


def test_the_types_that_are_drawn_are_the_programs_own_and_few(tmp_path: Path) -> None:
    text = (
        "KEPT = []\nclass A: pass\nclass B: pass\nclass C: pass\n"
        "def op():\n    KEPT.append((A(), B(), C(), {}))\n"
    )
    keeps = spec(tmp_path, text)
    rates = {"builtins.dict": 9.0, **dict.fromkeys((f"some_workload.{one}" for one in "ABC"), 1.0)}
    drawn = trace_memory(keeps, cell(keeps, **rates)).holders
    assert [one.type for one in drawn] == ["some_workload.A", "some_workload.B"]


def test_a_measured_leak_is_drawn(tmp_path: Path) -> None:
    text = "KEPT = []\nclass Entry: pass\ndef op():\n    KEPT.append(Entry())\n"
    keeps = spec(tmp_path, text, Effort(ops=100, confirm_ops=200))
    assert [one.type for one in trace_memory(keeps, measure_cell(keeps)).holders] == [
        "some_workload.Entry"
    ]


def test_a_graph_too_large_is_drawn_less_deep(tmp_path: Path) -> None:
    text = (
        "KEPT = []\nclass Entry: pass\nHolder = type('L' * 20_000, (), {})\n"
        "def op():\n    one = Entry()\n"
        "    for _ in range(5):\n        holder = Holder()\n"
        "        holder.held = one\n        one = holder\n"
        "    KEPT.append(one)\n"
    )
    keeps = spec(tmp_path, text)
    (drawn,) = trace_memory(keeps, cell(keeps, **{"some_workload.Entry": 1.0})).holders
    assert 20_000 < len(drawn.dot) <= 60_000
    assert "some_workload.Entry" in drawn.dot


def test_one_cell_of_each_variant_and_interpreter_is_traced() -> None:
    specs = dict(
        enumerate(
            CellSpec(workload="w", variant=variant, ending=ending, gc=mode)
            for ending in ("returned", "raised")
            for mode in ("off", "auto")
            for variant in ("one", "two")
        )
    )
    cells = {index: cell(each) for index, each in specs.items()}
    assert [each for each, _ in traceable(specs, cells)] == [specs[0], specs[1]]
    failed = CellError(kind="raised", message="no")
    cells[0] = structs.replace(cells[0], error=failed)
    assert [each for each, _ in traceable(specs, cells)] == [specs[1], specs[2]]
    assert list(traceable(specs, {})) == []


MADE = """\
KEPT = []
class Entry: pass
class Node: pass
def entry():
    return Entry()
def op():
    KEPT.append(entry())
    node = Node()
    node.me = node
"""


def test_a_survivor_of_each_finding_is_told_with_the_lines_that_made_it(tmp_path: Path) -> None:
    of = spec(tmp_path, MADE, Effort(ops=40, warmup=8, confirm_ops=60, time_limit=60.0))
    measured = measure_cell(of)
    assert measured.verdict == "cyclic+leaking"
    made = {one.type: one.frames for one in trace_memory(of, measured).allocations.made}
    assert set(made) == {"some_workload.Node", "some_workload.Entry"}
    lines = {name: [frame.rpartition(":")[2] for frame in made[name]] for name in made}
    assert lines == {"some_workload.Node": ["8"], "some_workload.Entry": ["5", "7"]}


FOLLOWED = """\
KEPT = []
class Node: pass
def entry():
    return [object()]
def op():
    node = Node()
    node.me = node
    KEPT.append(entry())
"""


def test_memray_follows_objects_where_the_interpreter_lets_it(tmp_path: Path) -> None:
    of = spec(tmp_path, FOLLOWED)
    follow = FollowObjects(
        ops=20,
        garbage=["some_workload.Node"],
        kept=["builtins.list", "builtins.set"],
        path=str(tmp_path / "objects.bin"),
    )
    with traced_process(of, "memray") as process:
        said = process.ask(follow)
        process.ask(Close())
    assert said["can"] == (sys.version_info >= (3, 13, 3))
    if said["can"]:
        assert own_first(said["garbage"]["some_workload.Node"]) == [f"{of.workload}:6"]
        (count, stack), *_ = said["kept"]["builtins.list"]  # tracemalloc misses reused lists
        assert count == 20
        assert own_first(stack) == [f"{of.workload}:4", f"{of.workload}:8"]
        assert not any(own_first(stack) for _, stack in said["kept"]["builtins.set"])


def test_a_clean_cell_has_no_survivor_to_tell_of(tmp_path: Path) -> None:
    of = spec(tmp_path, "def op(): pass\n")
    assert trace_memory(of, cell(of)).allocations.made == []

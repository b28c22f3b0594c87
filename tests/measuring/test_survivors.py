"""Where a survivor of a leak was made, and the line by which a process grows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workloads import growing, leaks
from unknot.measuring.cell import measure_cell
from unknot.measuring.process import AgentProcess
from unknot.measuring.spec import CellSpec, Effort, cell_of
from unknot.measuring.survivors import with_makers
from unknot.records import Cell, Leak
from unknot.report.terminal import cell_lines

pytestmark = pytest.mark.once  # a process more for each cell

FEW = Effort(ops=80, warmup=16, samples=1, confirm_ops=80, extra_rounds=2, time_limit=100)

MANY = """\
import asyncio
import threading

BOXES, STAMPS, TASKS = [], {}, []
STOP = threading.Event()
TOLD = bytearray()

class Box:
    pass

def make():
    return Box()

def same():
    BOXES.append((make(), make()))

def stamps():
    number = len(STAMPS)
    STAMPS[number] = f"stamp {number} of some length"

def clean():
    make()

async def forever():
    await asyncio.Event().wait()

async def task():
    await start()

async def start():
    TASKS.append(asyncio.ensure_future(forever()))

def thread():
    begin().start()

def begin():
    return threading.Thread(target=STOP.wait, daemon=True)

def grows():
    TOLD.extend(b"told" * 1000)

def cyclic():
    box = Box()
    box.me = box
"""


def measured(path: Path | str, name: str, effort: Effort = FEW) -> Cell:
    cell = measure_cell(CellSpec(workload=f"{path}:{name}", effort=effort, makers=True))
    assert cell.error is None, cell.error
    return cell


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("survivors") / "many.py"
    path.write_text(MANY)
    return path


def lines(made: list[str]) -> list[str]:
    """Their text in ``MANY``, so far as they are of it."""
    text = MANY.splitlines()
    return [text[int(one.rpartition(":")[2]) - 1].strip() for one in made if "many.py:" in one]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("same", ["return Box()", "BOXES.append((make(), make()))"]),
        ("stamps", ['STAMPS[number] = f"stamp {number} of some length"']),
        (
            "task",
            ["TASKS.append(asyncio.ensure_future(forever()))", "await start()"],
        ),
        ("thread", ["return threading.Thread(target=STOP.wait, daemon=True)", "begin().start()"]),
    ],
)
def test_a_leak_tells_where_a_survivor_was_made(many: Path, name: str, said: list[str]) -> None:
    cell = measured(many, name)
    assert "leaking" in (cell.verdict or "")
    assert lines(cell.leaks[0].made) == said
    text = "\n".join(cell_lines(cell))
    assert ("started at" if name in ("task", "thread") else "made at") in " ".join(text.split())


def test_two_leaks_of_one_type_are_told_apart_by_how_many_each_line_made() -> None:
    cell = measured(leaks.__file__, "two_registries")
    line = leaks.two_registries.__code__.co_firstlineno
    told = {leak.path[0]: [one.rpartition(":")[2] for one in leak.made] for leak in cell.leaks}
    assert told == {
        "module leaks.FIRST": [str(line + 1)],
        "module leaks.SECOND": [str(line + 2)],
    }


@pytest.mark.parametrize(("name", "offset"), [("lost", 1), ("descriptors", 1), ("zombies", 1)])
def test_growth_tells_the_line_by_which_the_process_grows(name: str, offset: int) -> None:
    cell = measured(growing.__file__, name)
    (growth,) = cell.growths
    line = getattr(growing, name).__code__.co_firstlineno + offset
    assert growth.made[0].endswith(f"growing.py:{line}")


def test_an_object_that_grows_tells_the_line_that_enlarges_it(many: Path) -> None:
    (growth,) = measured(many, "grows").growths
    assert lines(growth.made) == ['TOLD.extend(b"told" * 1000)']


@pytest.mark.parametrize("name", ["clean", "cyclic"])
def test_nothing_more_runs_where_nothing_leaks(many: Path, name: str) -> None:
    begun: list[str] = []
    spec = CellSpec(workload=f"{many}:{name}", effort=FEW, makers=True)
    cell = measure_cell(spec, show=begun.append)
    assert cell.verdict == name
    assert "tracing where survivors are made" not in begun


@pytest.fixture
def failing(tmp_path: Path) -> CellSpec:
    """A leak whose operation fails where it is traced."""
    path = tmp_path / "failing.py"
    path.write_text(
        "import sys\n"
        "KEPT = []\n"
        "def op():\n"
        "    KEPT.append([])\n"
        "    if 'tracemalloc' in sys.modules: raise RuntimeError\n"
    )
    return CellSpec(workload=str(path), effort=FEW, makers=True)


def test_what_goes_wrong_where_it_is_traced_loses_nothing_else(failing: CellSpec) -> None:
    cell = measure_cell(failing)
    assert (cell.verdict, cell.error) == ("leaking", None)
    assert [leak.made for leak in cell.leaks] == [[]]


def test_a_cell_without_time_left_is_not_traced(failing: CellSpec) -> None:
    leak = Leak(type="builtins.list", per_op=1.0, objects_per_op=1.0, path=[], steps=[])
    cell = cell_of(failing, ops=80, leaks=[leak])
    processes = Processes()
    assert with_makers(failing, cell, 100.0, processes) is cell
    assert processes.begun == 0
    assert with_makers(failing, cell, 99.0, processes).leaks == [leak]
    assert processes.begun == 1


class Processes:
    """Counts them."""

    def __init__(self) -> None:
        self.begun = 0

    def add(self, process: AgentProcess) -> None:
        self.begun += 1

    def discard(self, process: AgentProcess) -> None:
        pass

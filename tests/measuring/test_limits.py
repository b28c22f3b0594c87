"""Rounds fit the time and memory there is, and what was measured stays, whatever ends a cell."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from tests.patience import until_begun
from unknot.measuring.cell import measure_cell
from unknot.measuring.pace import Pace
from unknot.measuring.plan import measure_cells
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell

pytestmark = pytest.mark.once

HEAD = """
import itertools, os, threading, time
numbers = itertools.count()
kept = []
class Thing: pass
"""


def measure(folder: Path, code: str, effort: Effort) -> Cell:
    path = folder / "subject.py"
    path.write_text(HEAD + dedent(code), encoding="utf-8")
    return measure_cell(CellSpec(workload=str(path), effort=effort))


@pytest.mark.parametrize(
    ("rest", "verdict"),
    [
        ("me = Thing(); me.me = me", "cyclic"),
        ("pass", "clean"),
        ("kept.append(Thing())", "leaking"),
    ],
)
def test_slow_operations_are_measured_in_shorter_rounds(
    tmp_path: Path, rest: str, verdict: str
) -> None:
    code = f"def op():\n    time.sleep(0.02)\n    {rest}\n"
    cell = measure(tmp_path, code, Effort(time_limit=20))
    assert cell.error is None
    assert cell.verdict == verdict
    assert len(cell.windows) >= 4
    assert 4 <= cell.windows[0].ops < 100
    (note,) = (note for note in cell.notes if "an operation" in note)
    assert note.endswith(f"rounds of {cell.windows[0].ops}")
    confirmed = verdict != "leaking"
    assert (cell.unconfirmed is None) == confirmed
    assert confirmed or "--time-limit" in str(cell.unconfirmed)


@contextmanager
def memory_limited_to(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize(
    ("rest", "verdict"), [("kept.append((part,))", "leaking"), ("del part", "clean")]
)
def test_large_operations_are_measured_in_shorter_rounds(
    tmp_path: Path, rest: str, verdict: str
) -> None:
    code = f"def op():\n    part = Thing(); part.data = b'x' * 2_000_000\n    {rest}\n"
    with memory_limited_to(8 << 30):
        cell = measure(tmp_path, code, Effort(time_limit=100))
    assert cell.error is None
    assert cell.verdict == verdict
    assert (cell.windows[0].ops < 250) == (verdict == "leaking")
    assert ("memory" in str(cell.unconfirmed)) == (verdict == "leaking")


ENDINGS = {
    "raises": ("raise OSError('ran dry')", "raised"),
    "ends its process": ("os._exit(5)", "crashed"),
    "runs out of memory": ("b'x' * (1 << 60)", "raised"),
    "hangs": ("threading.Event().wait()", "timeout"),
}


@pytest.mark.parametrize("kind", ENDINGS)
def test_what_was_measured_before_an_error_stays(tmp_path: Path, kind: str) -> None:
    code, error = ENDINGS[kind]
    code = f"""
        def op():
            if next(numbers) == 180: {code}
            me = Thing(); me.me = me
        """
    limit = max(15, 4 * until_begun())
    cell = measure(tmp_path, code, Effort(ops=80, warmup=8, samples=2, time_limit=limit))
    assert cell.error is not None
    assert cell.error.kind == error
    assert cell.per_op is not None
    assert (cell.verdict, cell.per_op.cyclic) == ("cyclic", 1)
    assert cell.unconfirmed is not None


LEFT = {
    "cyclic": "me = Thing(); me.me = me",
    "leaking": "kept.append(Thing())",
    "clean": "Thing()",
}


@pytest.mark.parametrize("verdict", LEFT)
@pytest.mark.parametrize(
    ("begun", "ending"),
    [
        pytest.param(20, "raise OSError('ran dry')", id="while warming up"),
        pytest.param(70, "raise OSError('ran dry')", id="in the sustained stage"),
        pytest.param(70, "os._exit(5)", id="by ending its process"),
        pytest.param(130, "raise OSError('ran dry')", id="in the second round"),
    ],
)
def test_operations_before_one_that_fails_are_measured(
    tmp_path: Path, begun: int, ending: str, verdict: str
) -> None:
    code = f"""
        def op():
            print(end=".", file=open("{tmp_path}/begun", "a"))
            if next(numbers) == {begun}: {ending}
            {LEFT[verdict]}
        """
    cell = measure(tmp_path, code, Effort(ops=80, warmup=32, samples=4, time_limit=60))
    assert cell.error is not None
    assert cell.error.kind == ("raised" if "raise" in ending else "crashed")
    assert cell.verdict == verdict
    assert len(cell.windows) >= 4
    assert cell.per_op is not None
    assert cell.per_op.cyclic == (verdict == "cyclic")
    assert cell.per_op.leaked == (verdict == "leaking")
    assert [cycle.per_op for cycle in cell.cycles] == [1] * (verdict == "cyclic")
    assert [leak.path[-1] for leak in cell.leaks] == ["list[…]"] * (verdict == "leaking")
    assert cell.unconfirmed is not None
    assert cell.error.message in cell.unconfirmed
    assert len((tmp_path / "begun").read_text()) <= 2 * (begun + 1)


def test_of_operations_that_fail_at_once_it_is_said_that_nothing_was_counted(
    tmp_path: Path,
) -> None:
    code = "def op():\n    if next(numbers) == 6: raise OSError('ran dry')\n"
    cell = measure(tmp_path, code, Effort(ops=80, warmup=32, samples=4, time_limit=60))
    assert cell.verdict is None
    assert cell.notes == ["it ended before anything was counted (warming up)"]


@pytest.mark.parametrize(("rest", "gained"), [("kept.append(Thing())", 60), ("Thing()", 0)])
def test_before_the_first_round_is_over_the_curve_is_the_result(
    tmp_path: Path, rest: str, gained: int
) -> None:
    code = f"""
        def op():
            if next(numbers) == 100: threading.Event().wait()
            {rest}
        """
    limit = 4 * until_begun()
    cell = measure(tmp_path, code, Effort(ops=80, warmup=32, samples=4, time_limit=limit))
    assert cell.error is not None
    assert (cell.error.kind, cell.verdict, cell.per_op) == ("timeout", "undecided", None)
    assert cell.series is not None
    assert cell.series.ops == [0, 20, 40, 60]
    assert cell.series.total[-1] - cell.series.total[0] == gained
    said = f"{gained} objects more were alive" if gained else "no more objects were alive"
    assert f"after 60 of 80 operations {said}" in str(cell.unconfirmed)


def test_fewer_than_four_rounds_are_not_clean(tmp_path: Path) -> None:
    code = "def op():\n    if next(numbers) == 120: threading.Event().wait()\n"
    limit = 4 * until_begun()
    cell = measure(tmp_path, code, Effort(ops=80, warmup=8, samples=2, time_limit=limit))
    assert 0 < len(cell.windows) < 4
    assert cell.verdict == "undecided"


def test_progress_shows_within_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "subject.py"
    path.write_text("def op(): pass\n")
    effort = Effort(ops=40, warmup=4, samples=1)
    said: list[str] = []
    list(measure_cells([CellSpec(workload=str(path), variant="it", effort=effort)], 1, said.append))
    assert "it off: round 4 of 4, 10 operations" in said


def test_a_plan_that_fits_is_left_alone() -> None:
    pace = Pace(120.0, lambda: 1 << 34)
    pace.learn_time(10, 0.001)
    pace.learn_memory(10, 10_000)
    assert pace.plan(Effort()) == (Effort(), [])
    assert pace.affords(5000, 250)


@pytest.mark.parametrize(
    ("seconds", "size", "unit"), [(0.5, 0, "s an operation"), (0.0, 50_000_000, "MB an operation")]
)
def test_a_plan_that_does_not_fit_is_shortened(seconds: float, size: int, unit: str) -> None:
    pace = Pace(120.0, lambda: 1 << 34)
    pace.learn_time(1, seconds)
    pace.learn_memory(1, size)
    effort, (note,) = pace.plan(Effort())
    assert 4 <= effort.ops < 1000
    assert unit in note
    assert not pace.affords(5000, effort.round_ops)

"""A cache that tells its bound is judged by it, and growth that falls is not called a leak."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from unknot.measuring.cell import measure_cell
from unknot.measuring.growth import falls, verdict
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell

pytestmark = pytest.mark.once

EFFORT = Effort(ops=200, warmup=8, samples=1, confirm_ops=400, time_limit=100)
HEAD = """
import collections, functools, itertools
numbers = itertools.count(1000)
class Entry:
    def __init__(self, number): self.number = number
class Recent(collections.OrderedDict):
    def __init__(self, maxsize): super().__init__(); self.maxsize = maxsize
    def add(self, key):
        self[key] = Entry(key)
        if len(self) > self.maxsize: self.popitem(last=False)
recent = Recent(4000)
window = collections.deque(maxlen=4000)
history = collections.deque()
slots = [None] * 4096
@functools.lru_cache(maxsize=4000)
def looked_up(number): return {"number": number}
@functools.lru_cache(maxsize=10**9)
def hoarded(number): return Entry(number)
@functools.lru_cache(maxsize=None)
def unbounded(number): return Entry(number)
"""


def measure(folder: Path, body: str, effort: Effort = EFFORT) -> Cell:
    path = folder / "subject.py"
    path.write_text(f"{dedent(HEAD)}\ndef op():\n    {body}\n", encoding="utf-8")
    cell = measure_cell(CellSpec(workload=str(path), effort=effort))
    assert cell.error is None, cell.error
    return cell


@pytest.mark.parametrize(
    "body",
    [
        "looked_up(next(numbers))",
        "window.append(Entry(next(numbers)))",
        "recent.add(next(numbers))",
    ],
)
def test_a_cache_is_filled_to_its_bound(tmp_path: Path, body: str) -> None:
    cell = measure(tmp_path, body)
    assert cell.verdict == "clean", (cell.windows, cell.notes)


def test_a_cache_that_cannot_be_filled_is_said_to_be_filling(tmp_path: Path) -> None:
    cell = measure(tmp_path, "hoarded(next(numbers))")
    assert cell.verdict == "undecided"
    assert any(
        "hoarded is still filling" in note and "1,000,000,000" in note for note in cell.notes
    )


@pytest.mark.parametrize(
    "body",
    [
        "unbounded(next(numbers))",
        "history.append(Entry(next(numbers)))",
        "looked_up(next(numbers)); history.append(Entry(0))",
    ],
)
def test_growth_without_a_bound_leaks(tmp_path: Path, body: str) -> None:
    cell = measure(tmp_path, body)
    assert cell.verdict == "leaking", (cell.windows, cell.notes)
    assert cell.types["subject.Entry"].leaked_per_op == 1


FILL_A_SLOT = "text = f'value {next(numbers)}'; slots[hash(text) % len(slots)] = text"
LONGER = Effort(ops=400, warmup=8, samples=1, confirm_ops=1500)


def test_slots_that_fill_ever_more_slowly_are_undecided(tmp_path: Path) -> None:
    cell = measure(tmp_path, FILL_A_SLOT, LONGER)
    assert cell.verdict == "undecided", cell.windows
    assert cell.unconfirmed is None
    assert any("falls from round to round" in note for note in cell.notes)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("entry = Entry(0); entry.me = entry", "cyclic"),
        ("history.append(Entry(0))", "leaking"),
    ],
)
def test_what_is_certain_is_said_beside_slots_that_fill(
    tmp_path: Path, line: str, word: str
) -> None:
    cell = measure(tmp_path, f"{FILL_A_SLOT}; {line}", LONGER)
    assert cell.verdict == word, cell.windows
    if word == "cyclic":
        assert any("falls from round to round" in note for note in cell.notes)
        assert "whether anything leaks is undecided" in (cell.unconfirmed or "")


@pytest.mark.parametrize(
    ("growths", "ops", "falling"),
    [
        ([236, 237, 229, 221, 3884], [250] * 4 + [5000], True),
        ([250, 250, 250, 250, 5000], [250] * 4 + [5000], False),
        ([250, 250, 250, 250, 5012], [250] * 4 + [5000], False),
        ([3, 2, 3, 2, 49], [250] * 4 + [5000], False),
        ([236, 237, 229, 221, 3884, 2782], [250] * 4 + [5000] * 2, True),
        ([340, 290, 260, 250, 5000, 5000], [250] * 4 + [5000] * 2, False),
        ([236, 237, 229, 221], [250] * 4, False),
        ([], [], False),
    ],
)
def test_falling_growth_is_told_from_steady_growth(
    growths: list[int], ops: list[int], falling: bool
) -> None:
    assert falls(growths, ops) == falling
    if falling:
        assert verdict({}, {"blocks": growths}, False, ops) == "undecided"

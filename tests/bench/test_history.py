"""The history of ``bench.instrument``, and the picture of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.commands import CELL, COMMANDS, Cost
from bench.history import Machine, Record, Row, add, command_rows, commit, heap_rows, load
from bench.looks import FULL
from bench.peers import PEERS, UNKNOT
from bench.rating import Sample
from bench.trend import RATIOS, SECONDS, draw_trend, points_of
from unknot.errors import UsageError
from unknot.report.figures.canvas import png

ROOT = Path(__file__).parents[2]
MACHINE = Machine(cores=2, system="Linux x86_64", python="3.11.7", load=0.5)
CYCLE = "unknot run, one cycle"


def record(*rows: Row, day: int = 1) -> Record:
    return Record(date=f"2026-11-{day:02}", commit="abc", machine=MACHINE, rows=rows)


def test_each_run_adds_a_record_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    first, second = record(Row("a", "x", 1.5)), record(Row("a", '{"task"', 2.5, ratio=3.0), day=2)
    assert load(path) == ()
    assert add(path, first) == (first,)
    assert add(path, second) == (first, second)
    assert load(path) == (first, second)
    lines = path.read_text().splitlines()
    assert sum('"date"' in line for line in lines) == 2  # a diff shows one run
    assert list(tmp_path.iterdir()) == [path]


def broken(**changes: Any) -> str:
    row = {"task": "a", "name": "x", "seconds": 1.0, **changes.pop("row", {})}
    machine = msgspec.to_builtins(MACHINE)
    one = {"date": "2026-11-01", "commit": "", "machine": machine, "rows": [row]}
    return json.dumps({"format": 1, "records": [one], **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        broken(format=2),
        broken(records=[{}]),
        broken(row={"seconds": 0}),
        broken(row={"seconds": None}),
        broken(row={"colour": "red"}),
    ],
)
def test_a_file_that_is_no_history_is_refused_and_left_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "history.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"history\.json: "):
        add(path, record())
    assert path.read_text() == text


def test_the_example_of_a_broken_history_is_one_without_the_change(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    path.write_text(broken())
    assert len(load(path)) == 1


def test_the_history_that_is_committed_is_one() -> None:
    records = load(ROOT / "reports/instrument/history.json")
    assert records
    assert [one.date for one in records] == sorted(one.date for one in records)
    assert not [one for one in records if one.fast or one.commit.endswith("+")]


def test_rows_have_medians_and_ratios_of_turns() -> None:
    sample = Sample(
        work="garbage", size=10, peer=UNKNOT, turn=0, seconds=[2.0], stages={}, added=2_500_000,
        heap=0, found="",
    )  # fmt: skip
    samples = [sample, replace(sample, peer="refcycle", seconds=[30.0], added=-1)]
    assert heap_rows([("Garbage", "garbage", 10), ("More", "garbage", 20)], samples) == [
        Row("Garbage", UNKNOT, 2.0, megabytes=2.5),
        Row("Garbage", "refcycle", 30.0, ratio=15.0, over=UNKNOT, megabytes=0.0),
    ]
    cost = Cost(
        task=CELL, name=CYCLE, wall=1.23456, cpu=1.0, over="base", ratio=2.0, cpu_ratio=1.5,
        found="a leak",
    )  # fmt: skip
    assert command_rows([cost]) == [
        Row(CELL, CYCLE, 1.235, ratio=2.0, over="base", cpu_ratio=1.5),
    ]


def test_a_folder_without_git_has_no_commit(tmp_path: Path) -> None:
    assert commit(tmp_path) == ""


def test_a_line_goes_through_the_records_that_have_it_and_takes_the_largest_heap() -> None:
    records = [
        record(Row(CELL, CYCLE, 2.0)),
        record(Row("Garbage: 10", "refcycle", 1.0, ratio=10.0, over=UNKNOT)),
        record(
            Row(CELL, CYCLE, 1.0),
            Row("Garbage: 10", "refcycle", 1.0, ratio=10.0, over=UNKNOT),
            Row("Garbage: 20", "refcycle", 1.0, ratio=20.0, over=UNKNOT),
        ),
    ]
    [cycle] = [line for line in SECONDS if line.name == CYCLE]
    [garbage] = [line for line in RATIOS if line.name == "refcycle"]
    assert points_of(records, cycle, seconds=True) == [(0, 2.0), (2, 1.0)]
    assert points_of(records, garbage, seconds=False) == [(1, 0.1), (2, 0.05)]


@pytest.mark.parametrize("length", [0, 1, 3, 40])
def test_the_picture_is_drawn_of_any_number_of_records(length: int) -> None:
    records = [record(Row(CELL, CYCLE, 1.0 + number), day=1) for number in range(length)]
    assert png(lambda: draw_trend(records)).startswith(b"\x89PNG")


def test_every_line_of_the_picture_names_a_command_or_an_instrument_that_is_measured() -> None:
    rows = {(one.task, one.name) for one in COMMANDS}
    rows |= {(task.title, peer.name) for task in FULL for peer in PEERS[task.work]}
    for line in (*SECONDS, *RATIOS):
        assert [row for row in rows if row[0].startswith(line.task) and row[1] == line.name]

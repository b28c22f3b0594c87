"""The comparison of instruments, run as people run it, on small heaps."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bench import instrument
from bench.commands import COMMANDS
from bench.history import Machine, load
from bench.looks import FAST, FULL, Run, Task, look
from bench.peers import PEERS, UNKNOT, Peer
from bench.rating import Sample, ratio, verdicts
from unknot.errors import UsageError

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a fast run, and what it printed."""
    folder = tmp_path_factory.mktemp("instrument")
    done = subprocess.run(
        [sys.executable, "-m", "bench.instrument", "--fast", "-o", str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def sample(peer: str, size: int, seconds: float, turn: int = 0) -> Sample:
    return Sample(
        work="garbage",
        size=size,
        peer=peer,
        turn=turn,
        seconds=[seconds],
        stages={},
        added=0,
        heap=0,
        found="",
    )


def test_every_installed_peer_is_measured_on_every_heap(fast: tuple[Path, str]) -> None:
    document: dict[str, Any] = json.loads((fast[0] / "instrument.json").read_text())
    measured = {(one["work"], one["size"], one["peer"]) for one in document["samples"]}
    assert measured == {
        (task.work, task.size, peer.name)
        for task in FAST
        for peer in PEERS[task.work]
        if peer.is_installed
    }


def test_unknot_finds_all_the_garbage_and_its_eight_kinds(fast: tuple[Path, str]) -> None:
    document: dict[str, Any] = json.loads((fast[0] / "instrument.json").read_text())
    found = {
        one["size"]: one["found"]
        for one in document["samples"]
        if (one["work"], one["peer"]) == ("garbage", UNKNOT)
    }
    assert found == {
        task.size: f"{task.size:,} objects, 8 kinds" for task in FAST if task.work == "garbage"
    }


def test_all_that_is_printed_fits_80_columns(fast: tuple[Path, str]) -> None:
    *lines, last = fast[1].splitlines()
    assert max(map(len, lines)) <= 80
    assert str(fast[0]) in last  # a path is as long as it is


def test_every_table_says_of_how_many_repetitions_it_is(fast: tuple[Path, str]) -> None:
    assert fast[1].count("1 process each, 3 looks a process") == 1
    assert fast[1].count("1 process each, 1 look a process") == len(FAST) - 1
    assert fast[1].count("Medians of 1 run each, in turns") == 1


def test_one_kind_is_no_kinds(fast: tuple[Path, str]) -> None:
    assert " 1 kind\n" in fast[1]
    assert " 8 kinds\n" in fast[1]


def test_the_headings_of_the_full_run_fit_80_columns() -> None:
    assert max(len(task.title) for task in FULL) <= 80


@pytest.mark.parametrize("name", ["no such peer", "refcycle"])
def test_a_look_that_fails_is_a_failure_of_the_run_and_no_sample(name: str) -> None:
    run = Run(FAST)
    task = Task("garbage", "no such heap", 10, 1, 1)
    assert look(run, task, 0, Peer(name, PEERS["garbage"][0].prepare)) is None
    [failure] = run.failures
    assert failure.startswith(f"{name}: failed with no such heap 10")
    assert run.notes == []


def test_a_peer_that_fails_is_exit_code_1_once_the_others_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Peer("no such peer", PEERS["garbage"][0].prepare)
    monkeypatch.setitem(PEERS, "garbage", (*PEERS["garbage"][:2], broken))
    tasks = (Task("garbage", "cycles", 1_000, 1, 1), Task("garbage", "cycles", 2_000, 1, 1))
    monkeypatch.setattr(instrument, "FAST", tasks)
    done = CliRunner().invoke(instrument.main, ["--fast", "--only", "heaps", "-o", str(tmp_path)])
    assert done.exit_code == 1
    assert "error: no such peer: failed with cycles 1,000" in done.output
    document = json.loads((tmp_path / "instrument.json").read_text())
    assert len(document["failures"]) == 2
    assert {one["peer"] for one in document["samples"]} == {"gc.collect()", UNKNOT}
    assert (tmp_path / "instrument.png").exists()


@pytest.mark.parametrize("name", ["instrument.png", "history.png"])
def test_the_pictures_are_drawn(fast: tuple[Path, str], name: str) -> None:
    assert (fast[0] / name).read_bytes().startswith(b"\x89PNG")


def test_every_command_is_in_the_table(fast: tuple[Path, str]) -> None:
    assert [one.name for one in COMMANDS if f"\n  {one.name} " not in fast[1]] == []
    assert re.search(r"\n  --unknot .* 30 tests\n", fast[1])


def test_a_run_is_one_record_of_the_history(fast: tuple[Path, str]) -> None:
    [record] = load(fast[0] / "history.json")
    assert record.fast
    assert {(row.task, row.name) for row in record.rows} == {
        *((task.title, p.name) for task in FAST for p in PEERS[task.work] if p.is_installed),
        *((one.task, one.name) for one in COMMANDS if one.is_installed),
    }


def test_half_of_it_makes_no_tables_of_the_other(tmp_path: Path) -> None:
    asked = ["--fast", "--only", "heaps", "-o", str(tmp_path)]
    done = CliRunner().invoke(instrument.main, asked, catch_exceptions=False)
    assert done.exit_code == 0
    assert "unknot run" not in done.output
    [record] = load(tmp_path / "history.json")
    assert "One cell" not in {row.task for row in record.rows}


def test_a_broken_history_ends_the_run_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "history.json").write_text("{}")
    done = CliRunner().invoke(instrument.main, ["--fast", "-o", str(tmp_path)])
    assert done.exit_code == UsageError.exit_code
    assert "history.json: not a history" in done.stderr
    assert not (tmp_path / "instrument.json").exists()


def test_a_busy_machine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(())
    run.machine = Machine(cores=2, system="", python="", load=1.9)
    instrument.note_load(run)
    assert run.notes == []
    run.machine = Machine(cores=2, system="", python="", load=7.5)
    instrument.note_load(run)
    assert run.notes == ["busy: a load of 7.5 on 2 cores when it began; seconds are long"]


def test_a_missing_peer_is_left_out_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Peer, "is_installed", property(lambda peer: peer.package != "refcycle"))
    run = Run(FAST)
    assert "refcycle" not in {peer.name for _, _, peer in run.plan()}
    [note] = [note for note in run.notes if note.startswith("refcycle")]
    assert "pip install 'unknot[instrument]'" in note


def test_a_ratio_is_the_median_of_those_of_the_turns() -> None:
    mine = [sample(UNKNOT, 10, seconds, turn) for turn, seconds in enumerate((1.0, 2.0, 3.0))]
    others = [sample("refcycle", 10, 20.0, turn) for turn in range(2)]
    assert ratio(others, mine) == 15.0
    assert ratio(others, []) is None


def test_cost_that_grows_with_the_square_is_not_linear() -> None:
    sizes = (100_000, 2_000_000)
    [straight] = verdicts([sample(UNKNOT, size, size * 1e-6) for size in sizes])
    [curved] = verdicts([sample(UNKNOT, size, size**2 * 1e-12) for size in sizes])
    assert straight.passed
    assert not curved.passed
    assert str(curved).startswith("MISS")

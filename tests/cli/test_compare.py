"""``unknot compare``: two results, or two requirements with one workload."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_check import CLEAN, CYCLIC, Done, call, write
from tests.environments.packages import make_wheel
from tests.gate.made import cell, counts, cycle, failed, result
from unknot.records import read_result

pytestmark = pytest.mark.once


def compare(folder: Path, *arguments: object) -> Done:
    return call("compare", folder, *arguments)


def test_two_equal_results_have_no_difference(tmp_path: Path) -> None:
    one = write(tmp_path, CYCLIC, "a.json")
    done = compare(tmp_path, one, one)
    assert done.returncode == 0
    assert "no difference" in done.stdout


def test_a_regression_is_exit_code_1_and_names_the_new_cycle(tmp_path: Path) -> None:
    before, after = write(tmp_path, CLEAN, "a.json"), write(tmp_path, CYCLIC, "b.json")
    done = compare(tmp_path, before, after)
    assert done.returncode == 1
    assert "NEW cycle" in done.stdout
    assert "cut here: frees 1 of 1" in done.stdout


def test_an_improvement_is_exit_code_0_and_says_what_is_gone(tmp_path: Path) -> None:
    before, after = write(tmp_path, CYCLIC, "a.json"), write(tmp_path, CLEAN, "b.json")
    done = compare(tmp_path, before, after)
    assert done.returncode == 0
    assert "gone" in done.stdout
    assert "cycle aaaaaa" in done.stdout


def test_results_of_two_variants_are_compared_by_order(tmp_path: Path) -> None:
    before = result(cell(variant="one", workload="one.py"))
    after = result(cell({"w.T": counts(1.0)}, [cycle()], variant="two", workload="two.py"))
    paths = write(tmp_path, before, "a.json"), write(tmp_path, after, "b.json")
    done = compare(tmp_path, *paths)
    assert done.returncode == 1
    assert "old: one" in done.stdout


@pytest.mark.parametrize(
    ("after", "code"), [(result(cell(gc="auto")), 1), (result(cell(), failed(gc="auto")), 3)]
)
def test_a_cell_that_is_lost_is_told_and_fails(tmp_path: Path, after: object, code: int) -> None:
    before = write(tmp_path, result(cell(), cell(gc="auto")), "a.json")
    assert isinstance(after, type(CLEAN))
    done = compare(tmp_path, before, write(tmp_path, after, "b.json"))
    assert done.returncode == code
    assert "not measured any more" in done.stdout or "failed: it died" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("absent==1", "absent==2"), "-w"),
        (("a.json", "absent.json"), "absent.json"),
        (("a.json", "a.json", "-w", "w.py"), "leave out -w"),
        (("a.json", "a.json", "-o", "out.json"), "-o"),
        (("a.json", "a.json", "--shard", "1/2"), "--shard"),
        (("a.json", "bad.json"), "bad.json"),
        (("a.json",), "AFTER"),
        (("not a requirement!", "x==1", "-w", "w.py"), "requirement"),
    ],
)
def test_wrong_use_is_exit_code_2_and_no_traceback(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    write(tmp_path, CLEAN, "a.json")
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "w.py").write_text("def op(): pass\n")
    done = compare(tmp_path, *arguments)
    assert done.returncode == 2, done.stdout
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two releases of a package, the second of which leaves a cycle and leaks; ``w.py`` runs it."""
    monkeypatch.setenv("UNKNOT_CACHE", str(tmp_path / "cache"))
    clean = make_wheel(tmp_path, "leftover", "1.0", "def leave(): pass\n")
    cyclic = make_wheel(
        tmp_path,
        "leftover",
        "2.0",
        "KEPT = []\nclass Entry: pass\n"
        "def leave():\n    kept = []\n    kept.append(kept)\n    KEPT.append(Entry())\n",
    )
    (tmp_path / "w.py").write_text("import leftover\ndef op(): leftover.leave()\n")
    return clean, cyclic


def test_two_requirements_are_measured_in_turn_with_one_workload(
    tmp_path: Path, releases: tuple[Path, Path]
) -> None:
    clean, cyclic = releases
    few = ("-w", "w.py", "-n", "40", "--warmup", "4", "-q", "-o", "out.json")
    done = compare(tmp_path, clean, cyclic, *few)
    assert done.returncode == 1, done.stderr
    assert "NEW cycle" in done.stdout
    measured = read_result(tmp_path / "out.json")
    assert [cell.packages["leftover"] for cell in measured.cells] == ["1.0", "2.0"]
    assert {one.candidate for one in measured.differences} == {str(cyclic)}
    assert [leak.made for cell in measured.cells for leak in cell.leaks] == [
        ["w.py:2", "leftover.py:6"]
    ]
    assert compare(tmp_path, cyclic, clean, *few).returncode == 0


def test_two_requirements_in_shards_joined_are_compared_as_at_once(
    tmp_path: Path, releases: tuple[Path, Path]
) -> None:
    few = (*releases, "-w", "w.py", "-n", "40", "--warmup", "4", "-q")
    assert compare(tmp_path, *few, "--jobs", "2", "-o", "whole.json").returncode == 1
    for share in ("1", "2"):  # each has one of the two: nothing to compare yet
        shard = ("--shard", f"{share}/2", "-o", f"{share}.json")
        assert compare(tmp_path, *few, *shard).returncode == 0
    assert read_result(tmp_path / "1.json").cells[0].machine is not None
    assert call("merge", tmp_path, "1.json", "2.json", "-o", "joined.json").returncode == 0
    whole, joined = (read_result(tmp_path / f"{name}.json") for name in ("whole", "joined"))
    assert whole.differences
    assert joined.differences == whole.differences
    assert joined.plan == whole.plan
    done = compare(tmp_path, *few, "--resume", "joined.json")
    assert done.returncode == 1
    assert "NEW cycle" in done.stdout
    seconds = [cell.seconds for cell in joined.cells]
    assert [cell.seconds for cell in read_result(tmp_path / "joined.json").cells] == seconds

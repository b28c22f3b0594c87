"""``unknot report``: a page of any result, and one clear line where there can be none."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path

import pytest
from msgspec import structs

from tests.cli.test_check import Done, call
from tests.gate.made import cell, counts, cycle, failed, result
from unknot.records import Allocations, Series, encode_result, read_result

CYCLIC = result(cell({"w.Thing": counts(1.0)}, [cycle()]))


def report(folder: Path, *arguments: object, **environment: str) -> Done:
    return call("report", folder, *arguments, **environment)


def test_the_page_is_in_a_folder_named_after_the_result(tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_bytes(encode_result(CYCLIC))
    done = report(tmp_path, "kept.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"report in {Path('kept-report', 'index.html')}\n"
    page = tmp_path / "kept-report" / "index.html"
    assert CYCLIC.cells[0].cycles[0].signature[:6] in page.read_text()
    assert read_result(page.with_name("result.json")) == CYCLIC


def test_output_names_another_folder_and_makes_it(tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_bytes(encode_result(CYCLIC))
    assert report(tmp_path, "kept.json", "-o", "deep/er").returncode == 0
    assert (tmp_path / "deep" / "er" / "index.html").is_file()
    assert not (tmp_path / "kept-report").exists()


def test_a_result_with_errors_alone_still_has_a_page(tmp_path: Path) -> None:
    broken = failed()
    (tmp_path / "broken.json").write_bytes(encode_result(result(broken)))
    assert report(tmp_path, "broken.json").returncode == 0
    assert broken.error is not None
    assert broken.error.message in (tmp_path / "broken-report" / "index.html").read_text()


def test_a_result_is_its_own_copy_in_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(encode_result(CYCLIC))
    assert report(tmp_path, "result.json", "-o", ".").returncode == 0
    assert read_result(tmp_path / "result.json") == CYCLIC


def test_no_browser_to_open_is_said_and_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webbrowser._tryorder", [])
    (tmp_path / "kept.json").write_bytes(encode_result(CYCLIC))
    done = report(tmp_path, "kept.json", "--open")
    assert done.returncode == 0
    assert "no browser" in done.stderr


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "cannot be read: No such file"),
        (b"", "not an unknot result"),
        (b'{"schema": 99}', "schema 99"),
        (b"[" * 100_000, "not an unknot result"),
        (encode_result(CYCLIC)[:-40], "not an unknot result"),
    ],
)
def test_a_result_that_is_none_is_one_clear_line(
    tmp_path: Path, document: bytes | None, said: str
) -> None:
    if document is not None:
        (tmp_path / "bad.json").write_bytes(document)
    done = report(tmp_path, "bad.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "bad-report").exists()


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_bytes(encode_result(CYCLIC))
    (tmp_path / "file").touch()
    done = report(tmp_path, "kept.json", "-o", Path("file", "folder"))
    assert done.returncode == 2
    assert f"file{os.sep}folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_bytes(encode_result(CYCLIC))
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "index.html").mkdir()
    done = report(tmp_path, "kept.json", "-o", "taken")
    assert done.returncode == 2
    assert "index.html" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_bytes(encode_result(CYCLIC))
    (tmp_path / "locked").mkdir(mode=0o500)
    done = report(tmp_path, "kept.json", "-o", "locked")
    assert done.returncode == 2
    assert "locked" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_result_of_nothing_still_has_a_page(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_bytes(encode_result(result()))
    assert report(tmp_path, "empty.json").returncode == 0
    page = (tmp_path / "empty-report" / "index.html").read_text()
    assert "Nothing was measured" in page


def test_a_browser_that_cannot_start_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(address: str) -> bool:
        raise webbrowser.Error(address)

    monkeypatch.setattr("webbrowser.open", refuse)
    (tmp_path / "kept.json").write_bytes(encode_result(CYCLIC))
    done = report(tmp_path, "kept.json", "--open")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)


def test_a_browser_is_given_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def show(address: str) -> bool:
        shown.append(address)
        return True

    monkeypatch.setattr("webbrowser.open", show)
    (tmp_path / "kept.json").write_bytes(encode_result(CYCLIC))
    assert report(tmp_path, "kept.json", "--open").stderr == ""
    assert shown == [(tmp_path / "kept-report" / "index.html").as_uri()]


def test_a_baseline_is_judged_on_the_page_and_the_exit_code_stays(tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_bytes(encode_result(CYCLIC))
    (tmp_path / "base.json").write_bytes(encode_result(result(cell())))
    done = report(tmp_path, "kept.json", "--baseline", "base.json")
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "kept-report" / "index.html").read_text()
    assert "What the gate says" in page
    assert "cyclic per op: 0 → 1" in page


def test_a_baseline_that_is_not_there_yet_is_told(tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_bytes(encode_result(CYCLIC))
    done = report(tmp_path, "kept.json", "--baseline", "absent.json")
    assert done.returncode == 0
    assert "absent.json: no such baseline yet" in done.stdout


def test_budgets_are_judged_without_a_baseline(tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_bytes(encode_result(CYCLIC))
    (tmp_path / "own.toml").write_text('[tool.unknot.budgets."w.py"]\ncyclic = 0\n')
    assert report(tmp_path, "kept.json", "--config", "own.toml").returncode == 0
    assert "FAILED" in (tmp_path / "kept-report" / "index.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--baseline", "bad.json"), "bad.json: not an unknot result"),
        (("--config", "absent.toml"), "absent.toml: there is no such file"),
        (("--config", "bad.toml"), "bad.toml"),
        (("-o", "kept.json"), "kept.json"),
    ],
)
def test_wrong_use_is_exit_code_2_and_writes_nothing(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "kept.json").write_bytes(encode_result(CYCLIC))
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "bad.toml").write_text("[tool.unknot.budgets.w]\ncylic = 1\n")
    done = report(tmp_path, "kept.json", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "kept-report").exists()


def test_files_beside_the_result_go_with_the_page(tmp_path: Path) -> None:
    traced = Allocations(
        workload="w.py",
        variant="w",
        shape=None,
        ending=None,
        python="3.11.7",
        gc="off",
        ops=10,
        left_bytes=10,
        flame_graph="kept-flame.html",
    )
    elsewhere = structs.replace(traced, flame_graph="../secret.html")
    measured = result(cell(), allocations=[traced, elsewhere])
    home = tmp_path / "home"
    home.mkdir()
    (home / "kept.json").write_bytes(encode_result(measured))
    (home / "kept-flame.html").write_text("flames")
    (home / "timing.json").write_text("{}")
    (tmp_path / "secret.html").write_text("secret")
    assert report(tmp_path, "home/kept.json", "-o", "out").returncode == 0
    copied = {path.name for path in (tmp_path / "out").iterdir()}
    assert copied == {"index.html", "result.json", "kept-flame.html", "timing.json"}
    page = (tmp_path / "out" / "index.html").read_text()
    assert 'href="kept-flame.html"' in page
    assert 'href="timing.json"' in page
    assert "secret" not in page


@pytest.mark.parametrize("absent", ["jinja2", "matplotlib"])
def test_a_missing_extra_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absent: str
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == absent]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.startswith("unknot.report.pictures.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, absent, None)
    sampled = structs.replace(
        CYCLIC.cells[0], series=Series(ops=[0, 10], total=[1, 11], types={"w.Thing": [0, 10]})
    )
    (tmp_path / "kept.json").write_bytes(encode_result(result(sampled)))
    done = report(tmp_path, "kept.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "python -m pip install 'unknot[report]'" in done.stderr
    assert done.stderr.count("\n") == 1

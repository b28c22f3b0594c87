"""``unknot report``: a page of any result, and one clear line where there can be none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.test_check import Done, call
from tests.gate.made import cell, counts, cycle, failed, result
from unknot.records import encode_result, read_result

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

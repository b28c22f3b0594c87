"""Files are whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from unknot.errors import UsageError
from unknot.report import replace


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = replace(tmp_path / "a" / "b" / "result.json", b"new")
    assert path.read_bytes() == b"new"


def test_an_older_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(b"old")
    replace(tmp_path / "result.json", b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    path = replace(tmp_path / "result.json", b"")
    assert path.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_folder_that_is_a_file_is_a_usage_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(UsageError, match=r"taken.*cannot be written"):
        replace(tmp_path / "taken" / "result.json", b"new")


def test_a_write_that_fails_leaves_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "result.json").write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", _refuse)
    with pytest.raises(UsageError, match="Read-only file system"):
        replace(tmp_path / "result.json", b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def _refuse(self: Path, target: Path) -> Path:
    raise OSError(30, "Read-only file system")

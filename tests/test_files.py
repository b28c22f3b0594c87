"""Files are whole or not there."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from unknot.errors import UsageError
from unknot.files import append, ensure_distinct, ensure_writable, replace
from unknot.records.file import read_file


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


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link, dangling = tmp_path / "link.json", tmp_path / "dangling.json"
    (tmp_path / "real" / "there.json").write_bytes(b"old")
    link.symlink_to("real/there.json")
    dangling.symlink_to("real/absent.json")
    for path in (link, dangling):
        replace(path, b"new")
        assert path.is_symlink()
        assert path.read_bytes() == b"new"
    assert not (tmp_path / "real" / "absent.json").is_symlink()


def test_a_link_that_leads_to_itself_is_an_error(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    with pytest.raises(UsageError, match="cannot be written"):
        replace(loop, b"new")
    assert loop.is_symlink()


def test_the_mode_of_a_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(b"old")
    path.chmod(0o640)
    replace(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("write", [replace, append])
def test_a_device_is_written_to_and_stays_a_device(write: Callable[[Path, bytes], object]) -> None:
    write(Path(os.devnull), b"gone")
    assert Path(os.devnull).is_char_device()


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no full device")
def test_a_full_device_is_an_error(tmp_path: Path) -> None:
    link = tmp_path / "result.json"
    link.symlink_to("/dev/full")
    ensure_writable(link)
    with pytest.raises(UsageError, match="No space left"):
        replace(link, b"new")


def test_a_pipe_gets_all_of_it_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", bytearray()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.extend(pipe.read_bytes()))
    reader.start()
    replace(pipe, b"x" * 300_000)
    reader.join(60)
    assert len(got) == 300_000
    assert pipe.is_fifo()


def test_a_pipe_that_nobody_reads_is_an_error_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unknot.files.PATIENCE", 0.1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="nobody reads"):
        replace(tmp_path / "pipe", b"new")


def test_a_descriptor_is_written_to_whatever_it_is_open_on(tmp_path: Path) -> None:
    path = tmp_path / "opened.json"
    with path.open("wb") as stream:
        stream.write(b"before ")
        stream.flush()
        inode = path.stat().st_ino
        replace(Path(f"/dev/fd/{stream.fileno()}"), b"new")
    assert path.read_bytes() == b"before new"
    assert path.stat().st_ino == inode


def test_what_is_appended_stands_behind_the_rest(tmp_path: Path) -> None:
    for part in (b"one ", b"two"):
        append(tmp_path / "summary.md", part)
    assert (tmp_path / "summary.md").read_bytes() == b"one two"


@pytest.mark.parametrize("kind", ["the same", "a link", "a hard link", "another spelling"])
def test_no_output_may_be_an_input(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(b"old")
    other = tmp_path / "other.json"
    if kind == "a link":
        other.symlink_to(path)
    elif kind == "a hard link":
        other.hardlink_to(path)
    else:
        other = path if kind == "the same" else tmp_path / "absent" / ".." / "result.json"
        (tmp_path / "absent").mkdir()
    with pytest.raises(UsageError, match=r"--junit .* is the file of RESULT"):
        ensure_distinct({"--junit": other}, {"RESULT": path})
    ensure_distinct({"--junit": tmp_path / "third.xml"}, {"RESULT": path})


def test_two_outputs_may_share_a_device_and_no_file(tmp_path: Path) -> None:
    device, path = Path(os.devnull), tmp_path / "new"
    ensure_distinct({"--junit": device, "--bencher": device}, {})
    with pytest.raises(UsageError, match="--bencher"):
        ensure_distinct({"--junit": path, "--bencher": path}, {})


@pytest.mark.parametrize("name", ["a" * 300, "b/" * 3000])
def test_a_name_that_no_file_can_have_is_an_error(tmp_path: Path, name: str) -> None:
    for write in (ensure_writable, lambda path: replace(path, b"")):
        with pytest.raises(UsageError, match="cannot be written"):
            write(tmp_path / name)


def test_the_longest_name_is_no_error(tmp_path: Path) -> None:
    assert replace(tmp_path / ("a" * 255), b"new").read_bytes() == b"new"


def test_what_no_writer_opens_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unknot.records.file.PATIENCE", 0.1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="nothing came out"):
        read_file(tmp_path / "pipe", 100)


def test_a_pipe_is_read_to_its_end_and_not_beyond_the_limit(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for largest, fits in ((200_000, True), (1 << 20, True), (100, False)):
        writer = threading.Thread(target=_write, args=(pipe,))
        writer.start()
        if fits:
            assert len(read_file(pipe, largest)) == 200_000
        else:
            with pytest.raises(OSError, match="more than"):
                read_file(pipe, largest)
        writer.join(60)


def _write(pipe: Path) -> None:
    with contextlib.suppress(BrokenPipeError):
        pipe.write_bytes(b"x" * 200_000)

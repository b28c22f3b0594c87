"""What a process holds beside its objects is its own: other processes do not change the figures."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from unknot.errors import CellFailed
from unknot.measuring.footprint import read_footprint

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")

OBEYING = """
import mmap, sys
with open(sys.argv[1], "rb") as file:
    library = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
sum(library[::4096])
kept = []
print("ready", flush=True)
for line in sys.stdin:
    kept.append(mmap.mmap(-1, int(line), flags=mmap.MAP_PRIVATE))
    for place in range(0, int(line), 4096):
        kept[-1][place] = 1
    print("done", flush=True)
"""
"""Reads a file that it maps, as libraries are; then maps as many bytes as each line says, and
writes to every page of them."""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    path = tmp_path / "library.so"
    path.write_bytes(bytes(1 << 20))
    return path


@contextmanager
def process_with(library: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", OBEYING, str(library)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(3):  # what reading and writing takes the first time
            tell(process, 4096)
        yield process
        process.communicate()


def tell(process: subprocess.Popen[str], size: int) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    print(size, file=process.stdin, flush=True)
    assert process.stdout.readline() == "done\n"


def test_a_process_that_maps_the_same_files_changes_no_figure(library: Path) -> None:
    with process_with(library) as process:
        alone = read_footprint(process.pid)
        with process_with(library):
            assert read_footprint(process.pid) == alone
        assert read_footprint(process.pid) == alone


def test_memory_that_is_mapped_and_written_to_is_unique_memory(library: Path) -> None:
    with process_with(library) as process:
        before = read_footprint(process.pid)
        tell(process, 1 << 20)
        after = read_footprint(process.pid)
    assert after["unique memory"] - before["unique memory"] == 1 << 20
    assert after["file descriptors"] == before["file descriptors"]


def test_a_process_that_has_ended_cannot_be_read(library: Path) -> None:
    with process_with(library) as process:
        pass
    with pytest.raises(CellFailed, match="ended"):
        read_footprint(process.pid)


def test_a_process_that_was_not_waited_for_is_a_child() -> None:
    before = read_footprint(os.getpid())["child processes"]
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", ""], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.read() == b""  # it has ended
    assert read_footprint(os.getpid())["child processes"] == before + 1
    process.communicate()
    assert read_footprint(os.getpid())["child processes"] == before

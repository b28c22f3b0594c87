"""What a process holds besides its objects, read from outside: memory, files, threads, children."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psutil

from unknot.errors import CellFailed, UnknotError
from unknot.records import GrowthKind

__all__ = ["read_footprint", "resident_sizes"]


def read_footprint(pid: int) -> dict[GrowthKind, int]:
    """The figures that this system reports.

    Child processes are those that run, and those that ended and were never waited for. Unique
    memory is in bytes. Raises :class:`~unknot.errors.CellFailed` if the process has ended.
    """
    with _errors(pid):
        process = psutil.Process(pid)
        found: dict[GrowthKind, int] = {
            "file descriptors": process.num_fds(),
            "threads": process.num_threads(),
            "child processes": len(process.children()),
        }
        with contextlib.suppress(psutil.AccessDenied):
            found["unique memory"] = _unique_memory(process)
        with contextlib.suppress(OSError):  # Linux has it
            found["mappings"] = Path(f"/proc/{pid}/maps").read_bytes().count(b"\n")
        return found


ANONYMOUS = {b"Anonymous": 1, b"Private_Hugetlb": 1, b"Swap": 1, b"LazyFree": -1}
"""Fields of ``smaps_rollup``, in kB, and how they count towards memory that no file backs."""


def _unique_memory(process: psutil.Process) -> int:
    """Bytes of memory that no file backs, in RAM or swapped out; elsewhere the unique set size.

    The unique set size includes pages of files that no other process maps at the moment: each time
    another process of the same interpreter starts or ends, it falls or rises by some megabytes.
    """
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_bytes().splitlines()
    except OSError:  # Linux 4.14 and newer have it
        lines = []
    sizes = {name: size for name, _, size in (line.partition(b":") for line in lines)}
    if b"Anonymous" not in sizes:
        uss: int = process.memory_full_info().uss
        return uss
    return sum(
        sign * int(sizes[name].split()[0]) * 1024
        for name, sign in ANONYMOUS.items()
        if name in sizes
    )


def resident_sizes(pid: int) -> tuple[int, int | None]:
    """Resident and unique set size in bytes; the second is ``None`` if it may not be read."""
    with _errors(pid):
        process = psutil.Process(pid)
        try:
            full = process.memory_full_info()
            return full.rss, full.uss
        except psutil.AccessDenied:
            return process.memory_info().rss, None


@contextlib.contextmanager
def _errors(pid: int) -> Iterator[None]:
    try:
        yield
    except psutil.NoSuchProcess as error:
        raise CellFailed("the process ended while it was measured") from error
    except psutil.Error as error:
        raise UnknotError(f"process {pid} cannot be read: {error}") from error

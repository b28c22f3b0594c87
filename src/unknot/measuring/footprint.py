"""What a process holds beside its objects, read from outside: memory, files, threads, children."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psutil

from unknot.errors import CellFailed, UnknotError
from unknot.records import GrowthKind

__all__ = ["read_footprint", "resident_sizes"]


def read_footprint(pid: int) -> dict[GrowthKind, int]:
    """The figures that this system tells.

    Child processes are those that run, and those that ended and were never waited for. Raises
    :class:`~unknot.errors.CellFailed` where the process has ended.
    """
    with _errors(pid):
        process = psutil.Process(pid)
        found: dict[GrowthKind, int] = {
            "file descriptors": process.num_fds(),
            "threads": process.num_threads(),
            "child processes": len(process.children()),
        }
        with contextlib.suppress(psutil.AccessDenied):
            found["unique memory"] = process.memory_full_info().uss
        with contextlib.suppress(OSError):  # Linux has it
            found["mappings"] = Path(f"/proc/{pid}/maps").read_bytes().count(b"\n")
        return found


def resident_sizes(pid: int) -> tuple[int, int | None]:
    """Resident and unique set size in bytes; the second is ``None`` where it may not be read."""
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

"""How much memory a process can still allocate before a limit or the machine stops it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psutil

__all__ = ["room_for"]

CGROUPS = Path("/sys/fs/cgroup")


def room_for(pid: int) -> int:
    """Bytes that process ``pid`` can still allocate, by its limits, its cgroup and free memory."""
    room: list[int] = [psutil.virtual_memory().available]
    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process(pid)
        memory = process.memory_info()
        for limit, used in (("RLIMIT_AS", memory.vms), ("RLIMIT_DATA", memory.rss)):
            if hasattr(psutil, limit):
                soft, _ = process.rlimit(getattr(psutil, limit))
                if soft != psutil.RLIM_INFINITY:
                    room.append(soft - used)
        room.extend(_room_in_cgroups(pid))
    return max(min(room), 0)


def _room_in_cgroups(pid: int) -> Iterator[int]:
    """Bytes left in each control group of the process, version 2 and version 1."""
    for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = CGROUPS / "memory" if controllers else CGROUPS
        folder = root / path.lstrip("/")
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
        limit, used = names if controllers else ("memory.max", "memory.current")
        for each in (folder, *folder.parents):
            if root in (each, *each.parents):
                with contextlib.suppress(OSError, ValueError):  # "max", or a group without limits
                    yield int((each / limit).read_text()) - int((each / used).read_text())

"""The bytes of a file that somebody named: bounded, and waited for only so long."""

from __future__ import annotations

import errno
import os
import select
import stat
from pathlib import Path

__all__ = ["is_there", "read_file"]

PATIENCE = 10.0
"""Seconds in which something has to come out of a pipe or a device."""
CHUNK = 1 << 16


def read_file(path: Path, largest: int) -> bytes:
    """All of the file. Of a pipe or a device, what comes until its end.

    Raises :class:`OSError` where it cannot be read, has more than ``largest`` bytes, or is a pipe
    into which nothing is written.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    with os.fdopen(handle, "rb", buffering=0) as stream:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            document = stream.read(largest + 1)
        else:
            document = _drain(handle, largest)
    if len(document) > largest:
        raise OSError(errno.EFBIG, f"more than {largest >> 20} MiB")
    return document


def is_there(path: Path) -> bool:
    """Whether something has this path; a path that nothing can have is no error."""
    try:
        path.lstat()
    except OSError:
        return False
    return True


def _drain(handle: int, largest: int) -> bytes:
    """What comes until the end; a pipe that has had no writer yet is waited for."""
    document = bytearray()
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    while len(document) <= largest:
        if not poll.poll(PATIENCE * 1000):
            raise OSError(errno.ETIMEDOUT, f"nothing came out of it within {PATIENCE:g} s")
        try:
            chunk = os.read(handle, CHUNK)
        except BlockingIOError:
            continue
        if not chunk:
            break
        document += chunk
    return bytes(document)

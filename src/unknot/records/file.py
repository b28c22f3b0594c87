"""Reads files named by a user, with limits on size and time."""

from __future__ import annotations

import errno
import os
import select
import stat
from pathlib import Path

__all__ = ["is_there", "read_file"]

PATIENCE = 10.0
"""Seconds within which a pipe or device has to produce data."""
CHUNK = 1 << 16


def read_file(path: Path, largest: int) -> bytes:
    """The content of a file, pipe or device.

    Raises :class:`OSError` if it cannot be read, has more than ``largest`` bytes, or is a pipe to
    which nothing is written.
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
    """Whether the path exists; false for an invalid path."""
    try:
        path.lstat()
    except OSError:
        return False
    return True


def _drain(handle: int, largest: int) -> bytes:
    """The data until the end of a pipe or device. Waits for a pipe's first writer."""
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

"""Writes the files that a command is told to write.

A regular file is replaced atomically and keeps its mode. Symbolic links are followed. Devices,
pipes, and descriptors such as ``/dev/stdout`` are written to and never replaced.
``-`` is standard output.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from unknot.errors import UsageError
from unknot.text import visible

__all__ = [
    "append",
    "ensure_distinct",
    "ensure_writable",
    "is_replaceable",
    "is_same_file",
    "is_standard_output",
    "remove",
    "replace",
]

STANDARD_OUTPUT = Path("-")
DESCRIPTORS = ("/dev/fd", "/proc/self/fd")
MOST_LINKS = 40
"""Maximum number of symbolic links to follow, as in Linux."""
PATIENCE = 10.0
"""Seconds to wait for a reader of a pipe."""


def replace(path: Path, data: bytes) -> Path:
    """Writes ``data`` to ``path``, creating missing folders, and returns ``path``.

    Raises :class:`~unknot.errors.UsageError` on failure, which leaves an older file as it was.
    """
    try:
        if is_replaceable(path):
            _replace_file(Path(os.path.realpath(path)), data)
        else:
            _stream(path, data)
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


def append(path: Path, data: bytes) -> None:
    """Appends ``data`` to ``path``. Raises :class:`~unknot.errors.UsageError` on failure."""
    try:
        if is_replaceable(path):
            with path.open("ab") as stream:
                stream.write(data)
        else:
            _stream(path, data)
    except OSError as error:
        raise _unwritable(path, error) from error


def remove(path: Path) -> None:
    """Removes any file at ``path``. Raises :class:`~unknot.errors.UsageError` on failure."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def is_replaceable(path: Path) -> bool:
    """Whether ``path`` is or would be a regular file, not a device, pipe or descriptor.

    Raises :class:`OSError` if ``path`` cannot be looked up.
    """
    if _descriptor_of(path) is not None:
        return False
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return True


def is_standard_output(path: Path | None) -> bool:
    """Whether ``path`` is standard output."""
    return path is not None and _descriptor_of(path) == 1


def ensure_writable(path: Path) -> None:
    """Checks, before a measurement, that ``path`` can be written; changes nothing there.

    Raises :class:`~unknot.errors.UsageError` if not.
    """
    try:
        if is_replaceable(path):
            handle, temporary = _open_beside(Path(os.path.realpath(path)))
            os.close(handle)
            temporary.unlink()
        elif path != STANDARD_OUTPUT and path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder; name a file")
    except OSError as error:
        raise _unwritable(path, error) from error


def ensure_distinct(outputs: Mapping[str, Path | None], inputs: Mapping[str, Path | None]) -> None:
    """Checks that no output would overwrite an input or another output; keys are option names.

    Raises :class:`~unknot.errors.UsageError` if one would.
    """
    seen = {name: path for name, path in inputs.items() if path is not None}
    for name, path in outputs.items():
        if path is None:
            continue
        for other, taken in seen.items():
            if is_same_file(path, taken):
                raise UsageError(
                    f"{name} {visible(str(path))} is the file of {other} too, and would overwrite "
                    "it; name another file"
                )
        seen[name] = path


def is_same_file(path: Path, other: Path) -> bool:
    """Whether both paths are the same regular file; devices and pipes cannot be overwritten."""
    try:
        if not (is_replaceable(path) and is_replaceable(other)):
            return False
        if os.path.realpath(path) == os.path.realpath(other):
            return True
        return path.samefile(other)
    except OSError:
        return False


def _replace_file(path: Path, data: bytes) -> None:
    older = _status(path)
    handle, temporary = _open_beside(path)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        if older is not None:
            with contextlib.suppress(PermissionError):
                os.chown(temporary, older.st_uid, older.st_gid)
        temporary.chmod(0o666 & ~_umask() if older is None else stat.S_IMODE(older.st_mode))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _open_beside(path: Path) -> tuple[int, Path]:
    """A new file in the same folder, so that it can be renamed atomically."""
    if _status(path) is not None and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    path.parent.mkdir(parents=True, exist_ok=True)
    if len(os.fsencode(path.name)) > os.pathconf(path.parent, "PC_NAME_MAX"):
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
    handle, name = tempfile.mkstemp(prefix=".unknot-", dir=path.parent)
    return handle, Path(name)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _descriptor_of(path: Path) -> int | None:
    """The file descriptor that ``path`` names, such as 1 for ``-`` and ``/dev/stdout``."""
    if path == STANDARD_OUTPUT:
        return 1
    folders = {os.path.realpath(folder) for folder in DESCRIPTORS}
    for _ in range(MOST_LINKS):
        if path.name.isdecimal() and os.path.realpath(path.parent) in folders:
            return int(path.name)
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    return None


def _stream(path: Path, data: bytes) -> None:
    """Writes to a device, pipe or descriptor."""
    descriptor = _descriptor_of(path)
    if descriptor is None:
        handle = _open_stream(path)
    else:
        for stream in (sys.stdout, sys.stderr):  # what was printed came first
            if stream is not None:
                stream.flush()
        handle = os.dup(descriptor)
    try:
        _pour(handle, data)
    finally:
        os.close(handle)


def _open_stream(path: Path) -> int:
    """Opens ``path``; waits up to :data:`PATIENCE` for a pipe's reader."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError as error:
            if error.errno != errno.ENXIO or not path.is_fifo():
                raise
            if time.monotonic() > deadline:
                raise OSError(errno.ENXIO, "nobody reads from this pipe") from error
        time.sleep(0.02)


def _pour(handle: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(handle, left) :]
        except BlockingIOError as error:
            if not select.select([], [handle], [], PATIENCE)[1]:
                raise OSError(errno.ETIMEDOUT, "nobody reads on from this pipe") from error


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{visible(str(path))}: cannot be written: {error.strerror or error}")


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

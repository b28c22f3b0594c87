"""Files that are whole or not there: replaced in one step, never half written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from unknot.errors import UsageError

__all__ = ["ensure_writable", "remove", "replace"]


def ensure_writable(path: Path) -> None:
    """Nothing, if a file can be written at ``path``: better known before a measurement than after.

    Raises :class:`~unknot.errors.UsageError` otherwise. What is there stays as it is.
    """
    handle, temporary = _open_beside(path)
    os.close(handle)
    Path(temporary).unlink()
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file")


def replace(path: Path, data: bytes) -> Path:
    """``path``, holding ``data``: written beside it and moved over it. Makes missing folders.

    Raises :class:`~unknot.errors.UsageError` where that cannot be done; an older file then stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    return path


def remove(path: Path) -> None:
    """No file at ``path``. Raises :class:`~unknot.errors.UsageError` where it cannot be removed."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _open_beside(path: Path) -> tuple[int, str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> UsageError:
    reason = error.strerror or str(error)
    return UsageError(f"{path}: cannot be written: {reason}; choose another folder with -o")


def _umask() -> int:
    """The process's umask. It can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

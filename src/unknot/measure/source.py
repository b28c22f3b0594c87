"""The file that a workload is in, and a digest that changes with it."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["digest_of", "source_of"]

LARGEST = 16 << 20
"""Bytes of a source file that are read."""


def source_of(workload: str) -> Path | None:
    """The file of ``path/to/file.py``, ``path/to/file.py:name`` or ``package.module:name``.

    ``None`` where it is not below the current folder, as an installed module's is not: nothing is
    imported to find it.
    """
    target, _, name = workload.rpartition(":")
    if not target or name.endswith(".py"):
        target = workload
    if target.endswith(".py"):
        return Path(target)
    module = Path(*target.split("."))
    for path in (module.with_suffix(".py"), module / "__init__.py"):
        if path.is_file():
            return path
    return None


def digest_of(workload: str) -> str | None:
    """The first digits of the file's SHA-256; ``None`` where there is no such file to read."""
    try:
        path = source_of(workload)
        if path is None or not path.is_file():
            return None
        with path.open("rb") as stream:
            document = stream.read(LARGEST)
    except (OSError, ValueError):
        return None
    return hashlib.sha256(document).hexdigest()[:16]

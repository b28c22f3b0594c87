"""A cell as it travels: what is to be measured, and the code that it runs, as bytes.

:func:`main` measures it on another machine, in a process of its own whose current folder is that of
the unpacked code: a workload is called the same everywhere.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import sys
import tempfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import msgspec
import platformdirs

from unknot.environments.cache import environment
from unknot.environments.interpreters import resolve_interpreter
from unknot.errors import UnknotError, UsageError
from unknot.measure.cell import measure_cell
from unknot.measure.source import source_of
from unknot.measure.spec import CellSpec, cell_of
from unknot.records import Cell, CellError, Machine

__all__ = ["Bundle", "Order", "order_of", "pack", "unpack"]

LARGEST = 64 << 20
"""Bytes of code that are sent to another machine."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One cell to be measured somewhere."""

    spec: CellSpec
    version: str
    """Of the interpreter."""
    own: bool
    """Whether that is the interpreter of unknot itself."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """Source files by relative path, as a ZIP archive, and the digest of their contents."""

    digest: str
    archive: bytes


def order_of(spec: CellSpec, version: str) -> Order:
    """What another machine is told, which has other paths."""
    same = os.path.realpath(spec.python) == os.path.realpath(sys.executable)
    own = same and not spec.requirements
    return Order(spec=replace(spec, python="", packages={}), version=version, own=own)


def pack(workloads: set[str]) -> Bundle:
    """The files of workloads: of each the one that it is in, or all Python of its package.

    Raises :class:`~unknot.errors.UsageError` for a file outside the current folder, or for too much
    of it.
    """
    files = sorted({file for workload in workloads for file in _files_of(workload)})
    buffer, digest, size = io.BytesIO(), hashlib.sha256(), 0
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            content = file.read_bytes()
            size += len(content)
            if size > LARGEST:
                raise UsageError(
                    f"the workload's package has more than {LARGEST >> 20} MiB of code"
                )
            archive.writestr(zipfile.ZipInfo(file.as_posix()), content)
            digest.update(f"{file.as_posix()}\0{len(content)}\0".encode() + content)
    return Bundle(digest=digest.hexdigest()[:16], archive=buffer.getvalue())


def unpack(bundle: Bundle) -> Path:
    """The folder with those files, made once a machine."""
    cache = platformdirs.user_cache_path("unknot", appauthor=False) / "bundles"
    folder = cache / bundle.digest
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=cache))
        with zipfile.ZipFile(io.BytesIO(bundle.archive)) as archive:
            archive.extractall(made)
        try:
            made.rename(folder)
        except OSError:  # another process was faster
            if not folder.is_dir():
                raise
    return folder


def fill(order: Order) -> Cell:
    """Measure it on this machine, in an environment made here."""
    interpreter = resolve_interpreter(order.version)
    path = sys.executable if order.own and platform.python_version() == order.version else None
    required = order.spec.requirements
    if required and order.spec.backend != "asyncio":
        required = (*required, order.spec.backend)
    made = environment(required, interpreter)
    began = time.monotonic()
    cell = measure_cell(replace(order.spec, python=path or made.python, packages=made.packages))
    took = round(time.monotonic() - began, 3)
    return msgspec.structs.replace(cell, python=cell.python or order.version, seconds=took)


def this_machine() -> Machine:
    """Where a cell was measured."""
    return Machine(
        name=platform.node(),
        cores=os.cpu_count() or 1,
        load=round(os.getloadavg()[0], 2),
        platform=platform.platform(),
    )


def _files_of(workload: str) -> list[Path]:
    source = source_of(workload)
    if source is None:
        return []  # an installed module: the other machine has it, or needs it
    if source.is_absolute() or ".." in source.parts:
        raise UsageError(f"{source}: is not below the current folder, so it cannot be sent")
    if not source.is_file():
        raise UsageError(f"{source}: there is no such file")
    package = source.parent
    if not (package / "__init__.py").is_file():
        return [source]
    while (package.parent / "__init__.py").is_file() and package.parent != Path():
        package = package.parent
    return [file for file in package.rglob("*.py") if file.is_file()]


def main(order: str, output: str) -> None:
    """Measure the order in one file, and write the cell, or why there is none, to the other."""
    asked = msgspec.json.decode(Path(order).read_bytes(), type=Order)
    sys.path.insert(0, "")
    try:
        cell = fill(asked)
    except UnknotError as error:
        reason = CellError(kind="environment", message=str(error))
        cell = cell_of(asked.spec, asked.version, error=reason)
    Path(output).write_bytes(
        msgspec.json.encode(msgspec.structs.replace(cell, machine=this_machine()))
    )

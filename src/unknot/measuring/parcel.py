"""A cell in transport: what to measure, and the code that it runs, as bytes."""

from __future__ import annotations

import hashlib
import io
import os
import platform
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import msgspec

from unknot.environments.cache import cache_folder, environment
from unknot.environments.interpreters import Interpreter, resolve_interpreter
from unknot.environments.requirements import parse_requirements
from unknot.errors import UnknotError, UsageError
from unknot.measuring.cell import measure_cell
from unknot.measuring.places import measured_for
from unknot.measuring.process import ProcessRegistry
from unknot.measuring.source import source_of
from unknot.measuring.spec import CellSpec, cell_of
from unknot.records import Cell, CellError, Machine

__all__ = ["Bundle", "Order", "fill", "order_of", "pack", "this_machine", "unpack"]

RESOURCE = "unknot"
"""The Dask resource that limits how many cells a worker measures at a time."""

LARGEST = 64 << 20
"""Maximum bytes of code sent to another machine."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One cell to be measured on any machine."""

    spec: CellSpec
    """Its ``python`` is empty if the other machine has to find the interpreter."""
    version: str
    """The interpreter's version."""
    own: bool
    """Whether it is the interpreter of unknot itself."""
    installs: tuple[str, ...]
    """The requirements as passed to an installer, independent of its folder."""
    folder: str
    """The sender's working folder; empty if the other machine has other paths."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """Source files by relative path, as a ZIP archive, and the digest of their contents."""

    digest: str
    archive: bytes


def order_of(spec: CellSpec, version: str, here: bool = False) -> Order:
    """The order for a worker, which has other paths unless it is ``here``.

    Raises :class:`~unknot.errors.UsageError` for what only this machine has: a project folder or a
    wheel, or the interpreter of a virtual environment.
    """
    same = os.path.realpath(spec.python) == os.path.realpath(sys.executable)
    required = spec.requirements
    if required and spec.backend != "asyncio":
        required = (*required, spec.backend)
    installs = tuple(each.argument for each in parse_requirements(required))
    if not here:
        _refuse_local(spec.python, same, installs)
    return Order(
        spec=replace(spec, python=spec.python if here else "", packages={}),
        version=version,
        own=same and not required,
        installs=installs,
        folder=str(Path.cwd()) if here else "",
    )


def _refuse_local(python: str, same: bool, installs: Iterable[str]) -> None:
    for each in installs:
        if Path(each).is_absolute():
            raise UsageError(
                f"--with {each}: a path of this machine cannot be installed on another; "
                "give a name with a version, or a URL"
            )
    if not same and Path(python).parent.with_name("pyvenv.cfg").is_file():
        raise UsageError(
            f"--python {python}: a virtual environment of this machine is not on another; "
            "give a version, and what is installed in it as --with"
        )


def pack(workloads: set[str]) -> Bundle:
    """The files of workloads: for each its own file, or all Python files of its package.

    Raises :class:`~unknot.errors.UsageError` for a file outside the current folder, or for too much
    code.
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
    """The folder with those files, created once per machine."""
    cache = cache_folder("bundles")
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


def fill(order: Order, registry: ProcessRegistry | None = None) -> Cell:
    """The cell, measured on this machine in an environment created here, or why it cannot be.

    The current folder is that of the unpacked code, so that a workload has the same name
    everywhere. ``registry`` has the measured process while it runs.
    """
    try:
        interpreter = _interpreter_of(order)
        made = environment(order.installs, interpreter, order.spec.as_of)
        began = time.monotonic()
        spec = replace(order.spec, python=made.python, packages=made.packages)
        with measured_for(order.folder):
            cell = measure_cell(spec, registry)
    except UnknotError as error:
        reason = CellError(kind="environment", message=str(error))
        return cell_of(order.spec, order.version, error=reason, machine=this_machine())
    return msgspec.structs.replace(
        cell,
        python=cell.python or order.version,
        seconds=round(time.monotonic() - began, 3),
        machine=this_machine(),
    )


def _interpreter_of(order: Order) -> Interpreter:
    if order.own and platform.python_version() == order.version:
        return Interpreter(sys.executable, order.version)
    if order.spec.python:
        return Interpreter(order.spec.python, order.version)
    return resolve_interpreter(order.version)


def this_machine() -> Machine:
    """The machine on which a cell was just measured."""
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

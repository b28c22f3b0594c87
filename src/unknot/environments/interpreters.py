"""The Pythons of this machine, found by path or by version, each proven to run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from unknot.errors import FreeThreadedBuild, UsageError
from unknot.supervision import CommandRefused, run_supervised

__all__ = ["Interpreter", "find_interpreter", "resolve_interpreter", "uv_command"]

OLDEST = (3, 8)

VERSION = re.compile(r"(?:cpython|python)?@?(\d+(?:\.\d+){0,2})")

QUESTION = (
    "import sys; "
    "print(sys.executable); "
    "print(getattr(getattr(sys, 'implementation', None), 'name', 'cpython')); "
    "print('%d.%d.%d' % sys.version_info[:3]); "
    "print('t' in getattr(sys, 'abiflags', ''))"
)
"""Asked of every candidate, so Python 2 has to understand it."""

PATIENCE = 60.0
"""Seconds in which an interpreter has to say what it is."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A CPython that runs: where it is, and which version, as in ``3.12.1``."""

    path: str
    version: str


class _Said(NamedTuple):
    """What a command printed, and whether it went well."""

    well: bool
    output: str
    errors: str


class _Unfit(Exception):
    """Why a candidate is not taken."""


def find_interpreter(name: str) -> str:
    """The absolute path of :func:`resolve_interpreter`'s answer."""
    return resolve_interpreter(name).path


def resolve_interpreter(name: str) -> Interpreter:
    """The CPython called ``name``: a path, a command, ``3.12``, ``3.12.1`` or ``python3.12``.

    Looks on PATH, then at pyenv's, then asks uv where it is there. Downloads nothing. Raises
    :class:`~unknot.errors.UsageError`, which tells what was tried.
    """
    version = VERSION.fullmatch(name)
    if version is None:
        return _named(name)
    wanted = version.group(1)
    if _numbers(wanted)[:2] < OLDEST[: wanted.count(".") + 1]:
        raise UsageError(f"Python {wanted} is too old to be measured; use 3.8 or newer")
    tried: list[str] = []
    for candidate in _candidates(wanted):
        try:
            found = _ask(candidate)
        except (_Unfit, FreeThreadedBuild) as reason:
            tried.append(f"{candidate} {reason}" if isinstance(reason, _Unfit) else str(reason))
            continue
        if _numbers(found.version)[: wanted.count(".") + 1] == _numbers(wanted):
            return found
        tried.append(f"{candidate} is {found.version}")
    raise UsageError(
        f"there is no Python {wanted} on PATH, at pyenv's or uv's; "
        f"install one, or give its path with --python ({'; '.join(tried) or 'nothing found'})"
    )


def uv_command() -> list[str] | None:
    """How to call uv: from PATH, from beside this Python, or as its module; ``None`` without."""
    beside = str(Path(sys.executable).with_name("uv"))
    commands = [*([found] for found in _on_path("uv")), [beside], [sys.executable, "-m", "uv"]]
    for command in commands:
        if len(command) > 1 or os.access(command[0], os.X_OK):
            done = _said([*command, "--version"])
            if done is not None and done.well:
                return command
    return None


def _named(name: str) -> Interpreter:
    if name.lower().startswith("pypy"):
        raise UsageError(f"{name} is not CPython, which alone can be measured; use 3.8 or newer")
    path = name if os.sep in name else shutil.which(name)
    if path is None:
        raise UsageError(f"{name} is neither a path, nor a version, nor a command on PATH")
    if not os.path.lexists(path):
        raise UsageError(f"{path}: there is no such interpreter; give a path, or a version: 3.12")
    try:
        return _ask(path)
    except _Unfit as reason:
        raise UsageError(f"{path} {reason}; give CPython 3.8 or newer with --python") from None


def _ask(path: str) -> Interpreter:
    """What the executable says it is. A shim of pyenv answers for what stands behind it.

    Raises :class:`_Unfit`, or :class:`~unknot.errors.FreeThreadedBuild`.
    """
    done = _said([path, "-S", "-c", QUESTION])
    if done is None:
        raise _Unfit("does not run")
    lines = done.output.splitlines()
    if not done.well or len(lines) != 4:
        said = next(filter(None, map(str.strip, done.errors.splitlines())), "")
        raise _Unfit(f"does not run{said and f': {said}'}")
    executable, implementation, version, free_threaded = lines
    if free_threaded == "True":
        raise FreeThreadedBuild(path)
    if implementation != "cpython":
        raise _Unfit(f"is {implementation}, not CPython")
    if _numbers(version)[:2] < OLDEST:
        raise _Unfit(f"is Python {version}, which is too old")
    return Interpreter(str(Path(executable or path).absolute()), version)


def _said(command: list[str]) -> _Said | None:
    """What the command said; ``None`` where it cannot be started, or never ends.

    Raises :class:`~unknot.errors.UnknotError` where this process can start nothing at all.
    """
    try:
        done = run_supervised(command, env=os.environ, errors=subprocess.PIPE, seconds=PATIENCE)
    except (CommandRefused, subprocess.TimeoutExpired):
        return None
    return _Said(
        done.returncode == 0,
        done.stdout.decode(errors="replace"),
        done.stderr.decode(errors="replace"),
    )


def _candidates(wanted: str) -> Iterator[str]:
    minor = ".".join(wanted.split(".")[:2])
    for command in dict.fromkeys((f"python{minor}", "python3", "python")):
        yield from _on_path(command)
    yield from _at_pyenv(wanted)
    yield from _at_uv(wanted)
    yield sys.executable


def _on_path(command: str) -> Iterator[str]:
    """All of that name: the first may be a shim that does not run."""
    for folder in dict.fromkeys(os.get_exec_path()):
        path = Path(folder, command).absolute()
        if os.access(path, os.X_OK) and path.is_file():
            yield str(path)


def _at_pyenv(wanted: str) -> Iterator[str]:
    """Matching ones, the newest first."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    versions = [
        (_numbers(path.parent.parent.name), path)
        for path in root.glob("versions/*/bin/python")
        if re.fullmatch(r"[\d.]+", path.parent.parent.name)
    ]
    for numbers, path in sorted(versions, reverse=True):
        if numbers[: wanted.count(".") + 1] == _numbers(wanted):
            yield str(path)


def _at_uv(wanted: str) -> Iterator[str]:
    uv = uv_command()
    if uv is not None:
        done = _said([*uv, "python", "find", "--no-project", "--no-python-downloads", wanted])
        if done is not None and done.well and done.output.strip():
            yield done.output.strip()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part)

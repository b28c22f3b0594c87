"""Ways to make a running process execute a file: ``sys.remote_exec``, gdb, lldb."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from functools import cache

from unknot.attach.debuggers import DEBUGGERS
from unknot.attach.landing import Landing
from unknot.attach.target import Target
from unknot.attach.visit import Visit
from unknot.environments.interpreters import resolve_interpreter
from unknot.errors import TimeLimitExceeded, UnknotError, UsageError

__all__ = ["Way", "by_remote_exec", "visit_by_any_way", "ways_into"]

Way = Callable[[Target, Landing, float], Visit]
"""Gets the process to run the landing's payload, within so many seconds."""

REMOTE_EXEC = (3, 14)
REMOTE_PATIENCE = 3.0
"""Seconds within which a process that runs bytecode at all has done so."""
CALL = "import sys; sys.remote_exec(int(sys.argv[1]), sys.argv[2])"


def ways_into(target: Target) -> list[Way]:
    """The available ways into that process, the gentlest first.

    Raises :class:`~unknot.errors.UsageError`, which says what to do, if there is none.
    """
    ways: list[Way] = []
    missing: list[str] = []
    if target.version >= REMOTE_EXEC and target.remote_debugging:
        try:
            _find_caller(target)
            ways.append(by_remote_exec)
        except UsageError:
            missing.append(f"a Python {_minor(target)} to call `sys.remote_exec` with")
    elif target.version >= REMOTE_EXEC:
        missing.append("a process without `-X disable-remote-debug`")
    debuggers = [each for each in DEBUGGERS if each.find()]
    ways += debuggers
    if not debuggers:
        missing.append("gdb or lldb (`apt-get install gdb`, `pip install 'unknot[gdb]'`)")
    if not ways:
        raise UsageError(f"there is no way into process {target.pid}: needs {' or '.join(missing)}")
    return ways


def _minor(target: Target) -> str:
    return ".".join(map(str, target.version))


def _find_caller(target: Target) -> str:
    """An interpreter of the target's minor version."""
    return _find_interpreter(_minor(target), os.environ.get("PATH"))


@cache
def _find_interpreter(minor: str, _path: str | None) -> str:
    return resolve_interpreter(minor).path


def by_remote_exec(target: Target, landing: Landing, seconds: float) -> Visit:
    """The interpreter's own way: its main thread runs the file when it next runs bytecode."""
    python = _find_caller(target)
    try:
        done = subprocess.run(
            [python, "-I", "-S", "-c", CALL, str(target.pid), landing.payload],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TimeLimitExceeded(f"sys.remote_exec did not return within {seconds:g} s") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise UnknotError(f"sys.remote_exec: {lines[-1] if lines else 'failed'}")
    return landing.wait(min(seconds, REMOTE_PATIENCE), target.is_alive)


def visit_by_any_way(target: Target, landing: Landing, seconds: float) -> Visit:
    """The visit by the first way that succeeds within its time.

    Raises the error of the last, with those of the others as its details.
    """
    deadline = time.monotonic() + seconds
    errors: list[UnknotError] = []
    for way in ways_into(target):
        try:
            return way(target, landing, max(deadline - time.monotonic(), 1.0))
        except UnknotError as error:
            errors.append(error)
            if not target.is_alive() or time.monotonic() > deadline:
                break
    *others, last = errors
    last.details += tuple(f"before that: {each.args[0]}" for each in others)
    raise last

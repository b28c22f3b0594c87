"""Ways to make a process that runs execute a file: ``sys.remote_exec``, gdb."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable

from unknot.attach.landing import Landing, Visit
from unknot.attach.target import Target
from unknot.environments.interpreters import resolve_interpreter
from unknot.errors import TimeLimitExceeded, UnknotError, UsageError

__all__ = ["Way", "by_debugger", "by_remote_exec", "visit_by_any_way", "ways_into"]

Way = Callable[[Target, Landing, float], Visit]
"""Gets the process to run the landing's payload, within so many seconds."""

REMOTE_EXEC = (3, 14)
REMOTE_PATIENCE = 3.0
"""Seconds in which a process that evaluates bytecode at all has done so."""
CALL = "import sys; sys.remote_exec(int(sys.argv[1]), sys.argv[2])"

SCRIPT = """
set confirm off
set pagination off
set unwindonsignal on
set print thread-events off
set print inferior-events off
handle all nostop noprint pass
set $unknot_held = ((int(*)(void))PyGILState_Check)()
if $unknot_held
  set $unknot = ((int(*)(void*,void*))Py_AddPendingCall)((void*)PyRun_SimpleString, "{statement}")
else
  set $unknot_state = ((int(*)(void))PyGILState_Ensure)()
  set $unknot = ((int(*)(char*))PyRun_SimpleString)("{statement}")
  set $unknot_none = ((int(*)(int))PyGILState_Release)($unknot_state)
end
printf "unknot %d\\n", $unknot
detach
quit
"""
"""Where the thread that is stopped has the interpreter to itself, it may be in the middle of
anything: then the interpreter is told to run it where that is safe, soon after."""


def ways_into(target: Target) -> list[Way]:
    """What there is for that process, the gentlest first.

    Raises :class:`~unknot.errors.UsageError` where there is nothing, and says what to do.
    """
    ways: list[Way] = []
    missing: list[str] = []
    if target.version >= REMOTE_EXEC and target.remote_debugging:
        try:
            resolve_interpreter(_minor(target))
            ways.append(by_remote_exec)
        except UsageError:
            missing.append(f"a Python {_minor(target)} to call `sys.remote_exec` with")
    elif target.version >= REMOTE_EXEC:
        missing.append("a process without `-X disable-remote-debug`")
    if shutil.which("gdb") is not None:
        ways.append(by_debugger)
    else:
        missing.append("gdb (`apt-get install gdb`, `dnf install gdb`, `apk add gdb`)")
    if not ways:
        raise UsageError(f"there is no way into process {target.pid}: needs {' or '.join(missing)}")
    return ways


def _minor(target: Target) -> str:
    return ".".join(map(str, target.version))


def by_remote_exec(target: Target, landing: Landing, seconds: float) -> Visit:
    """The interpreter's own way: its main thread runs it when it next evaluates bytecode."""
    python = resolve_interpreter(_minor(target)).path
    done = subprocess.run(
        [python, "-I", "-S", "-c", CALL, str(target.pid), landing.payload],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        start_new_session=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise UnknotError(f"sys.remote_exec: {lines[-1] if lines else 'failed'}")
    return landing.wait(min(seconds, REMOTE_PATIENCE), target.is_alive)


def by_debugger(target: Target, landing: Landing, seconds: float) -> Visit:
    """gdb stops the process, and has a thread of it call the interpreter."""
    script = landing.write("gdb", SCRIPT.format(statement=_quoted(landing.statement)))
    command = [
        "gdb",
        "-nx",
        "-batch",
        "-iex",
        "set auto-load off",
        "-iex",
        "set debuginfod enabled off",
    ]
    command += ["-p", str(target.pid), "-x", str(script)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # should this process be killed, gdb lets the other go first
        env={**os.environ, "LC_ALL": "C", "DEBUGINFOD_URLS": ""},
    )
    began = time.monotonic()
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        _give_up(process)
        raise TimeLimitExceeded(
            f"gdb did not get process {target.pid} to answer within {seconds:g} s: the thread that "
            "it stopped may have been in the middle of an allocation; try again"
        ) from None
    if b"unknot 0" not in said:
        raise UnknotError(f"gdb could not call the interpreter of process {target.pid}", _why(said))
    halted = time.monotonic() - began
    visit = landing.wait(seconds, target.is_alive)
    visit.halted = halted
    return visit


def _quoted(statement: str) -> str:
    """As gdb reads it between double quotes, of which a statement has none."""
    return statement.replace("\\", "\\\\")


def _give_up(process: subprocess.Popen[bytes]) -> None:
    """Interrupt the call, which gdb unwinds, so that the process goes on where it was."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            process.communicate(timeout=3.0)
            return
        except subprocess.TimeoutExpired:
            continue


def _why(said: bytes) -> list[str]:
    """The lines in which gdb complains."""
    words = ("error", "not ", "cannot", "No symbol", "ptrace", "failed", "warning")
    lines = said.decode(errors="replace").splitlines()
    return [line.strip() for line in lines if any(word in line for word in words)][:3]


def visit_by_any_way(target: Target, landing: Landing, seconds: float) -> Visit:
    """The visit by the first way that leads to it within its time.

    Raises the error of the last.
    """
    deadline = time.monotonic() + seconds
    errors: list[UnknotError] = []
    for way in ways_into(target):
        try:
            return way(target, landing, max(deadline - time.monotonic(), 1.0))
        except UnknotError as error:
            errors.append(error)
            if not target.is_alive():
                break
    raise errors[-1]

"""gdb and lldb, which stop a process and have a thread of it call its interpreter."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unknot.attach.landing import Landing
from unknot.attach.target import Target
from unknot.attach.visit import Visit
from unknot.errors import TimeLimitExceeded, UnknotError

__all__ = ["DEBUGGERS", "Debugger"]

GDB = """
set confirm off
set pagination off
set unwindonsignal on
set print thread-events off
set print inferior-events off
handle all nostop noprint pass
dump binary value {entered} 1
set $unknot_later = {later} || !({in_system_call}) || ({waits_briefly})
if !$unknot_later
  set $unknot_later = ((int(*)(void))PyGILState_Check)()
end
if $unknot_later
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
"""Where the thread that is stopped has the interpreter to itself, or is in the middle of C code and
not in a system call, it may be in an allocation, in which a second one would never end. Where it
waits briefly, it may wait for the interpreter: glibc's condition variables make others wait until
it has woken up, and it would be at our call. The interpreter is then told to run the statement
where that is safe, soon after."""

ENTERED = "entered"
"""A file that is there once gdb may be in the middle of a call."""

SYSTEM_CALLS = {
    "x86_64": "*(unsigned short *) ($pc - 2) == 0x050f",
    "aarch64": "*(unsigned int *) ($pc - 4) == 0xd4000001",
}
"""By machine, whether the instruction before is the one that enters the kernel."""

BRIEFLY = {
    "x86_64": (202, "$orig_rax == 202 && $rdi != {address:#x}"),
    "aarch64": (98, "$x8 == 98 && {address:#x} == 0"),
}
"""By machine, the number of the system call ``futex``, and whether the thread that is stopped is in
one other than that at an address."""

LONG = 0.1
"""Seconds without a turn of the CPU after which a thread is not waiting for the interpreter: one
that does asks for it every 5 ms."""

LLDB = """
expression --timeout {microseconds} --unwind-on-error true -- \
void *said = ((void*(*)(const char*))strdup)("{statement}"); \
int (*$run)(const char*) = (int(*)(const char*))PyRun_SimpleString; \
((int(*)(void*,void*))Py_AddPendingCall)((void*)$run, said)
detach
""".replace("\\\n", "")
"""The interpreter is always told to run it soon after: lldb stops a call in which there is a fork,
and the process would not survive that."""


GRACE = 3.0
"""Seconds in which a debugger that is told to has let the process go."""

_LEFT: list[subprocess.Popen[bytes]] = []
"""Debuggers that end by themselves when the process comes back from what it was made to call."""


@dataclass(frozen=True, slots=True)
class Debugger:
    """A debugger, and how it is told to have a process run a statement of Python."""

    name: str
    script: str
    command: Callable[[int, Path], list[str]]
    succeeded: re.Pattern[bytes]
    """Matches in what it prints once the statement has run, or is about to."""
    reaches_blocked: bool
    """Whether it also reaches a process whose main thread runs no bytecode."""

    def is_installed(self) -> bool:
        return shutil.which(self.name) is not None

    def __call__(self, target: Target, landing: Landing, seconds: float) -> Visit:
        """Stop the process, and have a thread of it call the interpreter."""
        # Between double quotes, of which a statement has none.
        statement = landing.statement.replace("\\", "\\\\")
        microseconds = round(seconds * 1e6)
        script = self.script.format(
            statement=statement,
            microseconds=microseconds,
            later=int(landing.takes_long),
            in_system_call=SYSTEM_CALLS.get(platform.machine(), "1"),
            waits_briefly=_waits_briefly(target.pid),
            entered=landing.outside(ENTERED),
        )
        process = subprocess.Popen(
            self.command(target.pid, landing.write(self.name, script)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # should this process be killed, it lets the other go first
            env={**os.environ, "LC_ALL": "C", "DEBUGINFOD_URLS": ""},
        )
        began = time.monotonic()
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise TimeLimitExceeded(
                f"{self.name} did not get process {target.pid} to answer within {seconds:g} s: "
                f"{_give_up(process, landing)}"
            ) from None
        if self.succeeded.search(said) is None:
            raise UnknotError(
                f"{self.name} could not call the interpreter of process {target.pid}", _why(said)
            )
        halted = time.monotonic() - began
        try:
            visit = landing.wait(seconds, target.is_alive)
        except TimeLimitExceeded as error:
            if landing.takes_long:
                hint = "in place, its main thread has to run for that; look without --in-place"
            elif not self.reaches_blocked:
                hint = (
                    f"by way of {self.name} its main thread has to run for that; gdb reaches one "
                    "that is blocked, too (`apt-get install gdb`)"
                )
            else:
                raise
            raise TimeLimitExceeded(f"{error.args[0]}: {hint}") from None
        visit.halted = halted
        return visit


def _waits_briefly(pid: int) -> str:
    """For gdb, whether the main thread waits for something that it has not waited for all along."""
    number, condition = BRIEFLY.get(platform.machine(), (-1, "0"))
    try:
        before = _wait_of(pid)
        time.sleep(LONG)
        now = _wait_of(pid)
    except OSError:  # a kernel that does not tell
        return "0"
    call, *arguments = now[0].split()
    waits_long = now == before and call == str(number)
    return condition.format(address=int(arguments[0], 16) if waits_long else 0)


def _wait_of(pid: int) -> tuple[str, list[str]]:
    """The system call that the main thread is in, and how often it has had the CPU."""
    folder = Path(f"/proc/{pid}/task/{pid}")
    status = (folder / "status").read_text().splitlines()
    return (folder / "syscall").read_text(), [line for line in status if "ctxt_switches" in line]


def _gdb(pid: int, script: Path) -> list[str]:
    early = ["-iex", "set auto-load off", "-iex", "set debuginfod enabled off"]
    return ["gdb", "-nx", "-batch", *early, "-p", str(pid), "-x", str(script)]


def _lldb(pid: int, script: Path) -> list[str]:
    return ["lldb", "-l", "none", "--no-lldbinit", "--batch", "-p", str(pid), "-s", str(script)]


DEBUGGERS = (
    Debugger("gdb", GDB, _gdb, re.compile(rb"^unknot 0$", re.MULTILINE), True),
    Debugger("lldb", LLDB, _lldb, re.compile(rb"^\(int\) \$0 = 0$", re.MULTILINE), False),
)
"""The better one first: lldb reaches less, and leaves a page of memory in the process."""


def _give_up(process: subprocess.Popen[bytes], landing: Landing) -> str:
    """Have the debugger let the process go on where it was; returns what to say of it.

    A call is not broken off: it may have the interpreter's lock, or the mutex of that, which would
    stay locked for ever. Nor is a debugger killed then, because the process would not survive its
    return from the call.
    """
    landing.claim()
    if not _ended(process) and not landing.outside(ENTERED).exists():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            process.send_signal(number)
            if _ended(process):
                break
    if process.poll() is not None:
        return "the machine or the process took longer; try again, with a longer --time-limit"
    _LEFT.append(process)
    return (
        "it is still at what it was made to run, or a thread of it has the interpreter to itself; "
        f"process {process.pid}, the debugger, lets it go then: do not end that before"
    )


def _ended(process: subprocess.Popen[bytes]) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=GRACE)
    return process.poll() is not None


def _why(said: bytes) -> list[str]:
    """The lines in which gdb complains."""
    words = ("error", "not ", "cannot", "No symbol", "ptrace", "failed", "warning")
    lines = said.decode(errors="replace").splitlines()
    return [line.strip() for line in lines if any(word in line for word in words)][:3]

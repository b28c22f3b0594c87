"""gdb and lldb, which stop a process and have a thread of it call its interpreter."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unknot.attach.landing import Landing, NotBegun
from unknot.attach.main_thread import Sleep, check_of_writing, may_call
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
{check_of_writing}
dump binary value {entered} 1
set $unknot = 0
set $unknot_page = ((void*(*)(void*,unsigned long,int,int,int,long))mmap)(0, {size}, 3, 0x22, -1, 0)
set {{char[{size}]}} $unknot_page = "{statement}"
set $unknot_later = {later} || !({may_call})
if !$unknot_later
  set $unknot_later = ((int(*)(void))PyGILState_Check)()
end
if !$unknot_later
  set $unknot_state = ((int(*)(void))PyGILState_Ensure)()
  set $unknot = ((int(*)(void*))PyRun_SimpleString)($unknot_page)
  set $unknot_none = ((int(*)(int))PyGILState_Release)($unknot_state)
end
if $unknot_later && !{queued}
  set $unknot = ((int(*)(void*,void*))Py_AddPendingCall)((void*)PyRun_SimpleString, $unknot_page)
else
  set $unknot_none = ((int(*)(void*,unsigned long))munmap)($unknot_page, {size})
end
if $unknot_later && !$unknot
  printf "unknot later\\n"
else
  printf "unknot %d\\n", $unknot
end
detach
quit
"""
"""Where the thread that is stopped has the interpreter to itself, or may not be made to call it for
another reason, the interpreter is told to run the statement where that is safe, soon after: it is
queued, once. The statement is in a page of its own, which the process keeps in that case: gdb would
call ``malloc`` for a string, which never ends where the thread is in the middle of that."""

ENTERED = "entered"
"""A file that is there once gdb may be in the middle of a call."""

LLDB = """
expression --timeout {microseconds} --unwind-on-error true -- \
char *page = (char*)((void*(*)(void*,unsigned long,int,int,int,long))mmap)\
(0, {size}, 3, 0x22, -1, 0); \
const char *said = "{statement}"; \
for (unsigned long place = 0; place < {size}; place++) page[place] = said[place]; \
int (*$run)(const char*) = (int(*)(const char*))PyRun_SimpleString; \
((int(*)(void*,void*))Py_AddPendingCall)((void*)$run, page)
detach
""".replace("\\\n", "")
"""The interpreter is always told to run it soon after: lldb stops a call in which there is a fork,
and the process would not survive that."""


SCRIPTS = sysconfig.get_path("scripts")
"""The folder of the commands of this Python's packages."""
GRACE = 3.0
"""Seconds in which a debugger that is told to has let the process go."""

_LEFT: list[subprocess.Popen[bytes]] = []
"""Debuggers that end by themselves when the process comes back from what it was made to call."""


@dataclass(frozen=True, slots=True)
class Debugger:
    """A debugger, and how it is told to have a process run a statement of Python."""

    name: str
    folder: str | None
    """Where it is, if not on ``PATH``."""
    script: str
    command: Callable[[str, int, Path], list[str]]
    succeeded: re.Pattern[bytes]
    """Matches in what it prints once the statement has run; or, as ``later``, is about to."""
    reaches_blocked: bool
    """Whether it also reaches a process whose main thread runs no bytecode."""

    def find(self) -> str | None:
        """Its path, if it is installed; of one that is found both ways, in its ``folder``."""
        path = shutil.which(self.name, path=self.folder)
        beside = None if self.folder else shutil.which(self.name, path=SCRIPTS)
        return None if path == beside else path

    def __call__(self, target: Target, landing: Landing, seconds: float) -> Visit:
        """Stop the process, and have a thread of it call the interpreter."""
        deadline = time.monotonic() + seconds
        halted = 0.0
        queued = False
        while True:
            began = time.monotonic()
            queued = self._enter(target, landing, max(deadline - began, 1.0), queued)
            ended = time.monotonic()
            halted += ended - began
            blocked = Sleep(target.pid) if queued and self._calls(landing) else lambda: False
            try:
                visit = landing.wait(max(deadline - ended, 1.0), target.is_alive, blocked)
            except NotBegun:  # since gdb let it go: now it can be called into
                continue
            except TimeLimitExceeded as error:
                if landing.takes_long:
                    hint = "--in-place needs its main thread to run bytecode; look without it"
                elif not self.reaches_blocked:
                    hint = (
                        f"{self.name} needs its main thread to run bytecode; gdb also reaches one "
                        "that is blocked (`apt-get install gdb`)"
                    )
                else:
                    raise
                raise TimeLimitExceeded(f"{error.args[0]}: {hint}") from None
            visit.halted = halted
            return visit

    def _calls(self, landing: Landing) -> bool:
        """Whether a thread that is blocked can be made to run the statement."""
        return self.reaches_blocked and not landing.takes_long

    def _enter(self, target: Target, landing: Landing, seconds: float, queued: bool) -> bool:
        """Run the debugger once; returns whether the main thread has yet to run the statement.

        ``queued`` is whether it had to before.
        """
        # Between double quotes, of which a statement has none.
        statement = landing.statement.replace("\\", "\\\\")
        path = self.find()
        assert path is not None
        entered = landing.outside(ENTERED)
        entered.unlink(missing_ok=True)
        script = self.script.format(
            statement=statement,
            size=len(landing.statement) + 1,
            microseconds=round(seconds * 1e6),
            later=int(landing.takes_long),
            check_of_writing=check_of_writing(),
            may_call=may_call(target.pid),
            queued=int(queued),
            entered=entered,
        )
        process = subprocess.Popen(
            self.command(path, target.pid, landing.write(self.name, script)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # should this process be killed, it lets the other go first
            env={**os.environ, "LC_ALL": "C", "DEBUGINFOD_URLS": ""},
        )
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise TimeLimitExceeded(
                f"{self.name} did not get process {target.pid} to answer within {seconds:g} s: "
                f"{_give_up(process, landing)}"
            ) from None
        found = self.succeeded.search(said)
        if CANNOT_WRITE in said:
            raise UnknotError(
                f"{path} is older than this processor, whose registers it cannot write; process "
                f"{target.pid} goes on as it was. Install gdb 14 or newer (`pip install "
                "'unknot[gdb]'` brings one), or lldb"
            )
        if found is None:
            raise UnknotError(
                f"{self.name} could not call the interpreter of process {target.pid}", _why(said)
            )
        return found["later"] is not None


def _gdb(path: str, pid: int, script: Path) -> list[str]:
    early = ["-iex", "set auto-load off", "-iex", "set debuginfod enabled off"]
    return [path, "-nx", "-batch", *early, "-p", str(pid), "-x", str(script)]


def _lldb(path: str, pid: int, script: Path) -> list[str]:
    return [path, "-l", "none", "--no-lldbinit", "--batch", "-p", str(pid), "-s", str(script)]


GDB_SAID = re.compile(rb"^unknot (?:0|(?P<later>later))$", re.MULTILINE)
LLDB_SAID = re.compile(rb"^(?P<later>\(int\) \$0 = 0)$", re.MULTILINE)
CANNOT_WRITE = b"Couldn't write"

DEBUGGERS = (
    Debugger("gdb", SCRIPTS, GDB, _gdb, GDB_SAID, True),
    Debugger("gdb", None, GDB, _gdb, GDB_SAID, True),
    Debugger("lldb", None, LLDB, _lldb, LLDB_SAID, False),
)
"""The better ones first: what unknot's extra ``gdb`` has installed is new enough, and lldb reaches
less and leaves a page of memory in the process."""


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
        return "the machine or the process was too slow; try again with a longer --time-limit"
    _LEFT.append(process)
    return (
        "it is still running what it was told to, or one of its threads keeps the GIL; the "
        f"debugger, process {process.pid}, will detach afterwards: do not kill it before that"
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

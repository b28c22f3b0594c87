"""Runs one command as a program of its own; when it ends, nothing that it started is left.

Usage: ``python -I -S .../supervisor.py CONTROL FOLDER COMMAND...``, where CONTROL is an inherited
socket to the process that wants the command to run. The command ends when that process ends,
however that comes about: its end of the socket closes. When the command has ended, so has every
process that it started, also one that cleared its environment or left its session: Linux hands
orphans to the nearest *subreaper*, which this is. Then FOLDER is removed, if it is not empty text,
and the exit status is the command's.

It is apart from the measured process, whose memory, threads and children it must not change, and
from the controller, which may be killed. One file, the standard library alone: it starts with
every cell.
"""

from __future__ import annotations

import ctypes
import os
import select
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
else:
    import _signal as signal  # without enum, which takes as long to load as all the rest

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36

NOT_STARTED = 127

NOTHING_LEFT = b"."
"""What this process says last. Before it may stand the number of the error that kept the command
from being started."""

PATIENCE = 10.0
"""Seconds to wait for what was killed. It may hang in the kernel, say on a dead network disk."""

ORDERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Signals that end the command, as the end of the controller does."""


def main(control: int, folder: str, command: list[str]) -> None:
    """Run ``command`` until it ends or ``control`` closes; end with its status."""
    os.set_inheritable(control, False)
    set_process(PR_SET_CHILD_SUBREAPER, 1)
    wake, woken = note_signals()
    pid = start(command, control)
    close_all_but(control, wake, woken)
    status = watch(pid, control, wake)
    status, others = end_descendants(pid, status)
    remove(folder)
    if sys.platform == "linux" and not others:
        attempt(os.write, control, NOTHING_LEFT)  # nobody may be there to read it
    end_like(status)


def set_process(option: int, value: int) -> None:
    """``prctl(option, value)``, where there is such a thing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def note_signals() -> tuple[int, int]:
    """A pipe whose first end gives the number of each signal that arrives."""
    wake, woken = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, *ORDERS):
        signal.signal(number, ignore)  # unlike SIG_IGN, the command does not inherit it
    return wake, woken


def ignore(*_: object) -> None:
    """The descriptor has the signal."""


def start(command: list[str], control: int) -> int:
    """The process id of ``command``, in a session of its own; it dies with this process."""
    supervisor = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        set_process(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:  # it died before the line above
            os._exit(NOT_STARTED)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
            signal.signal(number, signal.SIG_DFL)
        os.execvp(command[0], command)
    except OSError as error:
        os.write(control, str(error.errno).encode())
    finally:
        os._exit(NOT_STARTED)


def close_all_but(*kept: int) -> None:
    """Close what was inherited for the command: else its end would not show at the other side."""
    first = 3
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def watch(pid: int, control: int, wake: int) -> int | None:
    """The command's wait status; ``None`` where it is to be ended."""
    inbox = select.poll()
    inbox.register(control, select.POLLIN)
    inbox.register(wake, select.POLLIN)
    while True:
        ready = [descriptor for descriptor, _ in inbox.poll()]
        if control in ready or not {signal.SIGCHLD}.issuperset(os.read(wake, 512)):
            return None
        status, _ = reap(pid)
        if status is not None:
            return status


def reap(pid: int) -> tuple[int | None, bool]:
    """The wait status of ``pid``, if it is among those that have ended; whether others live."""
    status = None
    try:
        while True:
            ended, its = os.waitpid(-1, os.WNOHANG)
            if ended == pid:
                status = its
            if not ended:
                return status, True
    except ChildProcessError:
        return status, False


def end_descendants(pid: int, status: int | None) -> tuple[int | None, bool]:
    """Kill until no child is left, also not one that the death of another made ours.

    The command's wait status, and whether some could not be killed in time.

    Only children and their groups are killed, because no process but this one can free their
    numbers for others. A group is killed in one step, so it cannot fork faster than it dies.
    """
    deadline = time.monotonic() + PATIENCE
    others = True
    while others and time.monotonic() < deadline:
        for child in children(pid if status is None else None):
            attempt(os.killpg, child, signal.SIGKILL)
            attempt(os.kill, child, signal.SIGKILL)
        ended, others = reap(pid)
        status = ended if ended is not None else status
        if others:
            time.sleep(0.0005)
    return status, others


def children(pid: int | None) -> list[int]:
    """The children of this process; where the system does not tell, the command alone."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as listed:
            return [int(word) for word in listed.read().split()]
    except OSError:
        return [] if pid is None else [pid]


def remove(folder: str) -> None:
    """Remove a folder and all that is in it, if there is one."""
    if folder:
        for parent, folders, files in os.walk(folder, topdown=False):
            for name in files:
                attempt(os.unlink, os.path.join(parent, name))
            for name in folders:  # or links to folders
                path = os.path.join(parent, name)
                attempt(os.unlink if os.path.islink(path) else os.rmdir, path)
        attempt(os.rmdir, folder)


def attempt(action: Callable[..., object], *arguments: object) -> None:
    """Do it, unless it cannot be done."""
    try:
        action(*arguments)
    except OSError:
        pass


def end_like(status: int | None) -> None:
    """End as the command did, so that who waits for this process learns it."""
    if status is None:
        os._exit(NOT_STARTED)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        set_process(PR_SET_DUMPABLE, 0)  # one core file is enough
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])

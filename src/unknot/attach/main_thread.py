"""What the main thread of a process is doing, and whether a debugger may have it call Python."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Sleep", "check_of_writing", "may_call"]

LONG = 0.1
"""Seconds without a turn of the CPU after which a thread is not waiting for the interpreter: one
that does asks for it every 5 ms."""
PATIENCE = 0.5
"""Seconds without a turn of the CPU after which a thread is taken to be blocked."""


@dataclass(frozen=True, slots=True)
class Machine:
    """How gdb tells on a kind of processor what system call a thread is in."""

    in_system_call: str
    """Whether the instruction before is the one that enters the kernel."""
    number: str
    futex: int
    differs: str
    """Whether the futex that is waited for is another than that at an address."""
    check_of_writing: str
    memory: tuple[int, ...]
    """The system calls in which the C library may have a lock of its ``malloc``: those that get
    memory, give it back or copy all of it (``mmap``, ``mprotect``, ``munmap``, ``brk``, ``mremap``,
    ``madvise``, ``clone``, ``clone3`` and, where there are any, ``fork`` and ``vfork``)."""


MACHINES = {
    "x86_64": Machine(
        # A thread interrupted just after a call has returned is at the same place, with no number.
        in_system_call="*(unsigned short *) ($pc - 2) == 0x050f && (long) $orig_rax >= 0",
        number="$orig_rax",
        futex=202,
        differs="$rdi != {address:#x}",
        # A flag that operations on fractions set when they round: almost always set, and kept.
        check_of_writing="set $unknot_mxcsr = $mxcsr\nset $mxcsr = $unknot_mxcsr ^ 32\n"
        "set $mxcsr = $unknot_mxcsr",
        memory=(9, 10, 11, 12, 25, 28, 56, 57, 58, 435),
    ),
    "aarch64": Machine(
        in_system_call="*(unsigned int *) ($pc - 4) == 0xd4000001",
        number="$x8",
        futex=98,
        differs="{address:#x} == 0",
        check_of_writing="",
        memory=(222, 226, 215, 214, 216, 233, 220, 435),
    ),
}


def may_call(pid: int) -> str:
    """For gdb: whether the main thread, which it has stopped, may be made to run Python code.

    Not in the middle of C code, nor in a system call that gets memory: it may be in an allocation,
    in which a second one would never end. Nor where it waits for something that it has not waited
    for all along: it may wait for the interpreter. glibc's condition variables make others wait
    until it has woken up, and it would be at our call.
    """
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return "1"
    conditions = [machine.in_system_call]
    conditions += [f"{machine.number} != {number}" for number in machine.memory]
    try:
        before = _wait_of(pid)
        time.sleep(LONG)
        now = _wait_of(pid)
    except OSError:  # a kernel that does not tell
        return " && ".join(conditions)
    call, *arguments = now[0].split()
    waits_long = now == before and call == str(machine.futex)
    address = int(arguments[0], 16) if waits_long else 0
    differs = machine.differs.format(address=address)
    conditions.append(f"!({machine.number} == {machine.futex} && {differs})")
    return " && ".join(conditions)


def check_of_writing() -> str:
    """For gdb: writes a register, and what it was, so that gdb fails here if it fails at all.

    Linux takes the registers beyond the general ones all at once, and of none but the processor's
    own size. Older releases of gdb know no size beyond that of AVX-512; with one that has AMX they
    call a function and then cannot put back what was there, of which the process dies.
    """
    machine = MACHINES.get(platform.machine())
    return "" if machine is None else machine.check_of_writing


class Sleep:
    """Whether the main thread has blocked: called again and again, true once it has for a while."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._began = time.monotonic()
        self._wait: object = None

    def __call__(self) -> bool:
        try:
            wait = _wait_of(self._pid)
        except OSError:
            return False
        now = time.monotonic()
        if wait != self._wait or wait[0].startswith("running"):
            self._wait, self._began = wait, now
        return now - self._began >= PATIENCE


def _wait_of(pid: int) -> tuple[str, list[str]]:
    """The system call that the main thread is in, and how often it has had the CPU."""
    folder = Path(f"/proc/{pid}/task/{pid}")
    status = (folder / "status").read_text().splitlines()
    return (folder / "syscall").read_text(), [line for line in status if "ctxt_switches" in line]

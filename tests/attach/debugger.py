"""Whether this machine has a debugger that can call into a process; see ``check_of_writing``."""

from __future__ import annotations

import subprocess
from functools import cache

import pytest

from unknot.attach.debuggers import DEBUGGERS, Debugger
from unknot.attach.main_thread import check_of_writing

__all__ = ["can_write", "need_gdb"]


def need_gdb() -> None:
    """Skips the test where no gdb works."""
    if not any(map(can_write, DEBUGGERS[:2])):
        pytest.skip("no gdb on this machine that can write this processor's registers")


@cache
def can_write(gdb: Debugger) -> bool:
    """Whether it is there, starts, and writes registers of a program that nobody needs."""
    path = gdb.find()
    if path is None:
        return False
    lines = [*check_of_writing().splitlines(), 'printf "written\\n"']
    with subprocess.Popen(["sleep", "60"]) as sleeping:
        try:
            done = subprocess.run(
                [path, "-nx", "-batch", "-p", str(sleeping.pid)]
                + [part for line in lines for part in ("-ex", line)],
                capture_output=True,
                check=False,
            )
        finally:
            sleeping.kill()
    return b"written" in done.stdout and b"Couldn't write" not in done.stdout + done.stderr

"""What stands in the way of a look, made real as far as this machine can, and its remedy."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.attach.debugger import can_write, need_gdb
from tests.attach.targets import PLANTED, running
from tests.interpreters import need_interpreter
from unknot.attach.debuggers import DEBUGGERS, Debugger
from unknot.attach.duties import Greet
from unknot.attach.explain import explain
from unknot.attach.landing import Landing
from unknot.attach.process import dump_process
from unknot.attach.target import find_target
from unknot.attach.ways import by_remote_exec, ways_into
from unknot.errors import TimeLimitExceeded, UnknotError, UsageError

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc"),
]

FIND = """
import sys
from unknot.attach.target import find_target
from unknot.errors import UsageError
try:
    print(find_target(int(sys.argv[1])).version)
except UsageError as error:
    print(error)
"""
NOBODY = 65534
AS_NOBODY = f"import os; os.setgid({NOBODY}); os.setuid({NOBODY})\n"

FILTER = """
import ctypes, struct, sys
PTRACE, ALLOW, ERRNO, EPERM = 101, 0x7fff0000, 0x00050000, 1
rules = [(0x20, 0, 0, 0), (0x15, 0, 1, PTRACE), (0x06, 0, 0, ERRNO | EPERM), (0x06, 0, 0, ALLOW)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
program = struct.pack("HxxxxxxP", len(rules), ctypes.addressof(code))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
assert libc.prctl(22, 2, program) == 0  # PR_SET_SECCOMP
"""
"""Forbids ptrace, and nothing else, as Docker's filter did on older kernels; of x86-64."""


@contextmanager
def program(*command: str, **options: Any) -> Iterator[int]:
    """The process of a program that has said ``ready``."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process.pid
    finally:
        process.kill()
        process.communicate()


@contextmanager
def sleeping(path: Path) -> Iterator[int]:
    """A process whose program is called as ``path`` is, and is no Python."""
    shutil.copy(shutil.which("sleep") or "/bin/sleep", path)
    process = subprocess.Popen([path, "60"])
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def root_alone() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")


def said_of(pid: int, before: str = "", **options: Any) -> str:
    """What a process of its own is told about ``pid``."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [sys.executable, "-c", before + FIND, str(pid)],
        capture_output=True,
        text=True,
        check=True,
        **options,
    )
    return done.stdout


TICKING = """
import asyncio
async def main():
    print("ready", flush=True)
    while True:
        await asyncio.sleep(0.05)
asyncio.run(main())
"""
WAIT = "print('ready', flush=True); input()"


def test_a_process_that_lets_nobody_look_is_refused_to_its_own_user() -> None:
    root_alone()
    # Whoever changes user cannot be dumped any more, as if it had asked for it by prctl.
    with program(sys.executable, "-c", AS_NOBODY + WAIT) as pid:
        said = said_of(pid, f"import unknot.attach.target\n{AS_NOBODY}")
    assert "cannot be looked into: Permission denied; run unknot as root" in said


def test_root_without_the_capability_is_refused_another_users_process() -> None:
    root_alone()
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv")
    with program(sys.executable, "-c", AS_NOBODY + WAIT) as pid:
        bounded = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-all"]
        done = subprocess.run(
            [*bounded, sys.executable, "-c", FIND, str(pid)], capture_output=True, text=True
        )
    assert f"belongs to user {NOBODY}, and this is user 0" in done.stdout, done.stderr
    assert "--cap-add SYS_PTRACE" in done.stdout


def test_a_filter_that_forbids_ptrace_is_refused_with_the_remedy() -> None:
    if platform.machine() != "x86_64":
        pytest.skip("the filter is written for x86-64")
    with program(sys.executable, "-c", WAIT) as pid:
        assert said_of(pid).startswith(f"({sys.version_info[0]}")
        said = said_of(pid, FILTER)
    assert "a seccomp filter forbids this process to look into others" in said
    assert "--security-opt seccomp=unconfined" in said


def test_a_process_in_strict_seccomp_is_refused() -> None:
    strict = "import ctypes; libc = ctypes.CDLL(None); libc.prctl(22, 1, 0, 0, 0)"
    source = f"{strict}; import os; os.write(1, b'ready\\n'); os.read(0, 1)"
    with program(sys.executable, "-c", source) as pid, pytest.raises(UsageError, match="strict"):
        find_target(pid)


def test_a_program_linked_against_musl_is_refused_with_the_remedy(tmp_path: Path) -> None:
    compiler = shutil.which("musl-gcc")
    if compiler is None:
        pytest.skip("needs musl-gcc (apt-get install musl-tools)")
    source = tmp_path / "main.c"
    source.write_text('#include <stdio.h>\nint main(void) { puts("ready"); fflush(stdout);\n')
    with source.open("a") as stream:
        stream.write("return getchar(); }\n")
    named = tmp_path / "python3.13"
    subprocess.run([compiler, source, "-o", named], check=True)
    assert b"ld-musl" in named.read_bytes()
    with program(str(named)) as pid, pytest.raises(UsageError, match=r"musl .* python:3-slim"):
        find_target(pid)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("python3.14t", "free-threaded build"),
        ("python3.99", "runs Python 3.99; unknot knows 3.8 to 3.15"),
        ("python3.7", "runs Python 3.7; unknot knows 3.8 to 3.15"),
        ("pypy3.10", "runs PyPy"),
        ("server", "call `unknot.snapshot\\(\\)` inside it"),
    ],
)
def test_an_interpreter_that_is_not_known_is_refused(name: str, said: str, tmp_path: Path) -> None:
    with sleeping(tmp_path / name) as pid, pytest.raises(UsageError, match=said):
        find_target(pid)


@pytest.mark.parametrize("forbidden", ["-Xdisable-remote-debug", "-Xdisable_remote_debug"])
def test_remote_debugging_that_is_switched_off_leaves_the_debugger(forbidden: str) -> None:
    python = need_interpreter("3.14")
    with program(python, "-c", WAIT) as pid:
        assert by_remote_exec in ways_into(find_target(pid))
    with program(python, forbidden, "-c", WAIT) as pid:
        target = find_target(pid)
        assert not target.remote_debugging
        assert by_remote_exec not in (ways_into(target) if any_debugger() else [])


def any_debugger() -> bool:
    return any(each.find() for each in DEBUGGERS)


@pytest.mark.parametrize("chosen", DEBUGGERS, ids=lambda each: each.name)
@pytest.mark.parametrize("version", ["3.8", "3.14"])
def test_each_debugger_gets_in_whether_the_process_rests_or_not(
    chosen: Debugger, version: str
) -> None:
    if not (can_write(chosen) if chosen.reaches_blocked else chosen.find()):
        pytest.skip(f"no {chosen.name} on this machine that works")
    waiting = WAIT if chosen.reaches_blocked else TICKING
    busy = "print('ready', flush=True)\nwhile True: sorted(range(300_000), key=lambda i: -i)"
    for source in (waiting, busy):
        with program(need_interpreter(version), "-c", source) as pid:
            target = find_target(pid)
            with (
                Landing(target.root, target.owner) as landing,
                chosen(target, landing, 60.0) as visit,
            ):
                greeting, _ = visit.ask(Greet())
            assert greeting["python"].startswith(version)
            assert visit.halted > 0
            assert target.is_alive()


def test_a_gdb_older_than_the_processor_is_refused_and_the_process_goes_on() -> None:
    """Of gdb 13 and a processor with AMX, a process died at its next system call."""
    for gdb in [each for each in DEBUGGERS if each.reaches_blocked and each.find()]:
        with running(need_interpreter("3.11"), "blocked in time.sleep") as program:
            target = find_target(program.pid)
            with Landing(target.root, target.owner) as landing:
                if can_write(gdb):
                    with gdb(target, landing, 60.0) as visit:
                        visit.ask(Greet())
                else:
                    with pytest.raises(UnknotError, match=r"gdb.* could not|Install gdb 14"):
                        gdb(target, landing, 60.0)
            assert program.goes_on("19")


@pytest.mark.parametrize("version", ["3.11", "3.14"])
def test_a_process_in_a_container_is_looked_into_from_outside(version: str) -> None:
    """In its own PID and mount namespace: its /tmp is not this one, and its number is 1."""
    root_alone()
    need_gdb()
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare")
    source = PLANTED + "begin()\nready()\ninput()"
    mounted = 'mount -t tmpfs none /tmp && exec "$@"'
    inside = ["unshare", "-m", "-p", "-f", "--kill-child", "sh", "-c", mounted, "sh"]
    # Not by way of an environment's link: that may lie below the /tmp that is hidden there.
    python = str(Path(need_interpreter(version)).resolve())
    with program(*inside, python, "-c", source) as outer:
        pid = int(Path(f"/proc/{outer}/task/{outer}/children").read_text().split()[0])
        target = find_target(pid)
        look = explain(dump_process(target, seconds=60.0))
        left = [path.name for path in (target.root / "tmp").iterdir()]
        deadline = time.monotonic() + 60
        while left and time.monotonic() < deadline:
            time.sleep(0.1)
            left = [path.name for path in (target.root / "tmp").iterdir()]
    assert target.inner == 1
    assert [(one.path, one.per_op) for one in look.cycles] == [(["Request.me"], 100)]
    assert left == []


def test_lldb_says_that_it_does_not_reach_a_blocked_process_and_leaves_it_well() -> None:
    (lldb,) = [each for each in DEBUGGERS if not each.reaches_blocked]
    if not lldb.find():
        pytest.skip("no lldb on this machine")
    with running(need_interpreter("3.11"), "blocked in recv") as program:
        target = find_target(program.pid)
        with (
            Landing(target.root, target.owner) as landing,
            pytest.raises(TimeLimitExceeded, match="apt-get install gdb"),
        ):
            lldb(target, landing, 5.0)
        assert program.goes_on("on")

"""Whatever a debugger meets, the process goes on, and other threads get the interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.attach.targets import PLANTED
from tests.interpreters import need_interpreter
from unknot.attach import debuggers
from unknot.attach.explain import explain
from unknot.attach.process import dump_process
from unknot.attach.target import find_target
from unknot.errors import TimeLimitExceeded

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc"),
    pytest.mark.usefixtures("gdb"),
]

KEEPS_THE_INTERPRETER = """
import ctypes
gate = int(sys.argv[1])
begin()
lines = []
threading.Thread(target=lambda: lines.append(sys.stdin.readline())).start()
def keep():  # a foreign function called this way does not let go of the interpreter
    ctypes.PyDLL(None).read(gate, ctypes.create_string_buffer(1), 1)
one, other = socket.socketpair()
def begin_to_keep():
    waits = "running"
    while waits in ("running", "202", "98"):  # not yet, or for the interpreter itself (futex)
        time.sleep(0.01)
        with open("/proc/self/task/%d/syscall" % os.getpid()) as stream:
            waits = stream.read().split()[0]
    ready()
    keep()
    other.sendall(b"on")
threading.Thread(target=begin_to_keep).start()
print(one.recv(9), flush=True)
"""
FINALIZES_FOR_LONG = """
gate = int(sys.argv[1])
class Slow:
    def __del__(self):
        os.read(gate, 1)
begin()
slow = Slow(); slow.me = slow; del slow
ready()
print(sys.stdin.readline().strip(), flush=True)
"""


WAITS_FOR_THE_INTERPRETER = """
lines = []
def work():
    while not lines:
        sorted(range(3000), reverse=True)
begin()
for _ in range(8):
    threading.Thread(target=work).start()
threading.Thread(target=lambda: lines.append(sys.stdin.readline())).start()
ready()
work()
print(lines[0].strip(), flush=True)
"""
WAITS_WITH_A_LIMIT = """
given = threading.Event()
lines = []
def read():
    lines.append(sys.stdin.readline())
    given.set()
begin()
threading.Thread(target=read).start()
ready()
given.wait(1000)
print(lines[0].strip(), flush=True)
"""


@contextmanager
def gated(source: str, version: str = "3.11") -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A program that has said ``ready``, and the end of a pipe that it waits for."""
    inside, gate = os.pipe()
    process = subprocess.Popen(
        [need_interpreter(version), "-c", PLANTED + source, str(inside)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=[inside],
    )
    os.close(inside)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process, gate
    finally:
        os.close(gate)
        process.kill()
        process.communicate()


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debuggers, "GRACE", 1.0)
    monkeypatch.setattr(debuggers, "_LEFT", [])


def until_let_go() -> None:
    (left,) = debuggers._LEFT
    left.communicate(timeout=60)


def test_a_thread_that_keeps_the_interpreter_is_left_with_it() -> None:
    with gated(KEEPS_THE_INTERPRETER) as (process, gate):
        with pytest.raises(TimeLimitExceeded, match="keeps the GIL"):
            dump_process(find_target(process.pid), seconds=8.0)
        os.write(gate, b"x")
        until_let_go()
        said, _ = process.communicate("\n", timeout=60)
    assert (said, process.returncode) == ("b'on'\n", 0)


def test_what_the_process_already_runs_is_not_broken_off() -> None:
    with gated(FINALIZES_FOR_LONG) as (process, gate):
        with pytest.raises(TimeLimitExceeded, match="still running what it was told to"):
            dump_process(find_target(process.pid), seconds=8.0, collect=True)
        os.write(gate, b"x")
        until_let_go()
        look = explain(dump_process(find_target(process.pid), seconds=60.0))
        said, _ = process.communicate("on\n", timeout=60)
    assert not look.cycles  # they were collected
    assert (said, process.returncode) == ("on\n", 0)


@pytest.mark.parametrize("version", ["3.8", "3.11", "3.13"])
@pytest.mark.parametrize("source", [WAITS_FOR_THE_INTERPRETER, WAITS_WITH_A_LIMIT])
def test_a_thread_that_waits_is_called_into_unless_it_may_wait_for_the_interpreter(
    source: str, version: str
) -> None:
    with gated(source, version) as (process, _):
        look = explain(dump_process(find_target(process.pid), seconds=60.0))
        said, _ = process.communicate("on\n", timeout=60)
    assert [cycle.per_op for cycle in look.cycles if cycle.path == ["Request.me"]] == [100]
    assert (said, process.returncode) == ("on\n", 0)

"""Whatever locks are held, and whatever threads wait for, a look ends and the process goes on."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from tests.attach.targets import Running, running
from tests.interpreters import need_interpreter
from unknot.attach import debuggers, ways
from unknot.attach.debuggers import DEBUGGERS
from unknot.attach.explain import explain
from unknot.attach.main_thread import may_call
from unknot.attach.process import dump_process
from unknot.attach.target import find_target
from unknot.records.look import Look

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc"),
    pytest.mark.usefixtures("gdb"),
]

BLOCKS_WHEN_TOLD = """
lock = threading.Lock()
lock.acquire()
lines = []
def wait():
    lines.append(sys.stdin.readline())
    lines.append(sys.stdin.readline())
    lock.release()
begin()
threading.Thread(target=wait).start()
ready()
while not lines:
    time.sleep(0.01)
lock.acquire()
print("answered", lines[1].strip(), flush=True)
"""
ALWAYS_IN_AN_ALLOCATION = """
import ctypes
lines = []
threading.Thread(target=lambda: lines.append(sys.stdin.readline())).start()
begin()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]
for block in [library.malloc({size}) for _ in range({number})][::2]:
    library.free(block)
ready()
while not lines:
    library.malloc_trim(0)  # has the lock of the arena throughout
print("answered", lines[0].strip(), flush=True)
"""
IMPORTS_FOR_LONG = """
import importlib.abc, importlib.util
lines = []
begun = threading.Event()
class Slow(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self) if name == "json" else None
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        begun.set()
        lines.append(sys.stdin.readline())
def load():
    import json
sys.modules.pop("json", None)
sys.meta_path.insert(0, Slow())
begin()
thread = threading.Thread(target=load)
thread.start()
begun.wait()
ready()
thread.join()
print("answered", lines[0].strip(), flush=True)
"""


def look_into(program: Running) -> Look:
    return explain(dump_process(find_target(program.pid), seconds=60.0))


def assert_planted(look: Look) -> None:
    assert [cycle.per_op for cycle in look.cycles if cycle.path == ["Request.me"]] == [100]


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.11", "3.13", "3.15"])
def test_a_main_thread_that_blocks_before_it_runs_what_was_queued_is_called_into(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It blocks after it was judged, and before gdb stops it: gdb takes the wait for a brief one.

    Once in a hundred tries a busy machine did the same.
    """
    judged: list[str] = []

    def block_meanwhile(pid: int) -> str:
        judged.append(may_call(pid))
        if len(judged) == 1:
            program.tell("block")
            until_in_futex(pid)
        return judged[-1]

    monkeypatch.setattr(debuggers, "may_call", block_meanwhile)
    python = need_interpreter(version)
    with running(python, "", BLOCKS_WHEN_TOLD, PYTHON_DISABLE_REMOTE_DEBUG="1") as program:
        look = look_into(program)
        assert program.goes_on("19")
    assert_planted(look)
    assert len(judged) == 2


def until_in_futex(pid: int) -> None:
    """Until it waits for a lock (system call 202 of x86-64, 98 of ARM)."""
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}/syscall").read_text().split()[0] not in ("202", "98"):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("debugger", ["gdb", "lldb"])
@pytest.mark.parametrize("version", ["3.8", "3.11", "3.13"])
@pytest.mark.parametrize(("size", "number"), [(1100, 30_000), (5000, 10_000)])
def test_a_thread_that_has_the_lock_of_malloc_is_not_made_to_allocate(
    size: int, number: int, version: str, debugger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Be it in C code, or in the system call that gives pages back, as it is with larger blocks."""
    chosen = [each for each in DEBUGGERS if each.name == debugger and each.find()]
    if not chosen:
        pytest.skip(f"no {debugger} on this machine")
    monkeypatch.setattr(ways, "DEBUGGERS", chosen)
    source = ALWAYS_IN_AN_ALLOCATION.format(size=size, number=number)
    tunables = "glibc.malloc.tcache_count=0"  # else there may be a block for which no lock is taken
    with running(need_interpreter(version), "", source, GLIBC_TUNABLES=tunables) as program:
        look = look_into(program)
        assert program.goes_on("19")
    assert_planted(look)


@pytest.mark.parametrize("version", ["3.8", "3.11", "3.13", "3.14"])
def test_the_copy_does_not_wait_for_an_import_of_a_thread_that_it_does_not_have(
    version: str,
) -> None:
    with running(need_interpreter(version), "", IMPORTS_FOR_LONG) as program:
        look = look_into(program)
        assert program.goes_on("19")
    assert_planted(look)

"""The line by which a process gains what it gains, among lines that take and give back."""

from __future__ import annotations

import asyncio
import ctypes
import mmap
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from unknot.agent.gaining_lines import GAUGES, GainingLines, Stack

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")

OPS = 12
NULL = os.open(os.devnull, os.O_RDONLY)
KEPT: list[int] = []
THREADS: list[threading.Thread] = []
MAPPED: list[mmap.mmap] = []
STOP = threading.Event()

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]


def take_memory() -> None:
    lost = libc.malloc(70_000)
    KEPT.append(libc.malloc(50_000))  # kept
    libc.free(lost)


def take_descriptor() -> None:
    closed = os.dup(NULL)
    KEPT.append(os.dup(NULL))  # kept
    os.close(closed)


def take_thread() -> None:
    ends = threading.Thread(target=int)
    ends.start()
    ends.join()
    THREADS.append(threading.Thread(target=STOP.wait))
    THREADS[-1].start()  # kept


def take_mapping() -> None:
    mmap.mmap(-1, 8192).close()
    MAPPED.append(mmap.mmap(-1, 8192))  # kept


def take_child() -> None:
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}), 0)
    KEPT.append(os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}))  # kept


def give_back(kind: str) -> None:
    if kind == "c heap":
        for each in KEPT:
            libc.free(each)
    elif kind == "file descriptors":
        for each in KEPT:
            os.close(each)
    elif kind == "child processes":
        for each in KEPT:
            os.waitpid(each, 0)
    STOP.set()
    for thread in THREADS:
        thread.join()
    STOP.clear()
    for mapped in MAPPED:
        mapped.close()
    for some in (KEPT, THREADS, MAPPED):
        some.clear()


def kept_line(function: Callable[[], None]) -> int:
    """The line with the comment ``kept``."""
    code = function.__code__
    lines = Path(code.co_filename).read_text().splitlines()
    numbers = sorted({line for *_, line in code.co_lines() if line is not None})
    return next(number for number in numbers if lines[number - 1].endswith("# kept"))


def own_lines(stack: Stack) -> list[int]:
    return [line for file, line in stack if file == __file__]


@pytest.mark.parametrize(
    ("kind", "take", "each"),
    [
        ("c heap", take_memory, 50_000),
        ("file descriptors", take_descriptor, 1),
        ("threads", take_thread, 1),
        ("mappings", take_mapping, 1),
        ("child processes", take_child, 1),
    ],
)
def test_the_line_that_keeps_is_told_and_not_those_that_give_back(
    kind: str, take: Callable[[], None], each: int
) -> None:
    gaining = GainingLines(GAUGES[kind]())
    ops = 2 if kind == "child processes" else OPS
    traced = sys.gettrace()
    try:
        with gaining:
            for _ in range(ops):
                take()
    finally:
        sys.settrace(traced)
        give_back(kind)
    found = {own_lines(stack)[0]: gained for gained, stack in gaining.most(20) if own_lines(stack)}
    kept = found[kept_line(take)]
    if kind == "mappings":  # the system may join two that lie side by side
        assert 0 < kept <= ops
        # and the interpreter may map an arena of its own at any line
        assert sum(gained for line, gained in found.items() if line != kept_line(take)) <= 1
    else:
        assert each <= kept / ops <= each + (64 if kind == "c heap" else 0)  # malloc rounds up


async def opens() -> None:
    await asyncio.sleep(0)
    take_descriptor()


def test_a_coroutine_is_seen_with_those_that_await_it() -> None:
    async def awaits() -> None:
        with gaining:
            await opens()

    gaining = GainingLines(GAUGES["file descriptors"]())
    traced = sys.gettrace()
    try:
        asyncio.run(awaits())
    finally:
        sys.settrace(traced)
        give_back("file descriptors")
    ((gained, stack),) = [one for one in gaining.most(20) if own_lines(one[1])]
    assert gained == 1
    begin = opens.__code__.co_firstlineno
    assert own_lines(stack)[:2] == [kept_line(take_descriptor), begin + 2]

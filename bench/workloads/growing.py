"""Operations after which the process holds more while nobody asked for it, each with a clean twin;
and operations that only look as if it did."""

from __future__ import annotations

import ctypes
import mmap
import os
import random
import shutil
import subprocess
import threading
from ctypes.util import find_library

libc = ctypes.CDLL(find_library("c"))
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]

BUFFER = bytearray()
NULL = os.open(os.devnull, os.O_RDONLY)
TRUE = shutil.which("true") or "/bin/true"
SLEEP = shutil.which("sleep") or "/bin/sleep"
NEVER = threading.Event()


def buffer() -> None:
    """`buffer.extend(b"x" * 10_000)`"""
    BUFFER.extend(b"x" * 10_000)


def buffer_clean() -> None:
    """the same, then `buffer.clear()`"""
    BUFFER.extend(b"x" * 10_000)
    BUFFER.clear()


def malloc() -> None:
    """`malloc(10_000)` by ctypes"""
    libc.malloc(10_000)


def malloc_clean() -> None:
    """the same, then `free`"""
    libc.free(libc.malloc(10_000))


def mapped() -> None:
    """8 KiB by `mmap`, written to"""
    _map()


def mapped_clean() -> None:
    """the same, then `munmap`"""
    libc.munmap(_map(), 8192)


def _map() -> int:
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    place: int = libc.mmap(None, 8192, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)
    ctypes.memset(place, 1, 8192)
    return place


def dup() -> None:
    """`os.dup`"""
    os.dup(NULL)


def dup_clean() -> None:
    """the same, then `os.close`"""
    os.close(os.dup(NULL))


def thread() -> None:
    """a thread that never ends"""
    threading.Thread(target=NEVER.wait, daemon=True).start()


def thread_clean() -> None:
    """a thread that ends, and is joined"""
    waiting = threading.Event()
    started = threading.Thread(target=waiting.wait)
    started.start()
    waiting.set()
    started.join()


def child() -> None:
    """`os.posix_spawn`, never waited for"""
    os.posix_spawn(TRUE, [TRUE], {})


def child_clean() -> None:
    """the same, then `os.waitpid`"""
    os.waitpid(os.posix_spawn(TRUE, [TRUE], {}), 0)


def popen() -> None:
    """`subprocess.Popen` of a program that goes on, never waited for"""
    subprocess.Popen([SLEEP, "600"])


def popen_clean() -> None:
    """the same, then `kill` and `wait`"""
    with subprocess.Popen([SLEEP, "600"]) as process:
        process.kill()


# What looks like growth and is none.

RANDOM = random.Random(17)
POOL = [b""] * 24
DICTS: dict[str, dict[int, int]] = {}
largest = 0


def replaced_dict() -> None:
    """a dict that grows, and takes the place of the one before"""
    global largest
    largest += 1
    DICTS["latest"] = dict.fromkeys(range(largest % 40), 0)


def filling_pool() -> None:
    """a pool of 24 buffers of random sizes that fills"""
    POOL[RANDOM.randrange(len(POOL))] = bytes(RANDOM.randrange(1, 20_000))


def fragmented() -> None:
    """20 blocks of C memory of random sizes, freed in another order"""
    places = [libc.malloc(RANDOM.randrange(1, 30_000)) for _ in range(20)]
    RANDOM.shuffle(places)
    for place in places:
        libc.free(place)

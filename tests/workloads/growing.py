"""Operations after which no object is new and the process is larger, beside each its clean twin."""

from __future__ import annotations

import array
import ctypes
import io
import mmap
import os
import random
import subprocess
import sys
from itertools import count

numbers = count(1000)  # small integers are no blocks

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]


# Memory that C code hands out, and nobody gives back.


def lost() -> None:
    ctypes.memset(libc.malloc(5000), 7, 5000)


def lost_clean() -> None:
    place = libc.malloc(5000)
    ctypes.memset(place, 7, 5000)
    libc.free(place)


# A buffer that is extended; one that a method of its owner extends; one that is emptied in between.

JOURNAL = bytearray()


class Recorder:
    def __init__(self) -> None:
        self.samples = array.array("d")
        self.text = io.StringIO()
        self.raw = io.BytesIO()


RECORDER = Recorder()


def extended() -> None:
    JOURNAL.extend(b"entry" * 800)


def extended_clean() -> None:
    JOURNAL.extend(b"entry" * 800)
    JOURNAL.clear()


def samples() -> None:
    RECORDER.samples.extend(range(300))


def samples_clean() -> None:
    samples()
    del RECORDER.samples[:]


def raw() -> None:
    RECORDER.raw.write(b"line\n" * 400)


def raw_clean() -> None:
    raw()
    RECORDER.raw.seek(0)
    RECORDER.raw.truncate()


def text() -> None:
    RECORDER.text.write("line\n" * 400)


def text_clean() -> None:
    text()
    RECORDER.text.seek(0)
    RECORDER.text.truncate()


# A list that gains what is there already.

NOTHING: list[None] = []


def nothing_new() -> None:
    NOTHING.append(None)


def nothing_new_clean() -> None:
    NOTHING.append(None)
    NOTHING.pop()


# Descriptors.

NULL = os.open(os.devnull, os.O_RDONLY)


def descriptors() -> None:
    os.dup(NULL)


def descriptors_clean() -> None:
    os.close(os.dup(NULL))


# Mappings of memory that no allocator knows.

_unmapped = ctypes.CDLL(None)
_unmapped.mmap.restype = ctypes.c_void_p
_unmapped.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
_unmapped.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


def _map() -> int:
    found = _unmapped.mmap(
        None, 8192, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0
    )
    ctypes.memset(found, 1, 8192)
    assert isinstance(found, int)
    return found


def mapped() -> None:
    _map()


def mapped_clean() -> None:
    _unmapped.munmap(_map(), 8192)


# Child processes that end and are never waited for.


def zombies() -> None:
    if not os.fork():
        os._exit(0)


def zombies_clean() -> None:
    subprocess.run([sys.executable, "-S", "-c", ""], check=True)


# What looks like growth and is none.

NUMBERS = random.Random(4)
SLOTS = [b""] * 20
LARGEST = 0


def replaced_dict() -> None:
    """A dict that is larger each time, and takes the place of the one before."""
    global LARGEST
    LARGEST += 1
    RECORDER.__dict__["latest"] = dict.fromkeys(range(LARGEST % 30))


def filling_pool() -> None:
    """Buffers of random sizes in a bounded pool."""
    SLOTS[NUMBERS.randrange(len(SLOTS))] = bytes(NUMBERS.randrange(1, 20_000))


def fragmented() -> None:
    """Blocks of C memory of random sizes, freed in another order than they were handed out."""
    places = [libc.malloc(NUMBERS.randrange(1, 30_000)) for _ in range(20)]
    NUMBERS.shuffle(places)
    for place in places:
        libc.free(place)

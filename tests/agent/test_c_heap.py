"""The C heap in use moves by what malloc hands out, and by nothing else."""

from __future__ import annotations

import ctypes
import sys

import pytest

from unknot.agent.c_heap import c_heap_in_use

SIZE = 100_000

needs_glibc = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="glibc 2.33 or newer tells it"
)


def in_use() -> int:
    found = c_heap_in_use()
    assert found is not None
    return found


@needs_glibc
def test_memory_that_c_code_keeps_shows_to_the_byte_and_goes_when_it_is_freed() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    libc.free(libc.malloc(SIZE))  # what the first call makes
    before = in_use()
    place = libc.malloc(SIZE)
    kept = in_use() - before
    libc.free(place)
    assert SIZE <= kept <= SIZE + 64
    assert in_use() == before


@needs_glibc
def test_asking_does_not_move_it() -> None:
    readings = [in_use() for _ in range(6)]
    assert len(set(readings[1:])) == 1


def test_it_is_not_known_where_the_c_library_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["unknot.agent.c_heap"], "_mallinfo", None)
    assert c_heap_in_use() is None

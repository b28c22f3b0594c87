"""Bytes that the interpreter's allocator and the C heap have handed out and not taken back.

pymalloc counts its blocks by size class, and prints that for whoever debugs it, in CPython 3.8 to
3.15 alike; a tenth of a millisecond, however many objects there are. What is larger than a block,
it takes from the C heap. So the sum moves by exactly what is kept, each block rounded up to its
class, whether the collector tracks it or not.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

from .c_heap import c_heap_in_use

__all__ = ["allocated_bytes"]

MARK = b"# bytes in allocated blocks"


def _find_statistics() -> Optional[Callable[[], bytes]]:
    """What pymalloc prints of itself, into memory; ``None`` where that cannot be asked."""
    try:
        import ctypes

        library = ctypes.CDLL(None)
        open_stream, close_stream = library.open_memstream, library.fclose
        print_to: Any = ctypes.pythonapi._PyObject_DebugMallocStats
        open_stream.restype = ctypes.c_void_p
        open_stream.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        close_stream.argtypes = print_to.argtypes = library.free.argtypes = [ctypes.c_void_p]
    except Exception:  # no ctypes, another C library, another interpreter
        return None
    place, size = ctypes.c_void_p(), ctypes.c_size_t()
    arguments = ctypes.byref(place), ctypes.byref(size)

    def statistics() -> bytes:
        stream = open_stream(*arguments)
        if not stream:
            return b""
        print_to(stream)
        close_stream(stream)
        text = ctypes.string_at(place.value or 0, size.value)
        library.free(place)
        return text

    return statistics


_statistics = _find_statistics()
"""Found at import: what importing ctypes leaves must not show between two counts."""


def allocated_bytes() -> Optional[int]:
    """Bytes in use in pymalloc's blocks and in the C heap; ``None`` where one of them does not say.

    Free lists and the method cache count as in use: call it once they have been emptied.
    """
    c_heap = c_heap_in_use()
    if _statistics is None or c_heap is None:
        return None
    said = _statistics().partition(MARK)[2].partition(b"\n")[0]
    digits = said.replace(b"=", b"").replace(b",", b"").strip()
    # With PYTHONMALLOC=malloc it prints nothing, and all is in the C heap.
    return c_heap + (int(digits) if digits.isdigit() else 0)

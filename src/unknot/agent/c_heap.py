"""Bytes of the C heap in use, for memory that no object accounts for.

glibc counts the bytes that ``malloc`` has handed out, in arenas and in separate mappings. The
figure changes by exactly what C code keeps, regardless of fragmentation.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

__all__ = ["c_heap_in_use", "give_back"]

FIELDS = (
    "arena",
    "ordblks",
    "smblks",
    "hblks",
    "hblkhd",
    "usmblks",
    "fsmblks",
    "uordblks",
    "fordblks",
    "keepcost",
)
"""Fields of glibc's ``struct mallinfo2``; see mallinfo(3)."""


def _find_mallinfo() -> Optional[Callable[[], Any]]:
    """glibc's ``mallinfo2``, new in 2.33; ``None`` if the C library does not have it."""
    try:
        import ctypes

        class Figures(ctypes.Structure):
            _fields_ = [(name, ctypes.c_size_t) for name in FIELDS]

        found = ctypes.CDLL(None).mallinfo2
        found.restype = Figures
        found.argtypes = []
    except Exception:  # no ctypes, another C library, an older one
        return None
    return found


def _find_trim() -> Callable[[int], Any]:
    """glibc's ``malloc_trim``; a function without effect if the C library does not have it."""
    try:
        import ctypes

        found: Callable[[int], Any] = ctypes.CDLL(None).malloc_trim
    except Exception:
        return int
    return found


_mallinfo = _find_mallinfo()
_trim = _find_trim()
"""Looked up at import, so that importing ctypes does not fall between two counts."""


def c_heap_in_use() -> Optional[int]:
    """Bytes that ``malloc`` has handed out; ``None`` if the C library does not count them."""
    if _mallinfo is None:
        return None
    figures = _mallinfo()
    in_use: int = figures.uordblks + figures.hblkhd
    return in_use


def give_back() -> None:
    """Return freed memory to the system, so that the memory of the process is in use."""
    _trim(0)

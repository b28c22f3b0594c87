"""The C heap in use, the figure for memory that no object accounts for.

glibc counts what ``malloc`` has handed out and not taken back, in its arenas and in mappings of
their own, so the figure moves by exactly what code in C keeps. Fragmentation does not show in it.
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
"""Of glibc's ``struct mallinfo2``, see mallinfo(3)."""


def _find_mallinfo() -> Optional[Callable[[], Any]]:
    """glibc's ``mallinfo2``, new in 2.33; ``None`` where the C library has none."""
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
    """glibc's ``malloc_trim``; nothing where there is none."""
    try:
        import ctypes

        found: Callable[[int], Any] = ctypes.CDLL(None).malloc_trim
    except Exception:
        return int
    return found


_mallinfo = _find_mallinfo()
_trim = _find_trim()
"""Found at import: what importing ctypes leaves must not show between two counts."""


def c_heap_in_use() -> Optional[int]:
    """Bytes that ``malloc`` has handed out and not taken back; ``None`` where it does not say."""
    if _mallinfo is None:
        return None
    figures = _mallinfo()
    in_use: int = figures.uordblks + figures.hblkhd
    return in_use


def give_back() -> None:
    """Return freed memory to the system, so that what the process still has is in use."""
    _trim(0)

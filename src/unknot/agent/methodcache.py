"""Pushing the workload's attribute names out of the interpreter's method cache.

CPython caches attribute look-ups of types in a table of 4,096 slots (``MCACHE_SIZE_EXP`` in
``Objects/typeobject.c``); each slot keeps the name that was looked up alive. Where names come from
unpickling, every operation brings new strings, and the cache filling up reads as a slow leak of
blocks. ``sys._clear_type_cache`` would empty it, but hangs CPython 3.12.1 at the next look-up.

So every slot that such a name can be in is filled with a name that was there all along. A slot is
``version ^ (address >> 3)``, modulo the size. Names of at most 100 characters are cached, and the
interpreter's allocator puts those at a limited set of addresses, which depends on the length: many
names of every such length, and types of odd and even version, reach all of them.
"""

from __future__ import annotations

from typing import Any, List, Tuple

__all__ = ["MethodCache"]

SLOTS = 4096
ALIGNMENT = 16
HOLDERS: Tuple[Any, ...] = (0, "", b"", 0.0, 1j, None, (), [], {}, set(), bytearray(), object())
"""Instances of enough types that their versions are odd and even."""
WIDTHS = range(8, 101, 16)
"""Lengths of ASCII names, one for each size that the allocator tells apart."""
NAMES_PER_WIDTH = 2000


class MethodCache:
    """Made once, before anything is counted; :meth:`displace` as often as one likes."""

    def __init__(self) -> None:
        self._names = _one_name_per_slot()

    def displace(self) -> None:
        """Have each slot hold a name of this object's instead of an operation's."""
        for holder in HOLDERS:
            for name in self._names:
                hasattr(holder, name)


def _one_name_per_slot() -> List[str]:
    """A string for each slot that a string can be in; the others made on the way are dropped."""
    made = [str(number).ljust(width) for width in WIDTHS for number in range(NAMES_PER_WIDTH)]
    return list({id(name) // ALIGNMENT % SLOTS: name for name in made}.values())

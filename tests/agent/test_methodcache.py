"""Names that operations look up do not read as leaked blocks."""

from __future__ import annotations

import gc
import sys
from itertools import count

from unknot.agent.methodcache import MethodCache

_numbers = count(10_000)


class Anything:
    pass


def look_up_new_names(times: int) -> None:
    names = [f"name {next(_numbers)}" for _ in range(times)]  # at that many addresses
    for name in names:
        hasattr(Anything, name)


def blocks_gained(cache: MethodCache | None) -> int:
    """Blocks that two hundred look-ups of new names add."""
    gc.collect()
    if cache is not None:
        cache.displace()
    before = sys.getallocatedblocks()
    look_up_new_names(200)
    if cache is not None:
        cache.displace()
    return sys.getallocatedblocks() - before


def test_names_that_were_looked_up_are_gone_once_they_are_displaced() -> None:
    cache = MethodCache()
    blocks_gained(cache)
    # Without it the cache keeps most of the names of the first calls: the twin that shows it.
    kept = blocks_gained(None)
    displaced = [blocks_gained(cache) for _ in range(8)]
    assert kept > 100, kept
    assert sorted(displaced)[4] < kept / 20, displaced

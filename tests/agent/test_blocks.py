"""Blocks count what leaks, and not the names that were looked up."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from itertools import count

from unknot.agent.blocks import allocated_blocks

_numbers = count(10_000)


class Anything:
    pass


def look_up_new_names() -> None:
    names = [f"name {next(_numbers)}" for _ in range(200)]  # at that many addresses
    for name in names:
        hasattr(Anything, name)


def gained(count_blocks: Callable[[], int], work: Callable[[], object]) -> int:
    """Blocks that ``work`` adds, the collector off."""
    gc.collect()
    gc.disable()
    try:
        before = count_blocks()
        work()
        return count_blocks() - before
    finally:
        gc.enable()


def test_names_that_were_looked_up_do_not_count_where_they_would_otherwise() -> None:
    gained(allocated_blocks, look_up_new_names)
    assert abs(gained(allocated_blocks, look_up_new_names)) <= 2
    assert gained(sys.getallocatedblocks, look_up_new_names) > 100


def test_what_is_kept_counts() -> None:
    kept = [""] * 300

    def keep_strings() -> None:
        kept[:] = map(str, range(1000, 1300))

    assert 300 <= gained(allocated_blocks, keep_strings) <= 320

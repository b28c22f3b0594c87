"""Finalizer calls are counted in every loop, and the loop still does its own work."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

from unknot.agent.finalizers import FinalizerCalls

closed: list[bool] = []


async def ticks() -> AsyncIterator[int]:
    try:
        while True:
            yield 0
    finally:
        closed.append(True)


async def abandon(count: int) -> None:
    for _ in range(count):
        await anext(ticks())
    await asyncio.sleep(0.01)


async def close(count: int) -> None:
    for _ in range(count):
        generator = ticks()
        await anext(generator)
        await generator.aclose()  # type: ignore[attr-defined]


def test_abandoned_generators_are_counted_and_closed_and_closed_ones_are_not() -> None:
    original = sys.set_asyncgen_hooks
    closed.clear()
    with FinalizerCalls() as calls:
        asyncio.run(abandon(3))
        assert calls.total == 3
        asyncio.run(close(4))
        assert calls.total == 3
        asyncio.run(abandon(2))
        assert calls.total == 5
        assert calls.total == 5
    assert len(closed) == 9
    assert sys.set_asyncgen_hooks is original
    assert sys.get_asyncgen_hooks().finalizer is None

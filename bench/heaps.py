"""Heaps to measure instruments on: the same objects for every instrument, on every release.

Call each builder with the collector off. Classes have slots, so that no instance has a dict, which
only some releases of CPython would create.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

__all__ = ["HEAPS", "PER_CYCLE", "build_cycles", "build_live", "build_numbers", "build_tasks"]

KINDS = 8
"""Number of classes, and therefore of kinds of cycle, in a heap."""

PER_CYCLE = 5
"""Tracked objects of one cycle of :func:`build_cycles`, with what hangs from it."""

PER_GROUP = 5
"""Tracked objects that one turn of :func:`build_live` makes."""


class Session:
    """What an operation stores its task on."""

    __slots__ = ("task",)

    task: asyncio.Task[None]


class Part:
    __slots__ = ("items", "names")

    items: list[Any]
    names: dict[str, Any]


OWNERS: list[Any] = [
    type(f"Owner{kind}", (), {"__slots__": ("extra", "items", "names", "pair", "part")})
    for kind in range(KINDS)
]

current: ContextVar[Session] = ContextVar("current")


def build_live(size: int) -> list[Any]:
    """``size`` objects of 12 types that the result holds, none of which the collector untracks."""
    held: list[Any] = []
    for number in range(size // PER_GROUP):
        owner = OWNERS[number % KINDS]()
        owner.items = [owner]
        owner.names = {"owner": owner}
        owner.pair = (owner, {number, owner})
        held.append(owner)
    return held


def build_numbers(size: int) -> list[Any]:
    """``size`` lists that each refer to one integer twice, and as many integers, untracked."""
    return [[number, number] for number in range(1000, 1000 + size)]


def build_cycles(size: int) -> None:
    """``size`` garbage objects of 8 kinds: four in a cycle, and one hangs from it."""
    for number in range(size // PER_CYCLE):
        owner = OWNERS[number % KINDS]()
        part = Part()
        owner.part = part
        owner.extra = [Part]  # hangs, as it leads out of the garbage
        part.items = [owner]
        part.names = {"owner": owner}


def build_tasks(size: int) -> None:
    """``size`` operations, each of which leaves the cycle session → task → context → session."""

    async def work(session: Session) -> None:
        current.set(session)

    async def operate() -> None:
        for _ in range(size):
            session = Session()
            session.task = asyncio.create_task(work(session))
            await session.task

    asyncio.run(operate())


HEAPS: dict[str, Callable[[int], Any]] = {
    "live": build_live,
    "numbers": build_numbers,
    "cycles": build_cycles,
    "tasks": build_tasks,
}

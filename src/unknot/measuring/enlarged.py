"""Growth of a process that no counted object explains, and the objects that grow in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from unknot.heap import Snapshot
from unknot.heap.chains import AGENT, Chain, read_chain
from unknot.heap.labels import unlabelled
from unknot.measuring.probe import Gain, Probe, Sizes
from unknot.measuring.roads import Roads, rooted, through
from unknot.measuring.rounds import Rounds
from unknot.records import Growth, GrowthKind

__all__ = ["find_growths"]

MOST = 6
"""Maximum number of objects to name, those that gained most first."""
SHARE = 0.05
"""Minimum share of the gained memory for an object to be named."""


HINTS: dict[GrowthKind, str] = {
    "object": "an existing object holds more and more, and no module leads to it",
    "c heap": (
        "memory that C code allocated and did not free: an extension module, or a C library that "
        "one wraps; --allocations shows where memory is allocated"
    ),
    "unique memory": (
        "memory that did not come from malloc: an allocator with arenas of its own, stacks of "
        "threads or greenlets, or mappings; --allocations shows where memory is allocated"
    ),
    "mappings": "regions of the address space that were mapped and never unmapped",
    "file descriptors": "files, sockets or pipes that were opened and never closed",
    "threads": "threads that were started and have not ended",
    "child processes": "processes that were started and never waited for, or that still run",
}
"""The likely cause, by kind."""

BUFFERS = {"_io.BytesIO", "_io.StringIO", "array.array", "builtins.bytearray"}
"""Types of objects that hold their content where no snapshot shows it."""

EXPLAINED = 0.75
"""Share of the gained memory above which growing objects explain all of it."""


def find_growths(probe: Probe, rounds: Rounds, before: Sizes, ops: int) -> list[Growth]:
    """The growth that the rounds found; growth of memory by the objects that explain it, if any."""
    found = [
        Growth(
            kind=kind,
            per_op=growths.rate,
            rounds=growths.rates,
            note=HINTS[kind],
        )
        for kind, growths in rounds.growths.items()
    ]
    memory = sum(growth.per_op for growth in found if growth.is_bytes)
    enlarged: list[Growth] = []
    if memory or rounds.only_blocks_leak:
        enlarged = find_enlarged(probe, before, ops, max(SHARE * memory, 1.0))
    if rounds.only_blocks_leak:  # a container that fills is told as a leak
        enlarged = [growth for growth in enlarged if growth.type in BUFFERS]
    if sum(growth.per_op for growth in enlarged) >= EXPLAINED * memory:
        found = [growth for growth in found if not growth.is_bytes]
    return [*enlarged, *found]


def find_enlarged(probe: Probe, before: Sizes, ops: int, least: float) -> list[Growth]:
    """The objects larger than ``before``, most growth first.

    Those that gained ``least`` bytes per operation or more, and are not the agent's.
    """
    gained = probe.sizes().gained(before, max(least * ops, 1))[:MOST]
    heap = probe.snapshot()
    return list(_describe(probe, heap, probe.locate(heap, gained), ops))


def _describe(probe: Probe, heap: Snapshot, gains: Sequence[Gain], ops: int) -> Iterator[Growth]:
    roads = Roads(probe, heap, [gain.place for gain in gains if gain.place is not None])
    for gain in gains:
        note = None
        if gain.place is not None:
            road = roads.to(gain.place)
            chain, note = rooted(probe, heap, {}, road[0], read_chain(heap, road, roads.labels))
        elif gain.unseen is not None:
            chain = through(probe, heap, gain.unseen, Chain((unlabelled(gain.type),), ()))
        else:
            continue
        if not chain.steps:  # nothing that can be named leads to it: it helps nobody
            continue
        if any(AGENT in one.type or AGENT in (one.name or "") for one in chain.objects):
            continue
        yield Growth(
            kind="object",
            per_op=gain.amount / ops,
            type=gain.type,
            path=[step.text for step in chain.steps],
            steps=[step.record() for step in chain.steps],
            note=note,
        )

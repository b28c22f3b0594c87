"""Separates the causes of a leak from bounded caches, and from tasks and threads that still run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from unknot.heap import Snapshot
from unknot.heap.holders import NOISE, Held, Hold, find_holds
from unknot.heap.snapshot import Mask
from unknot.heap.transient import find_full, held_by_program
from unknot.measuring.probe import Running
from unknot.measuring.running import StillRunning, find_running, rates_of, share_of

__all__ = ["Causes", "amount_of", "rate_of"]

INTERNAL = (
    *("_asyncio.", "_thread.", "asyncio.", "builtins.", "contextvars.", "threading."),
    *("outcome.", "trio."),
)
"""Prefixes of the types that tasks and threads wait with."""


@dataclass(frozen=True, slots=True, eq=False)
class Causes:
    """The holders of leaked objects, without those that hold nothing permanently."""

    running: list[StillRunning]
    hanging: Mask
    """(n,) new objects that exist because of ``running``."""
    leaked: Mapping[str, float]
    """Leaked objects per operation by type, without ``hanging``."""
    holds: list[Hold]
    """The holders of the objects in ``leaked``, most objects first."""
    bounded: Mask
    """(n,) objects that hold at most a fixed number of others."""

    @classmethod
    def find(
        cls,
        said: Running,
        before: Snapshot,
        heap: Snapshot,
        new: Mask,
        leaked: Mapping[str, float],
    ) -> Causes:
        """``said`` has the running tasks and the bounded caches."""
        running = find_running(said, heap, new)
        hanging = np.zeros(len(heap), dtype=bool)
        for one in running:
            hanging |= one.hanging
        rest = new & ~hanging
        rates = rates_of(heap, rest, new, leaked)
        bounded = np.zeros(len(heap), dtype=bool)
        bounded[said.bounded] = True
        bounded[find_full(before, heap, new)] = True
        passed = bounded.copy()  # what keeps a task because it runs is the last to be named
        passed[said.registries] = True
        holds = find_holds(heap, rest, rates, passed)
        # With what only these lead to: an entry may look old, at the address of one that went.
        reached = held_by_program(heap, new, np.zeros(len(heap), dtype=bool))
        by_program = held_by_program(heap, new, passed)
        if running:
            holds = [
                hold
                for hold in holds
                if amount_of(hold, rates) >= NOISE and not _is_internal(hold, by_program)
            ]
        bounded |= reached & ~held_by_program(heap, new, bounded)
        return cls(running, hanging, rates, _without(holds, bounded, bool(running)), bounded)


def amount_of(hold: Hold, leaked: Mapping[str, float]) -> float:
    """Objects per operation that it holds."""
    return sum(rate_of(held, leaked) for held in hold.held)


def rate_of(held: Held, leaked: Mapping[str, float]) -> float:
    """Objects per operation, of one type, that a holder holds."""
    return share_of(leaked[held.type], held.part, held.whole)


def _is_internal(hold: Hold, by_program: Mask) -> bool:
    """Whether ``hold`` is probably a by-product of tasks and threads that still run.

    Examples are cancelled timers, which the loop keeps until they are due, and temporaries of a
    function, which no snapshot shows.
    """
    return all(
        (held.holder is None or not by_program[held.holder]) and held.type.startswith(INTERNAL)
        for held in hold.held
    )


def _without(holds: Sequence[Hold], bounded: Mask, others: bool) -> list[Hold]:
    """The holds whose holder is unbounded; all of them if there is none and no other cause.

    Bounded holders keep a constant number, so their objects are subtracted from the totals.
    """
    free = [hold for hold in holds if not _is_bounded(hold, bounded)]
    if not free:
        return [] if others else list(holds)
    steady = Counter[str]()
    for hold in holds:
        if _is_bounded(hold, bounded):
            steady.update({held.type: held.part for held in hold.held})
    return [
        replace(
            hold,
            held=tuple(replace(one, whole=one.whole - steady[one.type]) for one in hold.held),
        )
        for hold in free
    ]


def _is_bounded(hold: Hold, bounded: Mask) -> bool:
    return all(held.holder is not None and bounded[held.holder] for held in hold.held)

"""Finds leaks: objects that stay reachable and grow in number, and the chains that hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from unknot.heap import Snapshot
from unknot.heap.holders import awaited_by, new_objects
from unknot.heap.snapshot import Mask
from unknot.heap.transient import waking
from unknot.heap.weights import Weights
from unknot.measuring.causes import Causes
from unknot.measuring.filling import find_filling
from unknot.measuring.held_leaks import HeldLeaks
from unknot.measuring.octets import Octets
from unknot.measuring.probe import Followed, Probe, Running, Sizes
from unknot.measuring.rounds import Rounds
from unknot.records import Leak
from unknot.records.findings import BLOCKS

__all__ = ["Before", "find_leaks", "look"]

MOST_LEAKS = 6
"""Maximum number of holders and filling containers to name."""
MOST_WEIGHED = 500_000
"""Maximum number of objects to weigh; beyond that, bytes are unknown."""

UNTRACKED = (
    "blocks leak, and no visible container grows: they are lost in C code, or held by an object of "
    "an extension type; `--allocations` shows the lines that allocate what stays"
)


class Before(NamedTuple):
    """The state of a process before the operations whose leaks are to be found."""

    heap: Snapshot
    dicts: Sizes
    """Lengths of all dicts; empty if none is to be found that fills with plain values."""
    sizes: Sizes
    """Bytes of the objects that can grow in place; empty if nothing grows."""


def look(probe: Probe, *, dicts: bool = True, growing: bool = False) -> Before:
    """The current state of the process, with all ``dicts`` and with what is ``growing`` in place.

    To read all dicts is only needed where nothing that the collector tracks leaks.
    """
    probe.rehearse()
    return Before(
        sizes=probe.sizes() if growing else Sizes(),
        dicts=probe.dicts() if dicts else Sizes(),
        heap=probe.snapshot(),
    )


class FoundLeaks(NamedTuple):
    """Leaks by holder, most objects first."""

    leaks: list[Leak]
    octets: Octets
    holders: Followed = frozenset()
    """The objects that hold what leaks, without what C code holds; empty if tasks or threads do, or
    several objects by turns."""


def find_leaks(probe: Probe, rounds: Rounds, before: Before, ops: int) -> FoundLeaks:
    """What ``ops`` operations since ``before`` leaked."""
    reply = probe.running()  # before the snapshot: it has an instance's dict made, where it looks
    heap = probe.snapshot()
    running = Running.in_snapshot(reply, heap)
    new = new_objects(before.heap, heap)
    own = np.array(running.own, dtype=np.int64)
    new &= ~awaited_by(heap, new, own) & ~waking(heap, new, own)
    places = np.flatnonzero(new).tolist()
    weights = probe.weigh(heap, places if len(places) <= MOST_WEIGHED else [])
    by_type = _rates_by_type(weights, heap, new, rounds.leaked)
    octets = Octets.of(by_type, weights.folder_names(places), ops)
    causes = Causes.find(running, before.heap, heap, new, rounds.leaked)
    leaks = [one.leak(probe, heap, new, rounds.leaked) for one in causes.running if not one.is_held]
    if causes.holds:
        notes = {place: one.note(ops) for one in causes.running for place in one.places.tolist()}
        leaks += HeldLeaks(probe, heap, new, causes).records(notes, weights)
    if leaks:
        leaks = sorted(leaks, key=lambda leak: -leak.objects_per_op)[:MOST_LEAKS]
        return FoundLeaks(leaks, octets, _holders(probe, heap, causes))
    filling = find_filling(probe, before.heap, heap, before.dicts, ops)
    if filling:
        return FoundLeaks(filling, octets)
    lost = rounds.per_op.blocks_leaked
    blocks = Leak(type=BLOCKS, per_op=lost, path=[], steps=[], note=UNTRACKED)
    return FoundLeaks([blocks], octets)


def _holders(probe: Probe, heap: Snapshot, causes: Causes) -> Followed:
    places = [{held.holder for held in hold.held} for hold in causes.holds]
    if causes.running or any(len(some) > 1 for some in places):
        return frozenset()
    known = {place for some in places for place in some if place is not None}
    return probe.follow(heap, sorted(known))


def _rates_by_type(
    weights: Weights, heap: Snapshot, new: Mask, leaked: Mapping[str, float]
) -> dict[str, float]:
    """Leaked bytes per operation by type: the leak's rate times the mean weight of new objects."""
    numbers = np.flatnonzero(new)
    counts = np.bincount(heap.types[numbers], minlength=len(heap.type_names))
    number_of: Counter[str] = Counter()
    for name, count in zip(heap.type_names, counts.tolist(), strict=True):
        number_of[name] += count
    octets = weights.by_type(heap, numbers)
    return {
        name: octets[name] / number_of[name] * rate
        for name, rate in leaked.items()
        if octets.get(name)
    }

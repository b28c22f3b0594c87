"""Objects that grew in place while operations ran, and the chains that hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from unknot.heap import Snapshot
from unknot.heap.chains import Chain, read_chain
from unknot.heap.labels import unlabelled
from unknot.measure.leaks import Roads, rooted, through
from unknot.measure.probe import Probe
from unknot.records import Growth, Step

__all__ = ["find_enlarged"]

MOST = 6
"""Objects that are named, those that gained most first."""
SHARE = 0.05
"""Of all that was gained; an object that gained less is not named."""
FEWEST = 64
"""Bytes in the whole round: a list that makes room for one more entry is no finding."""


def find_enlarged(
    probe: Probe, heap: Snapshot, before: Mapping[int, int], ops: int
) -> list[Growth]:
    """The objects that are larger than ``before`` (bytes, by identity), most growth first."""
    sizes = probe.sizes()
    gained = {
        identity: size - before[identity]
        for identity, size in sizes.items()
        if size - before.get(identity, size) >= FEWEST
    }
    total = sum(gained.values())
    most = sorted(gained, key=lambda identity: -gained[identity])[:MOST]
    named = [identity for identity in most if gained[identity] >= SHARE * total]
    return list(_describe(probe, heap, {identity: gained[identity] for identity in named}, ops))


def _describe(
    probe: Probe, heap: Snapshot, gained: Mapping[int, int], ops: int
) -> Iterator[Growth]:
    places = {identity: int(place) for identity, place in zip(*_find(heap, gained), strict=True)}
    roads = Roads(probe, heap, places.values())
    unseen = probe.find_unseen([one for one in gained if one not in places])
    for identity, amount in gained.items():
        if identity in places:
            road = roads.to(places[identity])
            chain, note = rooted(probe, heap, {}, road[0], read_chain(heap, road, roads.labels))
        elif identity in unseen:
            found = unseen[identity]
            chain, note = through(probe, heap, found, Chain((unlabelled(found.type),), ())), None
        else:
            continue
        yield Growth(
            kind="object",
            per_op=amount / ops,
            type=chain.objects[-1].type,
            path=[step.text for step in chain.steps],
            steps=[
                Step(source=step.source, label=step.label, target=step.target)
                for step in chain.steps
            ],
            note=note,
        )


def _find(heap: Snapshot, ids: Mapping[int, int]) -> tuple[list[int], list[int]]:
    """Those of ``ids`` that the snapshot has, and their numbers in it."""
    wanted = np.fromiter(ids, dtype=np.uint64, count=len(ids))
    numbers = np.flatnonzero(np.isin(heap.ids, wanted))
    return heap.ids[numbers].tolist(), numbers.tolist()

"""What stays reachable and grows, and the chain that holds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from unknot.heap import Snapshot
from unknot.heap.chains import Chain, read_chain
from unknot.heap.holders import (
    Held,
    Hold,
    Mask,
    find_holds,
    grown_containers,
    new_objects,
    reachable_among,
)
from unknot.heap.labels import unlabelled
from unknot.measure.probe import Probe, Sized
from unknot.measure.roads import RUNNING, Roads, find_unseen, rooted, through
from unknot.measure.rounds import BLOCKS, Rounds
from unknot.records import Leak, Step

__all__ = ["Before", "find_leaks", "look"]

DICT = "builtins.dict"

MOST_LEAKS = 6
"""Holders of leaked objects, and containers that fill, that are named."""
MOST_HOLDERS = 12
"""Holders that are looked at: some hold no more than weak references to what others hold."""
MOST_TYPES = 12
"""Leaked types of one holder of which one is chosen to stand for all: the nearest to it."""
MOST_KEYS = 5000
"""Keys of a weak dictionary that are looked at."""

OWN_KEY = (
    "the value leads to the key of an entry in the same WeakKeyDictionary, so the dictionary "
    "itself keeps the key alive and the entry never goes; let the value refer to the key weakly"
)
UNTRACKED = (
    "blocks leak, and no container that can be seen fills: they are lost in C code, or held by an "
    "object of an extension type; tracking allocations (memray, tracemalloc) can locate them"
)


class Before(NamedTuple):
    """A process before the operations whose leaks are to be told."""

    heap: Snapshot
    dicts: Mapping[int, int]
    """Lengths of the dicts that no snapshot has."""
    sizes: Mapping[int, Sized]
    """The objects that can grow in place; empty where nothing does."""


def look(probe: Probe, growing: bool = False) -> Before:
    """The process as it is now; with what can grow in place, where something is ``growing``."""
    probe.label([])  # what naming needs is imported before anything is compared
    sizes = probe.sizes() if growing else {}
    return Before(dicts=probe.dicts(), sizes=sizes, heap=probe.snapshot())


def find_leaks(probe: Probe, rounds: Rounds, before: Before, ops: int) -> list[Leak]:
    """What ``ops`` operations since ``before`` leaked, by who holds it, the most objects first."""
    heap = probe.snapshot()
    new = new_objects(before.heap, heap)
    holds = find_holds(heap, new, rounds.leaked)[:MOST_HOLDERS]
    if holds:
        return _Leaks(probe, heap, new, rounds.leaked, holds).records()[:MOST_LEAKS]
    filling = [*_filling(probe, heap, before, ops), *_filling_dicts(probe, heap, before, ops)]
    if filling:
        return filling[:MOST_LEAKS]
    lost = rounds.per_op.blocks_leaked
    return [Leak(type=BLOCKS, per_op=lost, path=[], steps=[], note=UNTRACKED)]


def _filling(probe: Probe, heap: Snapshot, before: Before, ops: int) -> Iterator[Leak]:
    """Containers that gain what is not tracked."""
    grown = dict(islice(grown_containers(before.heap, heap, least=ops).items(), MOST_LEAKS))
    roads = Roads(probe, heap, grown)
    unseen = find_unseen(probe, heap, [roads.to(number)[0] for number in grown])
    for number, gained in grown.items():
        road = roads.to(number)
        chain = read_chain(heap, road, roads.labels)
        chain, note = rooted(probe, heap, unseen, road[0], chain)
        gains = f"it gains {gained / ops:g} {'reference' if gained == ops else 'references'} per op"
        yield _record(heap.type_names[heap.types[number]], chain, [gains, note])


def _filling_dicts(probe: Probe, heap: Snapshot, before: Before, ops: int) -> Iterator[Leak]:
    """Dicts of plain values that gain entries."""
    gained = {
        identity: length - before.dicts[identity]
        for identity, length in probe.dicts().items()
        if length - before.dicts.get(identity, length) >= ops
    }
    most = sorted(gained, key=lambda identity: -gained[identity])[:MOST_LEAKS]
    ids = frozenset(heap.ids.tolist())
    for identity, unseen in probe.find_unseen(most).items():
        chain = through(probe, heap, unseen, Chain((unlabelled(DICT),), ()))
        more = gained[identity] / ops
        gains = f"it gains {more:g} {'entry' if more == 1 else 'entries'} per op"
        yield _record(DICT, chain, [gains, None if unseen.root in ids else RUNNING])


class _Leaks:
    """What the holders hold, each told by the most telling type among it."""

    def __init__(
        self,
        probe: Probe,
        heap: Snapshot,
        new: Mask,
        leaked: Mapping[str, float],
        holds: Sequence[Hold],
    ) -> None:
        self._probe = probe
        self._heap = heap
        self._new = new
        self._leaked = leaked
        nearest = [sorted(hold.held, key=lambda held: len(held.chain)) for hold in holds]
        self._nearest = [held[:MOST_TYPES] for held in nearest]
        self._holds = holds
        every = [held for some in self._nearest for held in some]
        self._roads = Roads(
            probe,
            heap,
            {held.holder for held in every if held.holder is not None},
            [number for held in every for number in held.chain],
        )
        self._unseen = find_unseen(probe, heap, map(self._root, every))

    def records(self) -> list[Leak]:
        """One a holder. Weak references that are kept for what leaks go with it, and are none."""
        amounts = [sum(map(self._rate, hold.held)) for hold in self._holds]
        leaders = [self._followed(some) for some in self._nearest]
        followed = [at if at is None or leaders[at] is None else None for at in leaders]
        for at, leader in enumerate(followed):
            if leader is not None:
                amounts[leader] += amounts[at]
        found = [
            self._tell(some, amount)
            for some, amount, leader in zip(self._nearest, amounts, followed, strict=True)
            if leader is None
        ]
        return sorted(found, key=lambda leak: -leak.objects_per_op)

    def _rate(self, held: Held) -> float:
        return self._leaked[held.type] * held.share

    def _followed(self, some: Sequence[Held]) -> int | None:
        """The holder of what weak references refer to, where a weak container has these."""
        for held in some:
            if held.holder is None or len(held.chain) > 1 or not self._is_weak(held.holder):
                continue
            found = self._roads.labels.get(int(self._heap.ids[held.chain[0]]))
            referent = found.referent if found is not None else None
            for at, hold in enumerate(self._holds):
                if referent in hold.ids and self._nearest[at] is not some:
                    return at
        return None

    def _is_weak(self, holder: int) -> bool:
        """Whether that is what a WeakSet or weak dictionary keeps its entries in."""
        types = self._roads.types(holder)[-3:-1]  # the last is the set or dict, or its owner's dict
        return any(name.startswith(("weakref.Weak", "_weakrefset.")) for name in types)

    def _tell(self, some: Sequence[Held], amount: float) -> Leak:
        chains = {held: self._read(held) for held in some}
        held = min(some, key=lambda held: (chains[held].telling, len(held.chain), held.type))
        chain = chains[held]
        if self._holds_its_own_key(held):
            return _record(held.type, chain, [OWN_KEY], self._rate(held), amount)
        chain, note = rooted(self._probe, self._heap, self._unseen, self._root(held), chain)
        return _record(held.type, chain, [note], self._rate(held), amount)

    def _root(self, held: Held) -> int:
        return held.chain[0] if held.holder is None else self._roads.to(held.holder)[0]

    def _read(self, held: Held) -> Chain:
        if held.holder is None:
            return read_chain(self._heap, held.chain, self._roads.labels)
        road = self._roads.to(held.holder)
        return read_chain(
            self._heap,
            [*road, *held.chain],
            self._roads.labels,
            any_key=len(road) - 1 if held.scattered else None,
        )

    def _holds_its_own_key(self, held: Held) -> bool:
        """Whether it is held as a value of a weak dictionary that leads to its own key."""
        if held.holder is None:
            return False
        heap = self._heap
        if "weakref.WeakKeyDictionary" not in self._roads.types(held.holder)[-3:-1]:
            return False
        entries = heap.targets[heap.sources == held.holder]
        names = np.array(heap.type_names)[heap.types[entries]]
        keys = heap.ids[entries[(names == "weakref.ReferenceType") & self._new[entries]]]
        found = self._probe.label(keys[:MOST_KEYS].tolist())
        reached = reachable_among(heap, held.chain[0], self._new)
        return any(weak.referent in reached for weak in found.values())


def _record(
    type_name: str,
    chain: Chain,
    notes: Sequence[str | None],
    per_op: float = 0.0,
    objects_per_op: float = 0.0,
) -> Leak:
    steps = chain.steps
    return Leak(
        type=type_name,
        per_op=round(per_op, 9),  # what was added up in another order is the same
        objects_per_op=round(objects_per_op, 9),
        path=[step.text for step in steps],
        steps=[Step(source=step.source, label=step.label, target=step.target) for step in steps],
        note="; ".join(filter(None, notes)) or None,
    )

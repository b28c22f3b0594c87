"""What stays reachable and grows, and the chain that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from unknot.heap import Snapshot
from unknot.heap.chains import Chain, read_chain
from unknot.heap.holders import (
    Held,
    Hold,
    Mask,
    find_chains,
    find_holds,
    grown_containers,
    new_objects,
    reachable_among,
)
from unknot.heap.labels import Unseen, unlabelled
from unknot.measure.probe import Probe
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

OUT_OF_SIGHT = (
    "it has more references than objects and running functions in sight hold: it is held from C, "
    "by a registry there (as atexit's), by memory of an extension type, or by a reference that "
    "was never given back"
)
RUNNING = "a function that runs holds it"
OPAQUE = (
    "{holder} does not support the collector, which sees neither it nor what it holds; that "
    "reference was found in its memory"
)
OWN_KEY = (
    "the value leads to the key of an entry in the same WeakKeyDictionary, so the dictionary "
    "itself keeps the key alive and the entry never goes; let the value refer to the key weakly"
)
UNTRACKED = (
    "blocks leak, and no container in sight fills: they are lost in C code, or held by an object "
    "of an extension type, which tracking allocations (memray, tracemalloc) can locate"
)


class Before(NamedTuple):
    """A process before the operations whose leaks are to be told."""

    heap: Snapshot
    dicts: Mapping[int, int]
    """Lengths of the dicts that no snapshot has."""


def look(probe: Probe) -> Before:
    """The process as it is now."""
    probe.label([])  # what naming needs is imported before anything is compared
    return Before(dicts=probe.dicts(), heap=probe.snapshot())


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
    roads = _Roads(probe, heap, grown)
    for number, gained in grown.items():
        chain = read_chain(heap, roads.to(number), roads.labels)
        yield _record(
            heap.type_names[heap.types[number]], chain, [_gains(gained / ops, "reference", "s")]
        )


def _filling_dicts(probe: Probe, heap: Snapshot, before: Before, ops: int) -> Iterator[Leak]:
    """Dicts of plain values that gain entries."""
    gained = {
        identity: length - before.dicts[identity]
        for identity, length in probe.dicts().items()
        if length - before.dicts.get(identity, length) >= ops
    }
    most = sorted(gained, key=lambda identity: -gained[identity])[:MOST_LEAKS]
    for identity, unseen in probe.find_unseen(most).items():
        chain = _through(probe, heap, unseen, Chain((unlabelled(DICT),), ()))
        yield _record(DICT, chain, [_gains(gained[identity] / ops, "entr", "ies", "y")])


def _gains(rate: float, noun: str, plural: str, singular: str = "") -> str:
    return f"it gains {rate:g} {noun}{singular if rate == 1 else plural} per op"


def _through(probe: Probe, heap: Snapshot, unseen: Unseen, end: Chain) -> Chain:
    """The chain that leads to ``end`` by a reference that no snapshot has."""
    chain = Chain((unseen.holder, end.objects[0]), (unseen.reference,)) + end
    if unseen.keeper is not None:
        chain = Chain((unseen.keeper, unseen.holder), (unseen.kept,)) + chain
    place = np.flatnonzero(heap.ids == np.uint64(unseen.root))[:1].tolist()
    if not place:
        return chain
    roads = _Roads(probe, heap, place)
    return read_chain(heap, roads.to(place[0]), roads.labels) + chain


class _Roads:
    """How a module leads to some objects, with the names of all that is on the way."""

    def __init__(
        self, probe: Probe, heap: Snapshot, targets: Iterable[int], others: Iterable[int] = ()
    ) -> None:
        self._heap = heap
        self._chains = {target: find_chains(heap, target) for target in targets}
        numbers = [one for chains in self._chains.values() for chain in chains for one in chain]
        self.labels = probe.label(heap.ids[[*numbers, *others]].tolist())

    def to(self, target: int) -> list[int]:
        """The chain from the module that is best named: the one where a type on it is from."""
        return min(self._chains[target], key=self._order, default=[target])

    def _order(self, chain: list[int]) -> tuple[bool, int, int, str]:
        root = self.labels.get(int(self._heap.ids[chain[0]]))
        name = root.name if root is not None and root.name else ""
        homes = {self._heap.type_names[self._heap.types[one]].rpartition(".")[0] for one in chain}
        return name not in homes, len(chain), name.count("."), name


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
        self._roads = _Roads(
            probe,
            heap,
            {held.holder for held in every if held.holder is not None},
            [number for held in every for number in held.chain],
        )

    def records(self) -> list[Leak]:
        """One a holder. Weak references that are kept for what leaks go with it, and are none."""
        amounts = [sum(map(self._rate, hold.held)) for hold in self._holds]
        followed = [self._followed(some) for some in self._nearest]
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
        """The holder of what weak references refer to, if another one holds them."""
        for held in some:
            found = self._roads.labels.get(int(self._heap.ids[held.chain[-1]]))
            referent = found.referent if found is not None else None
            for at, hold in enumerate(self._holds):
                if referent in hold.ids and self._nearest[at] is not some:
                    return at
        return None

    def _tell(self, some: Sequence[Held], amount: float) -> Leak:
        chains = {held: self._read(held) for held in some}
        held = min(some, key=lambda held: (chains[held].telling, len(held.chain), held.type))
        chain, notes = chains[held], []
        if self._holds_its_own_key(held):
            notes.append(OWN_KEY)
        elif held.holder is None:
            chain, said = self._find_unseen(held, chain)
            notes.append(said)
        return _record(held.type, chain, notes, self._rate(held), amount)

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

    def _find_unseen(self, held: Held, chain: Chain) -> tuple[Chain, str]:
        """The chain from what the collector does not see, and what is to be said of that."""
        identity = int(self._heap.ids[held.chain[0]])
        unseen = self._probe.find_unseen([identity]).get(identity)
        if unseen is None:
            return chain, OUT_OF_SIGHT
        told = OPAQUE.format(holder=unseen.holder.type.removeprefix("builtins."))
        chain = _through(self._probe, self._heap, unseen, chain)
        return chain, RUNNING if unseen.keeper is None else told

    def _holds_its_own_key(self, held: Held) -> bool:
        """Whether it is held as a value of a weak dictionary that leads to its own key."""
        if held.holder is None:
            return False
        heap = self._heap
        types = [heap.type_names[heap.types[one]] for one in self._roads.to(held.holder)]
        if types[-2:] != ["weakref.WeakKeyDictionary", "builtins.dict"]:
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
    notes: Sequence[str],
    per_op: float = 0.0,
    objects_per_op: float = 0.0,
) -> Leak:
    steps = chain.steps
    return Leak(
        type=type_name,
        per_op=per_op,
        objects_per_op=objects_per_op,
        path=[step.text for step in steps],
        steps=[Step(source=step.source, label=step.label, target=step.target) for step in steps],
        note="; ".join(notes) or None,
    )

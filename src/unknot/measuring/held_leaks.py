"""Groups leaks by holder: one record per holder, described by its most informative object."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from unknot.heap import Snapshot
from unknot.heap.chains import Chain, read_chain
from unknot.heap.folding import CONTAINERS
from unknot.heap.holders import Held, Hold, path_among
from unknot.heap.labels import CodeOrigin, LabelledObject
from unknot.heap.leak_advice import HAMT, LeakPath, unite
from unknot.heap.snapshot import Mask
from unknot.heap.weights import Weights
from unknot.measuring.causes import Causes, amount_of, rate_of
from unknot.measuring.leak_records import add_advice, leak_of
from unknot.measuring.probe import NO_REGISTRATION, Probe
from unknot.measuring.roads import OUT_OF_SIGHT, Roads, find_unseen, rooted
from unknot.records import Leak

__all__ = ["HeldLeaks"]

DICT = "builtins.dict"

MOST_HOLDERS = 12
"""Maximum number of holders to examine: some hold only weak references to leaked objects."""
MOST_TYPES = 12
"""Maximum number of a holder's leaked types to choose from, those nearest to it."""
MOST_KEYS = 5000
"""Maximum number of a weak dictionary's keys to examine."""
AS_WELL = "`{}` holds them as well: to clear one of both is not enough"
CAUSED = -1
"""Stands for a holder that is a running task or thread."""
REGISTRIES = {
    "atexit": "`atexit` keeps it, in C",
    "fork": "`os.register_at_fork` keeps it, in C",
    "signal": "it is a signal handler, which `signal.signal` keeps in C",
}
"""Notes on a registered object, by registry."""
OWN_KEY = (
    "the value leads to the key of its own entry in the weak dictionary, so the dictionary "
    "itself keeps the key alive and the entry never goes"
)
CUT_FROM_KEY = "Remove `{cut}`, or let it refer weakly."


class HeldLeaks:
    """The holders of leaked objects, each described by its most informative type."""

    def __init__(self, probe: Probe, heap: Snapshot, new: Mask, causes: Causes) -> None:
        self._probe = probe
        self._heap = heap
        self._new = new
        self._leaked = causes.leaked
        self._bounded = causes.bounded
        self._caused = frozenset(np.flatnonzero(causes.hanging).tolist())
        """The leaks caused by tasks and threads that still run."""
        holds = causes.holds[:MOST_HOLDERS]
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

    def records(self, running: Mapping[int, str], weights: Weights) -> list[Leak]:
        """One record per holder; weak references to leaked objects are merged into its record.

        ``running`` describes, by number, running objects that the holder keeps.
        ``weights`` are those of all leaked objects.
        """
        amounts = [amount_of(hold, self._leaked) for hold in self._holds]
        leaders = [self._followed(some) for some in self._nearest]
        leaders = [
            self._above(at) if leader is None else leader for at, leader in enumerate(leaders)
        ]
        caused = [at == CAUSED for at in leaders]
        leaders = [None if at == CAUSED else at for at in leaders]
        followed = [at if at is None or leaders[at] is None else None for at in leaders]
        for at, leader in enumerate(followed):
            if leader is not None:
                amounts[leader] += amounts[at]
        octets = self._weigh(weights, followed)
        found = [
            replace(
                self._tell(some, amount, *self._running(hold, running)),
                bytes_per_op=round(weight * amount / max(number, 1), 9),
            )
            for hold, some, amount, leader, is_caused, (weight, number) in zip(
                self._holds, self._nearest, amounts, followed, caused, octets, strict=True
            )
            if leader is None and not is_caused
        ]
        return sorted(unite(found), key=lambda leak: -leak.objects_per_op)

    def _weigh(self, weights: Weights, followed: Sequence[int | None]) -> list[tuple[int, int]]:
        """Bytes and objects that each holder keeps, with those that follow it."""
        groups = {
            member: at if leader is None else leader
            for at, (hold, leader) in enumerate(zip(self._holds, followed, strict=True))
            for member in hold.members
        }
        octets: list[int] = weights.split(groups, len(self._holds)).tolist()
        numbers = Counter(groups.values())
        return [(weight, numbers[at]) for at, weight in enumerate(octets)]

    def _rate(self, held: Held) -> float:
        return rate_of(held, self._leaked)

    def _followed(self, some: Sequence[Held]) -> int | None:
        """The holder of what weak references refer to, where a weak container has these."""
        for held in some:
            found = self._roads.labels.get(held.chain[0])
            if held.holder is not None and (
                len(held.chain) > 1 or not (self._is_weak(held.holder) or _ends_by_itself(found))
            ):
                continue
            referent = found.referent if found is not None else None
            if referent in self._caused:
                return CAUSED
            for at, hold in enumerate(self._holds):
                if referent in hold.members and self._nearest[at] is not some:
                    return at
        return None

    def _above(self, at: int) -> int | None:
        """The holder that keeps the holder of this one, and more objects of the same types.

        This occurs if an entry seems old, because it has the address of a freed one.
        """
        mine = {held.type for held in self._holds[at].held}
        road = self._road_of(at)
        for other, hold in enumerate(self._holds):
            theirs = [held.holder for held in hold.held]
            more = len(hold.members) > len(self._holds[at].members)
            alike = other != at and mine <= {held.type for held in hold.held}
            if alike and more and any(holder in road[:-1] for holder in theirs):
                return other
        return None

    def _road_of(self, at: int) -> list[int]:
        holder = self._nearest[at][0].holder
        return [] if holder is None else self._roads.to(holder)

    def _is_weak(self, holder: int) -> bool:
        """Whether it is the container in which a WeakSet or weak dictionary keeps its entries."""
        road = self._roads.types(holder)
        if road == [DICT]:  # C holds it: that of a class's subclasses, of what C is told of
            return True
        types = road[-3:-1]  # the last is the set or dict, or its owner's dict
        return any(name.startswith(("weakref.Weak", "_weakrefset.")) for name in types)

    def _running(self, hold: Hold, running: Mapping[int, str]) -> tuple[str | None, str]:
        """The note on a task or thread among the objects that a holder keeps, and its type."""
        for place, said in running.items():
            if place in hold.members:
                return said, self._heap.type_names[self._heap.types[place]]
        return None, ""

    def _tell(self, some: Sequence[Held], amount: float, runs: str | None, runner: str) -> Leak:
        chains = {held: self._read(held) for held in some}
        held = min(some, key=lambda held: (*_obscurity(held, chains[held]), held.type))
        chain = chains[held]
        to_key = self._way_to_own_key(held)
        if to_key:
            return self._tell_key(held, to_key, amount)
        root = self._root(held)
        chain, note = rooted(self._probe, self._heap, self._unseen, root, chain)
        holder = len(chain.objects) - len(held.chain) - 1
        path = LeakPath(chain, holder if holder >= 0 else None)
        registration = NO_REGISTRATION
        if note == OUT_OF_SIGHT:
            registration = self._probe.registration(self._heap, root, path.all_packages)
            path = dataclasses.replace(path, registry=registration.registry)
            note = REGISTRIES.get(registration.registry or "", note)
        notes = [note, runs, self._held_as_well(held)]
        record = leak_of(held.type, chain, notes, self._rate(held), amount)
        record = replace(record, runner=runner)
        return add_advice(self._probe, record, path, registration.places)

    def _held_as_well(self, held: Held) -> str | None:
        """A note on another container with the same objects: clearing only one is not enough."""
        heap, first = self._heap, held.chain[0]
        if held.holder is None:
            return None
        entries = np.bincount(heap.sources[self._new[heap.targets]], minlength=len(heap))
        others = np.setdiff1d(heap.sources[heap.targets == first], [held.holder])
        for other in others[np.argsort(-entries[others], kind="stable")].tolist():
            is_container = heap.type_names[heap.types[other]] in CONTAINERS
            many = 2 * entries[other] >= entries[held.holder] and entries[other] > 1
            if is_container and many and not self._new[other] and not self._bounded[other]:
                roads = Roads(self._probe, heap, [other])
                chain = read_chain(heap, roads.to(other), roads.labels)
                if chain.objects[0].origin is CodeOrigin.APPLICATION and chain.steps:
                    return AS_WELL.format(" → ".join(step.text for step in chain.steps))
        return None

    def _tell_key(self, held: Held, to_key: Sequence[int], amount: float) -> Leak:
        """The leak of a weak dictionary's entry whose value leads to its own key."""
        assert held.holder is not None
        road = self._roads.to(held.holder)
        # What was named before keeps its names: it may have been given a dict by that.
        labels = {**self._probe.label(self._heap, to_key), **self._roads.labels}
        chain = read_chain(self._heap, [*road, *to_key], labels, any_key=len(road) - 1)
        steps = [step.text for step in read_chain(self._heap, to_key, labels).steps]
        cut = next((step for step in steps if not step.endswith("[…]")), steps[0])
        key = self._heap.type_names[self._heap.types[to_key[-1]]]
        same = next((each for each in self._held_with(held) if each.type == key), held)
        record = leak_of(key, chain, [OWN_KEY], self._rate(same), amount)
        return replace(record, advice=CUT_FROM_KEY.format(cut=cut))

    def _held_with(self, held: Held) -> Sequence[Held]:
        return next(hold.held for hold in self._holds if held in hold.held)

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

    def _way_to_own_key(self, held: Held) -> list[int]:
        """The path from a weak dictionary's value to its own key; empty if there is none."""
        if held.holder is None:
            return []
        heap = self._heap
        entries = heap.targets[heap.sources == held.holder]
        names = np.array(heap.type_names)[heap.types[entries]]
        keys = entries[(names == "weakref.ReferenceType") & self._new[entries]]
        found = self._probe.label(heap, keys[:MOST_KEYS].tolist())
        referents = {weak.referent for weak in found.values() if weak.referent is not None}
        return path_among(heap, held.chain[0], referents, self._new)


def _obscurity(held: Held, chain: Chain) -> tuple[bool, int, int]:
    """How little it tells to name such an object; the least is best."""
    return HAMT in held.type, chain.obscurity, len(held.chain)


def _ends_by_itself(found: LabelledObject | None) -> bool:
    """Whether it is a weak reference with a callback, which removes it from its container."""
    return found is not None and found.referent is not None and bool(found.references)

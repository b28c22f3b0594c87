"""Examines one process of a cell after all counting is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from unknot.heap import GarbageGraph, Snapshot, Traits, parse_labels, parse_traits
from unknot.heap.labels import Labels, Unseen
from unknot.heap.replies import parse_unseen
from unknot.heap.snapshot import Identity
from unknot.heap.weights import Weights
from unknot.measuring.duties import Answer, Count, Duty
from unknot.measuring.heap_duties import (
    FindFillers,
    FindRegistration,
    FindRunning,
    FindUnseen,
    Label,
    MeasureDicts,
    MeasureSizes,
    MeasureSizesOf,
    Place,
    ReadTraits,
    RunningReply,
    RunningTask,
    TakeSnapshot,
    Weigh,
)
from unknot.measuring.places import shorten
from unknot.measuring.processes import Answers

__all__ = [
    "NO_REGISTRATION",
    "Filler",
    "Followed",
    "Gain",
    "Gone",
    "Growth",
    "Heap",
    "Probe",
    "Registration",
    "Running",
    "Sizes",
    "shortened",
]


MOST_UNSEEN = 6
"""Maximum number of objects for whose holders the agent searches all memory at once."""

Reply = TypeVar("Reply")
LabelsReply = TypeVar("LabelsReply", bound=Mapping[str, Any])


class Filler(NamedTuple):
    """A line that may add entries to a container."""

    function: str
    where: str
    is_own: bool
    """Whether it is the application's code."""


class Registration(NamedTuple):
    """The C-level registry that holds an object, and the lines that register it."""

    registry: str | None
    """``atexit``, ``fork`` or ``signal``; ``None`` if that is not known."""
    places: list[Filler]


NO_REGISTRATION = Registration(None, [])


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """What runs in a process, and the containers expected to hold it, by place."""

    tasks: Mapping[int, RunningTask]
    registries: Sequence[int]
    """Containers that hold every running task or thread."""
    bounded: Sequence[int]
    own: Sequence[int]
    """The agent's own coroutines."""

    @classmethod
    def in_snapshot(cls, reply: RunningReply, heap: Snapshot) -> Running:
        """What the reply names and the snapshot has, in the order of the snapshot."""
        tasks = {one["id"]: one for one in reply["running"]}
        found = heap.places(tasks)
        return cls(
            tasks={place: tasks[identity] for identity, place in found.items()},
            registries=[*heap.places(reply["registries"]).values()],
            bounded=[*heap.places(reply["bounded"]).values()],
            own=[*heap.places(reply["own"]).values()],
        )


DICT = "builtins.dict"

Followed = frozenset[Identity]
"""A few objects that can be asked for again, after the snapshot that they were found in."""
Growth = Mapping[Identity, float]
"""The bytes per operation by which each of them grows in place."""


class Gained(NamedTuple):
    """An object that gained something, as the agent knows it; only :class:`.Probe` can find it."""

    identity: Identity
    type: str
    amount: int


class Gain(NamedTuple):
    """What an object gained, and where that is."""

    type: str
    amount: int
    place: int | None
    """``None`` if the object is not in the snapshot."""
    unseen: Unseen | None
    """What holds it then."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much each of some objects holds, those too that no snapshot shows."""

    of: Mapping[Identity, int] = field(default_factory=dict)
    types: Mapping[Identity, str] = field(default_factory=dict)
    """Where they are not all dicts."""

    def gained(self, before: Sizes, least: float) -> Sequence[Gained]:
        """Those that hold ``least`` more than they did ``before``, most gained first."""
        gained = {
            identity: size - before.of[identity]
            for identity, size in self.of.items()
            if identity in before.of and size - before.of[identity] >= least
        }
        most = sorted(gained, key=lambda identity: -gained[identity])
        return [Gained(one, self.types.get(one, DICT), gained[one]) for one in most]

    def growth(self, before: Sizes, ops: int) -> Growth:
        """What each that there was ``before`` gained in ``ops`` operations."""
        both = self.of.keys() & before.of.keys()
        return {identity: (self.of[identity] - before.of[identity]) / ops for identity in both}


class Gone(Exception):
    """The process has ended."""


class Heap(Protocol):
    """A heap in which cycles can be found: that of a live process, or a dump."""

    def snapshot(self, *, keep: bool = False) -> Snapshot: ...

    def traits(self, graph: GarbageGraph) -> Traits: ...

    def weigh(self, heap: Snapshot, places: Sequence[int]) -> Weights: ...

    def label(self, heap: Snapshot, places: Sequence[int]) -> Labels: ...


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks one process and parses its replies. Methods raise :class:`Gone`.

    Only this class translates places in a snapshot to the agent's identities, and back.
    """

    family: Answers
    number: int
    normal: bool = True
    """Whether each snapshot is preceded by passes of the collector, which free nothing."""

    def ask(self, duty: Duty[Reply]) -> Answer[Reply]:
        answer = self.family.ask_one(self.number, duty)
        if answer is None:
            raise Gone
        return answer

    def snapshot(self, *, keep: bool = False) -> Snapshot:
        """The heap. ``keep`` its objects until their traits are requested."""
        if self.normal:
            self.ask(Count())
        return Snapshot.from_raw(*self.ask(TakeSnapshot(keep=keep)))

    def traits(self, graph: GarbageGraph) -> Traits:
        """Traits of the objects in the graph's cycles, from the snapshot that was kept."""
        named = graph.select_named()
        return parse_traits(*self.ask(ReadTraits(order=named.order.hex(), runs=named.runs)), graph)

    def weigh(self, heap: Snapshot, places: Sequence[int]) -> Weights:
        """Weights of those objects, including untracked objects that only they hold."""
        return Weights.from_raw(*self.ask(Weigh(ids=heap.identities(places))), heap)

    def rehearse(self) -> None:
        """Have the agent import what naming needs, so that no later look sees the imports.

        Nor the dicts of tasks and threads that run: those are made when they are read.
        """
        self.ask(Label(ids=[]))
        self.running()

    def label(self, heap: Snapshot, places: Iterable[int]) -> Labels:
        reply, _ = self.ask(Label(ids=heap.identities(dict.fromkeys(places))))
        return parse_labels(shortened(reply), heap)

    def dicts(self) -> Sizes:
        """Lengths of all dicts, untracked ones too."""
        _, (ids, lengths) = self.ask(MeasureDicts())
        columns = (np.frombuffer(column, dtype=np.uint64).tolist() for column in (ids, lengths))
        return Sizes(dict(zip(*columns, strict=True)))

    def sizes(self) -> Sizes:
        """Bytes of the objects that can grow in place."""
        message, arrays = self.ask(MeasureSizes())
        ids, sizes, types = (np.frombuffer(column, dtype=np.uint64).tolist() for column in arrays)
        names = (message["names"][str(each)] for each in types)
        return Sizes(dict(zip(ids, sizes, strict=True)), dict(zip(ids, names, strict=True)))

    def follow(self, heap: Snapshot, places: Sequence[int]) -> Followed:
        """The objects at these places."""
        return frozenset(heap.identities(places))

    def sizes_of(self, followed: Followed, *, keep: bool = False) -> Sizes:
        """Bytes of those objects that are still there and can grow in place.

        ``keep`` them until they are asked for again.
        """
        order = MeasureSizesOf(ids=sorted(followed), keep=keep)
        return Sizes(dict(self.ask(order)[0]["sizes"]))

    def locate(self, heap: Snapshot, gained: Iterable[Gained]) -> list[Gain]:
        """The places of those objects, without those that nothing is known to hold.

        The agent searches for the first few objects that are not in the snapshot.
        """
        gained = list(gained)
        places = heap.places(one.identity for one in gained)
        others = [one.identity for one in gained if one.identity not in places][:MOST_UNSEEN]
        unseen = self._find_unseen(heap, others)
        return [
            Gain(one.type, one.amount, places.get(one.identity), unseen.get(one.identity))
            for one in gained
            if one.identity in places or one.identity in unseen
        ]

    def running(self) -> RunningReply:
        """The running tasks and threads, and the bounded caches."""
        reply, _ = self.ask(FindRunning())
        for one in reply["running"]:
            one["where"] = one["where"] and shorten(one["where"])
        return reply

    def fillers(self, name: str, attribute: bool, packages: Sequence[str]) -> list[Filler]:
        """The lines that may add entries to a container of that name, the application's first."""
        order = FindFillers(name=name, attribute=attribute, packages=packages)
        reply, _ = self.ask(order)
        return _read_fillers(reply["fillers"])

    def registration(self, heap: Snapshot, place: int, packages: Sequence[str]) -> Registration:
        """The C-level registry that holds an object, and the lines that register there."""
        (identity,) = heap.identities([place])
        reply, _ = self.ask(FindRegistration(identity=identity, packages=packages))
        return Registration(reply["registry"], _read_fillers(reply["places"]))

    def find_unseen(self, heap: Snapshot, places: Iterable[int]) -> Mapping[int, Unseen]:
        """Holders of those objects that no snapshot shows, by the place of the object."""
        found = self._find_unseen(heap, heap.identities(dict.fromkeys(places)))
        placed = heap.places(found)
        return {placed[identity]: unseen for identity, unseen in found.items()}

    def _find_unseen(self, heap: Snapshot, ids: Sequence[Identity]) -> Mapping[Identity, Unseen]:
        if not ids:
            return {}
        reply, _ = self.ask(FindUnseen(ids=ids))
        return parse_unseen(shortened(reply), heap)


def _read_fillers(places: Sequence[Place]) -> list[Filler]:
    return [Filler(one["function"], shorten(one["where"]), one["own"]) for one in places]


def shortened(reply: LabelsReply) -> LabelsReply:
    """The reply to a request for labels, its paths shortened in place."""
    for found in reply["objects"]:
        found["where"] = found["where"] and shorten(found["where"])
        found["stores"] = {name: shorten(where) for name, where in found["stores"].items()}
    return reply

"""Examines one process of a cell after all counting is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from unknot.heap import GarbageGraph, Snapshot, Traits
from unknot.heap.labels import Labels, Unseen, parse_labels, parse_unseen
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
    Place,
    ReadTraits,
    RunningReply,
    TakeSnapshot,
    Weigh,
)
from unknot.measuring.places import shorten
from unknot.measuring.processes import Answers

__all__ = [
    "NO_REGISTRATION",
    "Filler",
    "Gone",
    "Heap",
    "Probe",
    "Registration",
    "Sized",
    "shortened",
]


Reply = TypeVar("Reply")
LabelsReply = TypeVar("LabelsReply", bound=Mapping[str, Any])


class Sized(NamedTuple):
    """The type of an object and its size in bytes."""

    type: str
    size: int


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


class Gone(Exception):
    """The process that was asked has ended."""


class Heap(Protocol):
    """A heap in which cycles can be found: that of a live process, or a dump."""

    def snapshot(self, *, keep: bool = False) -> Snapshot: ...

    def traits(self, graph: GarbageGraph) -> Traits: ...

    def weigh(self, ids: Sequence[int]) -> Weights: ...

    def label(self, ids: Sequence[int]) -> Labels: ...


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks one process and parses its replies. Methods raise :class:`Gone`."""

    family: Answers
    number: int

    def ask(self, duty: Duty[Reply]) -> Answer[Reply]:
        answer = self.family.ask_one(self.number, duty)
        if answer is None:
            raise Gone
        return answer

    def snapshot(self, *, keep: bool = False) -> Snapshot:
        """The heap in normal form. ``keep`` its objects until their traits are asked for."""
        self.ask(Count())
        return Snapshot.from_raw(*self.ask(TakeSnapshot(keep=keep)))

    def traits(self, graph: GarbageGraph) -> Traits:
        """Traits of the objects in the graph's cycles, from the snapshot that was kept."""
        chosen = graph.select_named().tobytes().hex()
        return Traits.from_raw(*self.ask(ReadTraits(chosen=chosen)))

    def weigh(self, ids: Sequence[int]) -> Weights:
        """Weights of those tracked objects, including untracked objects that only they hold."""
        return Weights.from_raw(*self.ask(Weigh(ids=ids)))

    def label(self, ids: Sequence[int]) -> Labels:
        reply, _ = self.ask(Label(ids=list(dict.fromkeys(ids))))
        return parse_labels(shortened(reply))

    def dicts(self) -> dict[int, int]:
        """Lengths of all dicts by identity, untracked ones too."""
        _, (ids, lengths) = self.ask(MeasureDicts())
        columns = (np.frombuffer(column, dtype=np.uint64).tolist() for column in (ids, lengths))
        return dict(zip(*columns, strict=True))

    def sizes(self) -> dict[int, Sized]:
        """The objects that can grow in place, by identity."""
        message, arrays = self.ask(MeasureSizes())
        ids, sizes, types = (np.frombuffer(column, dtype=np.uint64).tolist() for column in arrays)
        names = (message["names"][str(each)] for each in types)
        return dict(zip(ids, map(Sized, names, sizes), strict=True))

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

    def registration(self, identity: int, packages: Sequence[str]) -> Registration:
        """The C-level registry that holds an object, and the lines that register there."""
        reply, _ = self.ask(FindRegistration(identity=identity, packages=packages))
        return Registration(reply["registry"], _read_fillers(reply["places"]))

    def find_unseen(self, ids: Sequence[int]) -> Mapping[int, Unseen]:
        """Holders of those objects that no snapshot shows, by the identity of the object."""
        reply, _ = self.ask(FindUnseen(ids=ids))
        return parse_unseen(shortened(reply))


def _read_fillers(places: Sequence[Place]) -> list[Filler]:
    return [Filler(one["function"], shorten(one["where"]), one["own"]) for one in places]


def shortened(reply: LabelsReply) -> LabelsReply:
    """The reply to a request for labels, its paths shortened in place."""
    for found in reply["objects"]:
        found["where"] = found["where"] and shorten(found["where"])
        found["stores"] = {name: shorten(where) for name, where in found["stores"].items()}
    return reply

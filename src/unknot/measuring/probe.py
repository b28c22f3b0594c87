"""One process of a cell, to look into once all counting is done."""

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
    """The type of an object, and how many bytes it has."""

    type: str
    size: int


class Filler(NamedTuple):
    """Code that puts something into a container."""

    function: str
    where: str
    is_own: bool
    """Whether it is the application's."""


class Registration(NamedTuple):
    """What the interpreter keeps something for that the program registered."""

    registry: str | None
    """``atexit``, ``fork`` or ``signal``; ``None`` if that is not known."""
    places: list[Filler]


NO_REGISTRATION = Registration(None, [])


class Gone(Exception):
    """The process that was asked has ended."""


class Heap(Protocol):
    """What cycles are found in: a process that answers, or what is kept of one."""

    def snapshot(self, *, keep: bool = False) -> Snapshot: ...

    def traits(self, graph: GarbageGraph) -> Traits: ...

    def weigh(self, ids: Sequence[int]) -> Weights: ...

    def label(self, ids: Sequence[int]) -> Labels: ...


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks one process of the family, and reads the answers."""

    family: Answers
    number: int

    def ask(self, duty: Duty[Reply]) -> Answer[Reply]:
        answer = self.family.ask_one(self.number, duty)
        if answer is None:
            raise Gone
        return answer

    def snapshot(self, *, keep: bool = False) -> Snapshot:
        """The heap, in normal form; ``keep`` its objects until their traits are asked for."""
        self.ask(Count())
        return Snapshot.from_raw(*self.ask(TakeSnapshot(keep=keep)))

    def traits(self, graph: GarbageGraph) -> Traits:
        """What distinguishes objects of the snapshot that was kept: those in cycles of a graph."""
        chosen = graph.select_named().tobytes().hex()
        return Traits.from_raw(*self.ask(ReadTraits(chosen=chosen)))

    def weigh(self, ids: Sequence[int]) -> Weights:
        """How many bytes those tracked objects have, and what goes with them."""
        return Weights.from_raw(*self.ask(Weigh(ids=ids)))

    def label(self, ids: Sequence[int]) -> Labels:
        reply, _ = self.ask(Label(ids=list(dict.fromkeys(ids))))
        return parse_labels(shortened(reply))

    def dicts(self) -> dict[int, int]:
        """Lengths, by identity, of the dicts that hold plain values alone: no snapshot has them."""
        _, (ids, lengths) = self.ask(MeasureDicts())
        columns = (np.frombuffer(column, dtype=np.uint64).tolist() for column in (ids, lengths))
        return dict(zip(*columns, strict=True))

    def sizes(self) -> dict[int, Sized]:
        """By identity, the objects that can grow in place."""
        message, arrays = self.ask(MeasureSizes())
        ids, sizes, types = (np.frombuffer(column, dtype=np.uint64).tolist() for column in arrays)
        names = (message["names"][str(each)] for each in types)
        return dict(zip(ids, map(Sized, names, sizes), strict=True))

    def running(self) -> RunningReply:
        """What tasks and threads still run, and what caches have a bound."""
        reply, _ = self.ask(FindRunning())
        for one in reply["running"]:
            one["where"] = one["where"] and shorten(one["where"])
        return reply

    def fillers(self, name: str, attribute: bool, packages: Sequence[str]) -> list[Filler]:
        """The lines that may put something into a container of that name; one's own first."""
        order = FindFillers(name=name, attribute=attribute, packages=packages)
        reply, _ = self.ask(order)
        return _read_fillers(reply["fillers"])

    def registration(self, identity: int, packages: Sequence[str]) -> Registration:
        """What the interpreter keeps an object for that C holds, and the lines that register."""
        reply, _ = self.ask(FindRegistration(identity=identity, packages=packages))
        return Registration(reply["registry"], _read_fillers(reply["places"]))

    def find_unseen(self, ids: Sequence[int]) -> Mapping[int, Unseen]:
        """By identity, who holds objects where no snapshot has the reference."""
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

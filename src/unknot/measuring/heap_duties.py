"""Orders to agents about their heaps; see :mod:`unknot.measuring.duties`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from unknot.heap.snapshot import Identity
from unknot.measuring.duties import Done, Duty

__all__ = [
    "FindFillers",
    "FindRegistration",
    "FindRunning",
    "FindUnseen",
    "Hold",
    "Label",
    "LabelReply",
    "Labelled",
    "MeasureBounds",
    "MeasureDicts",
    "MeasureSizes",
    "MeasureSizesOf",
    "Place",
    "ReadTraits",
    "RunningReply",
    "RunningTask",
    "TakeSnapshot",
    "Weigh",
]


class HeapReply(TypedDict):
    fields: list[str]
    names: dict[str, str]
    fence: int
    overhead: int


class TakeSnapshot(Duty[HeapReply], tag="snapshot"):
    keep: bool = False
    """Whether to keep the objects until their traits are requested."""


class TraitsReply(TypedDict):
    texts: list[tuple[str, str, str, int, int]]
    positioned: list[tuple[int, int, list[tuple[int, int]]]]


class ReadTraits(Duty[TraitsReply], tag="traits"):
    """See :class:`unknot.heap.graph.NamedObjects`, of the objects that were kept."""

    order: str
    """Hexadecimal."""
    runs: Sequence[tuple[int, int | None]]


class WeightsReply(TypedDict):
    fence: int
    overhead: int
    tracked: int


class Weigh(Duty[WeightsReply], tag="weigh"):
    ids: Sequence[Identity]


class NamedReference(TypedDict):
    to: Identity
    kind: str
    name: str | None
    index: NotRequired[int | None]
    key: NotRequired[str | None]


class Stored(TypedDict):
    """The code that stores an attribute."""

    origin: str
    package: str
    hands_itself: bool


class Labelled(TypedDict):
    """One object, as :mod:`unknot.agent.labels` describes it."""

    id: Identity
    type: str
    origin: str
    package: str | None
    where: str | None
    name: str | None
    exception: bool
    state: str | None
    freevars: list[str]
    referent: Identity | None
    references: list[NamedReference]
    fixed: bool
    through_dict: list[NamedReference]
    stores: dict[str, str]
    given: dict[str, Stored]


class LabelReply(TypedDict):
    objects: list[Labelled]


class Label(Duty[LabelReply], tag="label"):
    ids: Sequence[Identity]


class Hold(TypedDict):
    id: Identity
    holder: Identity
    kind: str
    name: str | None
    keeper: Identity | None


class UnseenReply(LabelReply):
    holds: list[Hold]


class FindUnseen(Duty[UnseenReply], tag="unseen"):
    ids: Sequence[Identity]


class MeasureDicts(Duty[Done], tag="dicts"):
    pass


class SizesReply(TypedDict):
    names: dict[str, str]


class MeasureSizes(Duty[SizesReply], tag="sizes"):
    pass


class SizesOfReply(TypedDict):
    sizes: list[tuple[Identity, int]]


class MeasureSizesOf(Duty[SizesOfReply], tag="sizes of"):
    ids: Sequence[Identity]
    keep: bool = False


class BoundsReply(TypedDict):
    bounds: list[tuple[Identity, str, int, int]]
    """Identity, name, length and bound of each container."""


class MeasureBounds(Duty[BoundsReply], tag="bounds"):
    pass


class RunningTask(TypedDict):
    """A task or thread that still runs."""

    id: Identity
    kind: str
    runs: str
    where: str | None
    function: str


class RunningReply(TypedDict):
    """Tasks and threads that still run, and identities of what holds them or has a bound."""

    running: list[RunningTask]
    registries: list[Identity]
    bounded: list[Identity]
    own: list[Identity]


class FindRunning(Duty[RunningReply], tag="running"):
    pass


class Place(TypedDict):
    function: str
    where: str
    own: bool


class FillersReply(TypedDict):
    fillers: list[Place]


class FindFillers(Duty[FillersReply], tag="fillers"):
    name: str
    attribute: bool
    packages: Sequence[str]


class RegistrationReply(TypedDict):
    registry: str | None
    places: list[Place]


class FindRegistration(Duty[RegistrationReply], tag="registration"):
    identity: Identity
    packages: Sequence[str]

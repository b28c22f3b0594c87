"""The orders to agents: a record for each duty, and the type of its reply.

The names and arguments of the duties are those of :class:`unknot.agent.duties.Duties`, of
:mod:`unknot.measuring.tracer` and of :class:`unknot.pytest_plugin.instrument.Instrument`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Annotated, Any, Generic, NotRequired, TypedDict, TypeVar, cast, get_args

import msgspec

from unknot.agent.channel import BadMessage
from unknot.records import GcMode

__all__ = [
    "Answer",
    "BeginOperations",
    "Close",
    "Collect",
    "Collected",
    "Count",
    "Counted",
    "Done",
    "Duty",
    "EndOperations",
    "Force",
    "Freeze",
    "Greet",
    "Greeting",
    "OpenWorkload",
    "PassesReply",
    "RunOperations",
    "Settle",
    "StartLog",
    "StopLog",
    "TakeCensus",
    "Thaw",
    "Welcome",
]

Reply = TypeVar("Reply", covariant=True)
Answer = tuple[Reply, list[bytearray]]
"""A reply, and the arrays that came with it."""


class Duty(msgspec.Struct, Generic[Reply], kw_only=True, tag_field="do"):
    """One duty with its arguments."""

    def __init_subclass__(cls) -> None:
        # msgspec leaves a cycle when it first reads a type: now, and not in the middle of a look.
        with contextlib.suppress(msgspec.ValidationError):
            msgspec.convert(None, cls._reply())

    @classmethod
    def _reply(cls) -> Any:
        (base,) = cls.__dict__["__orig_bases__"]
        return get_args(base)[0]

    def message(self) -> dict[str, Any]:
        """The message that orders it."""
        order: dict[str, Any] = msgspec.to_builtins(self)
        return order

    def read(self, reply: Mapping[str, Any]) -> Reply:
        """``reply``, which may have additional fields.

        Raises :class:`~unknot.agent.channel.BadMessage` if it cannot be the reply to this duty.
        """
        config: Any = self.__struct_config__
        try:
            msgspec.convert(reply, self._reply())
        except msgspec.ValidationError as error:
            raise BadMessage(f"the answer to {config.tag!r}: {error}") from None
        return cast(Reply, reply)


Number = Annotated[int, msgspec.Meta(ge=0)]


class Done(TypedDict):
    """A reply without contents."""


class Greeting(TypedDict):
    """The first message of a process: facts about its interpreter."""

    pid: int
    python: str
    build: str
    free_threaded: bool
    gc_thresholds: list[int]
    collector: str
    jit: bool


class Greet(Duty[Greeting], tag="greet"):
    """Never ordered: a process greets unprompted once it has started."""


class OpenWorkload(Duty[Done], tag="open"):
    """Open a workload in the process. It is the first order."""

    workload: str
    parameters: Mapping[str, str]
    backend: str
    in_flight: int
    children: str | None
    """The address at which agents in child processes report."""
    time_limit: float


class Welcome(Duty[Done], tag="welcome"):
    """Admits a child process, which sends no reply."""

    gc_mode: GcMode


class Close(Duty[Done], tag="close"):
    pass


class Ran(TypedDict):
    seconds: Annotated[float, msgspec.Meta(ge=0)]
    passes: NotRequired[Number]
    """Passes of the collector meanwhile."""


class RunOperations(Duty[Ran], tag="run"):
    ops: int
    gc_mode: GcMode = "off"


class BeginOperations(Duty[Done], tag="begin"):
    """Prepare a child process for operations; ``position`` of them have run before."""

    gc_mode: GcMode
    position: int


class EndOperations(Duty[Done], tag="end"):
    pass


class Collected(TypedDict):
    settled: bool


class Collect(Duty[Collected], tag="collect"):
    """Collect to a fixed point."""


class Settled(Collected):
    alone: bool
    """Whether nothing but operations can change the counts."""


class Settle(Duty[Settled], tag="settle"):
    """Wait until counts agree for ``quiet`` seconds."""

    quiet: float = 0.0
    patient: bool = True


class Force(Duty[Done], tag="force"):
    """Collect once."""


class Census(TypedDict):
    types: dict[str, Number]


class TakeCensus(Duty[Census], tag="census"):
    normal: bool = False


class Counted(TypedDict):
    types: dict[str, int]
    """Objects by type; negative only for objects that a plugin's process has replaced."""
    blocks: Number
    asyncgen_finalizers: Number
    bytes: NotRequired[Number | None]
    c_heap: NotRequired[Number | None]
    growable: NotRequired[Number | None]
    """Bytes held by objects that can grow in place."""


class Count(Duty[Counted], tag="count"):
    collected: bool = False
    growable: bool = False


class StartLog(Duty[Done], tag="log"):
    """Log the collector's passes and the peak of every type."""


class PassesReply(TypedDict):
    ops: list[int]
    generations: list[int]
    pauses: list[float]
    collected: list[int]
    candidates: list[int]
    uncollectable: int
    peak: dict[str, int]


class StopLog(Duty[PassesReply], tag="report"):
    pass


class Freeze(Duty[Done], tag="freeze"):
    """Count only new objects from here on; with ``replaced``, also the loss of old ones."""

    replaced: bool = False


class Thaw(Duty[Done], tag="thaw"):
    pass

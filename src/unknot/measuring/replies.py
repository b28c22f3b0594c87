"""What an agent's answer to an order has to hold before anything is read from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

import msgspec

from unknot.agent.channel import BadMessage

__all__ = ["check_reply"]

Number = Annotated[int, msgspec.Meta(ge=0)]


class Rest(TypedDict):
    settled: bool


class Settled(Rest):
    alone: bool


class Run(TypedDict):
    seconds: Annotated[float, msgspec.Meta(ge=0)]
    passes: Number


class Census(TypedDict):
    types: dict[str, Number]


class Count(Census):
    blocks: Number
    asyncgen_finalizers: Number


REPLIES: Mapping[str, Any] = {
    "settle": Settled,
    "collect": Rest,
    "run": Run,
    "census": Census,
    "count": Count,
}
"""By duty. What others answer is checked where it is read."""


def check_reply(duty: object, reply: Mapping[str, Any]) -> None:
    """Raises :class:`~unknot.agent.channel.BadMessage` where ``reply`` cannot answer ``duty``."""
    if isinstance(duty, str) and duty in REPLIES:
        try:
            msgspec.convert(reply, REPLIES[duty])
        except msgspec.ValidationError as error:
            raise BadMessage(f"the answer to {duty!r}: {error}") from None

"""Orders to a tracer (:mod:`unknot.measuring.tracer`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from unknot.measuring.duties import Done, Duty

__all__ = [
    "Draw",
    "Equip",
    "FindGains",
    "FindMakers",
    "FollowObjects",
    "LifetimesReply",
    "MakersReply",
    "Trace",
]

Stack = list[tuple[str, int]]
"""Files and lines, the innermost first."""


class EquipReply(TypedDict):
    found: bool


class Equip(Duty[EquipReply], tag="equip"):
    module: str


class Trace(Duty[Done], tag="trace"):
    ops: int
    path: str


class DrawReply(TypedDict):
    dot: str


class Draw(Duty[DrawReply], tag="draw"):
    ops: int
    name: str
    depth: int
    longest: int


class MakersReply(TypedDict):
    garbage: dict[str, Stack]
    """By type, for objects that wait for the collector: the stack of the newest."""
    kept: dict[str, list[tuple[float, Stack]]]
    """By type, for objects that outlive it: stacks with numbers of objects."""
    memory: list[tuple[float, Stack]]
    """For everything that outlives it: stacks with bytes."""


class FindMakers(Duty[MakersReply], tag="make"):
    ops: int
    garbage: Sequence[str]
    kept: Sequence[str]
    memory: bool
    deepest: int


class LifetimesReply(TypedDict):
    can: bool
    """Whether this interpreter and its memray can track objects; otherwise nothing is known."""
    garbage: dict[str, Stack]
    """As in :class:`MakersReply`."""
    kept: dict[str, list[tuple[float, Stack]]]


class FollowObjects(Duty[LifetimesReply], tag="follow"):
    ops: int
    garbage: Sequence[str]
    kept: Sequence[str]
    path: str


class GainsReply(TypedDict):
    gains: list[tuple[float, Stack]]


class FindGains(Duty[GainsReply], tag="gain"):
    ops: int
    kind: str

"""The heap of a process at one moment, and what has grown since an earlier one."""

from __future__ import annotations

import msgspec

from unknot.records.findings import Cycle, Leak, Step
from unknot.records.quantity import Amount, Count

__all__ = ["Dominator", "Facts", "Look", "Suspect", "TaskGroup", "TypeTotal"]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about the process and about how its heap was read."""

    python: str
    collector: str
    """``generational`` or ``incremental``."""
    enabled: bool
    """Whether the collector was on."""
    thresholds: list[Count]
    passes: list[Count]
    """Number of collector passes by generation."""
    frozen: Count = 0
    """Objects in the permanent generation (``gc.freeze``)."""
    pause: Amount = 0.0
    """Seconds for which the process was paused, as it measured them, in all pauses."""
    stops: Count = 1
    """Number of pauses; more than one if the look was in place."""
    longest: Amount = 0.0
    """Seconds of the longest pause, if there were several."""
    halted: Amount = 0.0
    """Seconds for which a debugger was attached, which paused the process for a part; 0 without."""
    taken: str = ""
    """The time, in ISO 8601."""
    keys: bool = False
    """Whether keys of dicts are included."""


class TypeTotal(msgspec.Struct, frozen=True, kw_only=True):
    """All objects of one type."""

    type: str
    objects: Count
    bytes: Count
    """Their own sizes, without what they refer to."""


class TaskGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The asyncio tasks of one coroutine function in one state."""

    coroutine: str
    state: str
    """``pending``, ``done`` or ``cancelled``."""
    tasks: Count
    where: str | None = None


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """An object that retains a large part of the heap."""

    type: str
    bytes: Count
    """Retained bytes: its own, and those of all objects that only it keeps reachable."""
    share: Amount
    """Fraction of all reachable bytes."""
    path: list[str]
    """The path to it from a module, or else from an object held from outside the heap."""
    steps: list[Step]
    holds: list[TypeTotal]
    """The objects that it directly dominates, by type, with their retained bytes, most first."""


class Dominator(msgspec.Struct, frozen=True, kw_only=True):
    """An object without which all below it would be free; or several of one type, together."""

    title: str
    """Its type; of modules, classes and code, what they are and their name."""
    label: str = ""
    """What the object before it on a shortest way calls it, and that object's title where it is not
    the one above; empty for a root, and where it is not known."""
    objects: Count
    bytes: Count
    """Retained."""
    share: Amount
    """Of all bytes that are reachable."""
    below: list[Dominator] = []
    """What it dominates directly, most bytes first, as far as it is worth reading."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One process at one moment."""

    facts: Facts
    objects: Count
    """Number of tracked objects."""
    bytes: Count
    """Bytes of those and of the untracked objects reachable from them."""
    types: list[TypeTotal]
    """All types, most bytes first."""
    tasks: list[TaskGroup]
    garbage: Count
    """Number of objects waiting for the collector."""
    cycles: list[Cycle]
    """Cycles, whose ``…_per_op`` fields are totals here."""
    suspects: list[Suspect]
    dominators: list[Dominator] = []
    """The tree from its roots down, most bytes first."""
    grown: list[Leak] = []
    """Reachable objects that are new since the earlier look, by holder; with totals likewise."""

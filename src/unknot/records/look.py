"""What one look at the heap of a process shows, and what has grown from one look to the next."""

from __future__ import annotations

import msgspec

from unknot.records.findings import Cycle, Leak, Step
from unknot.records.quantity import Amount, Count

__all__ = ["Dominator", "Facts", "Look", "Suspect", "TaskGroup", "TypeTotal"]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The process, and how it was looked at."""

    python: str
    collector: str
    """``generational`` or ``incremental``."""
    enabled: bool
    """Whether the collector was on."""
    thresholds: list[Count]
    passes: list[Count]
    """How often the collector has run, by generation."""
    frozen: Count = 0
    """Objects in the permanent generation (``gc.freeze``)."""
    pause: Amount = 0.0
    """Seconds that the process stood still, measured by itself, in all stops."""
    stops: Count = 1
    """How often it did: more than once where it was looked at in place."""
    longest: Amount = 0.0
    """Seconds of the longest stop, where there were several."""
    halted: Amount = 0.0
    """Seconds in which a debugger was at work, which held it for a part of them; 0 without one."""
    taken: str = ""
    """When, in ISO 8601."""
    keys: bool = False
    """Whether keys of dicts are told."""


class TypeTotal(msgspec.Struct, frozen=True, kw_only=True):
    """All objects of one type."""

    type: str
    objects: Count
    bytes: Count
    """Their own, without what they refer to."""


class TaskGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The asyncio tasks of one coroutine function in one state."""

    coroutine: str
    state: str
    """``pending``, ``done`` or ``cancelled``."""
    tasks: Count
    where: str | None = None


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """An object without which a large part of the heap would be free."""

    type: str
    bytes: Count
    """Retained: its own, and those of all that only it keeps reachable."""
    share: Amount
    """Of all bytes that are reachable."""
    path: list[str]
    """The way to it from a module, or else from what something outside the objects holds."""
    steps: list[Step]
    holds: list[TypeTotal]
    """What it dominates directly, by type, with retained bytes; those with most bytes."""


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
    """That the collector tracks."""
    bytes: Count
    """Of those, and of what is untracked below them."""
    types: list[TypeTotal]
    """All types, those with most bytes first."""
    tasks: list[TaskGroup]
    garbage: Count
    """Objects that wait for the collector."""
    cycles: list[Cycle]
    """Their ``…_per_op`` are totals here."""
    suspects: list[Suspect]
    dominators: list[Dominator] = []
    """The tree from its roots down, most bytes first."""
    grown: list[Leak] = []
    """What is new since the look before and stays reachable, by what holds it; totals likewise."""

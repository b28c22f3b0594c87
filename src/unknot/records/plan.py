"""What a run was to measure, so that what was measured elsewhere, or before, can join it."""

from __future__ import annotations

import msgspec

from unknot.records.environment import Environment
from unknot.records.quantity import Count

__all__ = ["Machine", "Part", "Plan"]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Of a whole run, and which of it a result has."""

    digest: str
    """The first digits of the SHA-256 of all cells to be measured; equal plans have equal ones."""
    cells: Count
    """How many cells the whole has."""
    places: list[Count]
    """Where the result's cells stand in it, one for one."""
    shard: str | None = None
    """Which share was measured, as ``2/8``."""
    candidate: str | None = None
    """The variant that the others are compared with, and the types in which."""
    types: list[str] = []
    in_turn: bool = False
    """Whether every second cell is what the one before it is compared with."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Where some cells of a joined result were measured: times compare within a part alone."""

    environment: Environment
    places: list[Count]
    shard: str | None = None


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where a cell was measured: times compare within a machine alone."""

    name: str
    cores: Count
    load: float
    """The average over a minute, when the cell was done."""
    platform: str

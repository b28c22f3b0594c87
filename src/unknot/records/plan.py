"""What a run was to measure, so that results measured elsewhere or earlier can be joined to it."""

from __future__ import annotations

import msgspec

from unknot.records.environment import Environment
from unknot.records.quantity import Count

__all__ = ["Machine", "Part", "Plan"]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of a whole run, and which of them a result has."""

    digest: str
    """The first digits of the SHA-256 of all cells to measure; equal for equal plans."""
    cells: Count
    """Number of cells in the whole run."""
    places: list[Count]
    """The positions of the result's cells in the whole run."""
    shard: str | None = None
    """The share that was measured, such as ``2/8``."""
    candidate: str | None = None
    """The variant that the others are compared with."""
    types: list[str] = []
    """The types that are compared."""
    in_turn: bool = False
    """Whether every second cell is what the one before it is compared with."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Where some cells of a joined result were measured. Times compare only within a part."""

    environment: Environment
    places: list[Count]
    shard: str | None = None


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where a cell was measured: times compare within a machine alone."""

    name: str
    cores: Count
    load: float
    """The load average over a minute when the cell was finished."""
    platform: str

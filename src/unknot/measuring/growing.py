"""Growth without new objects: which figures of a process go up in every round. Pure.

The rules are those for objects (:mod:`unknot.measuring.growth`), over figures of the whole process.
The C heap in use changes only by what C code keeps, so any growth counts. Unique memory changes
by pages, and with the layout of the heap, so it has to gain more than that noise in each round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import ge
from statistics import median
from typing import NamedTuple

from unknot.measuring.growth import TAIL, is_flat, rate
from unknot.records import GrowthKind

__all__ = ["GAUGES", "Gauge", "Growths", "gained", "suspects"]


MEMORY: set[GrowthKind] = {"object", "c heap", "unique memory"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One figure of a process, and its noise."""

    per_round: int = 1
    per_op: float = 0.0
    outliers: int = 0
    """Rounds that may gain less, because the interpreter sometimes gives an arena back."""
    of_objects: bool = False
    """Whether leaked objects increase it too."""


PAGES = 1 << 14
"""Noise of unique memory: bytes by which it may vary between rounds in an idle process."""

GAUGES: dict[GrowthKind, Gauge] = {
    "object": Gauge(per_op=1.0, of_objects=True),
    "c heap": Gauge(per_op=1.0, of_objects=True),
    "unique memory": Gauge(per_round=PAGES, outliers=1, of_objects=True),
    "mappings": Gauge(per_op=0.25, of_objects=True),
    "file descriptors": Gauge(),
    "threads": Gauge(),
    "child processes": Gauge(),
}


class Growths(NamedTuple):
    """What a figure gained each time, and in how many operations."""

    gained: list[int]
    ops: list[int]

    @property
    def rate(self) -> float:
        """Per operation."""
        return rate(self.gained, self.ops) or median(self.rates)

    @property
    def rates(self) -> list[float]:
        """Per operation, each time."""
        return [each / ops for each, ops in zip(self.gained, self.ops, strict=True)]

    @property
    def is_flat(self) -> bool:
        """Whether growth continues at one rate; two stretches are enough if each spans rounds."""
        return is_flat(self.gained, self.ops, tail=min(TAIL, max(2, len(self.gained))))


def gained(
    before: Mapping[GrowthKind, int], after: Mapping[GrowthKind, int]
) -> dict[GrowthKind, int]:
    """What each figure gained between two looks; only figures that both have."""
    return {kind: after[kind] - before[kind] for kind in before if kind in after}


def suspects(
    rounds: Sequence[Mapping[GrowthKind, int]], ops: Sequence[int], objects_leak: bool
) -> dict[GrowthKind, Growths]:
    """The figures that grew in every reading by more than their noise.

    A round without a figure is merged with the next that has it. If objects leak, figures that
    leaked objects increase are omitted. The first memory figure that grows stands for the others.
    """
    found: dict[GrowthKind, Growths] = {}
    for kind, gauge in GAUGES.items():
        growths = _stretch(kind, rounds, ops)
        if gauge.of_objects and (objects_leak or found.keys() & MEMORY):
            continue
        least = [max(gauge.per_round, gauge.per_op * count) for count in growths.ops]
        grew = sum(map(ge, growths.gained, least))
        outliers = gauge.outliers if len(growths.gained) > TAIL - 1 else 0
        if growths.gained and grew >= len(growths.gained) - outliers:
            found[kind] = growths
    return found


def _stretch(
    kind: GrowthKind, rounds: Sequence[Mapping[GrowthKind, int]], ops: Sequence[int]
) -> Growths:
    gained, lengths, length = [], [], 0
    for figures, count in zip(rounds, ops, strict=True):
        length += count
        if kind in figures:
            gained.append(figures[kind])
            lengths.append(length)
            length = 0
    return Growths(gained, lengths)

"""Growth that no object accounts for: which figures of a process go up in every round. Pure.

The rules are those for objects (:mod:`unknot.measure.growth`), over figures of the whole process.
The C heap in use moves by what code in C keeps and by nothing else, so any growth counts. Memory
that is the process's alone moves by pages, and by how the heap happens to lie, so it has to gain
more than that noise in each round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unknot.measure.growth import is_suspect
from unknot.records import GrowthKind

__all__ = ["GAUGES", "Gauge", "gained", "suspects"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One figure of a process, and the least growth that stands out of its noise."""

    per_round: int = 1
    per_op: float = 0.0
    of_objects: bool = False
    """Whether leaked objects raise it too."""


PAGES = 1 << 16
"""Bytes by which the unique set size of a process at rest may differ from round to round."""

GAUGES: dict[GrowthKind, Gauge] = {
    "c heap": Gauge(per_op=1.0, of_objects=True),
    "unique memory": Gauge(per_round=PAGES, of_objects=True),
    "mappings": Gauge(per_op=0.25, of_objects=True),
    "file descriptors": Gauge(),
    "threads": Gauge(),
    "child processes": Gauge(),
}


def gained(
    before: Mapping[GrowthKind, int], after: Mapping[GrowthKind, int]
) -> dict[GrowthKind, int]:
    """What each figure gained from one look to the next; those that both have."""
    return {kind: after[kind] - before[kind] for kind in before if kind in after}


def suspects(
    rounds: Sequence[Mapping[GrowthKind, int]], ops: Sequence[int], objects_leak: bool
) -> dict[GrowthKind, list[int]]:
    """The growths by round of the figures that grew in each by more than their noise.

    Where objects leak, what leaked objects raise too is left to them. Where the C heap explains
    the unique memory, and unique memory the mappings, the one that explains stands for both.
    """
    found: dict[GrowthKind, list[int]] = {}
    for kind, gauge in GAUGES.items():
        growths = [each[kind] for each in rounds if kind in each]
        if len(growths) < len(rounds) or not is_suspect(growths):
            continue
        if gauge.of_objects and (objects_leak or found.keys() & {"c heap", "unique memory"}):
            continue
        least = [max(gauge.per_round, gauge.per_op * count) for count in ops]
        if all(growth >= enough for growth, enough in zip(growths, least, strict=True)):
            found[kind] = growths
    return found

"""Counts in all processes of a cell before and after a round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from unknot.heap import Snapshot, garbage_by_type
from unknot.measuring.duties import Count
from unknot.measuring.growing import gained
from unknot.measuring.heap_duties import TakeSnapshot
from unknot.measuring.processes import Processes
from unknot.measuring.rounds import Round
from unknot.records import GrowthKind

__all__ = ["Counted", "count", "count_round"]


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of one process."""

    types: Mapping[str, int]
    blocks: int
    bytes: int | None
    asyncgen_finalizers: int
    outside: Mapping[GrowthKind, int]
    """What it holds outside any counted object, as far as known."""


Counted = Mapping[int, Counts]
"""By process."""


def count(family: Processes, collected: bool = False, growable: bool = False) -> dict[int, Counts]:
    """The counts of each process; if ``collected``, with its footprint."""
    answers = family.ask_all(Count(collected=collected, growable=growable))
    footprints = family.footprints() if collected else {}
    counted = {}
    for number, (answer, _) in answers.items():
        figures: dict[GrowthKind, int | None] = {
            **footprints.get(number, {}),
            "object": answer.get("growable"),
            "c heap": answer.get("c_heap"),
        }
        counted[number] = Counts(
            types=answer["types"],
            blocks=answer["blocks"],
            bytes=answer.get("bytes"),
            asyncgen_finalizers=answer["asyncgen_finalizers"],
            outside={kind: figure for kind, figure in figures.items() if figure is not None},
        )
    return counted


def count_round(
    family: Processes,
    ops: int,
    base: Counted,
    growable: bool,
    quiet: float,
    objects_alone: bool = False,
) -> tuple[Mapping[int, Round], Counted, object]:
    """One round: by process, the counts afterwards, and the seconds that the operations took.

    Processes that start or end meanwhile are omitted. With ``objects_alone``, if there are as many
    objects of each type as before, none of them is garbage and nothing is collected.
    """
    seconds = family.run(ops)
    settled = family.settle(quiet)
    live = count(family)
    if objects_alone and _is_unchanged(base, live):
        return {number: _unchanged_round(ops, one) for number, one in live.items()}, live, seconds
    garbage = {
        number: garbage_by_type(Snapshot.from_raw(*heap))
        for number, heap in family.ask_all(TakeSnapshot()).items()
    }
    reached = family.collect()
    survived = count(family, collected=True, growable=growable)
    present = [
        number
        for number in base
        if all(number in each for each in (settled, live, garbage, reached, survived))
    ]
    rounds = {
        number: Round(
            ops=ops,
            base=base[number].types,
            live=live[number].types,
            garbage=garbage[number],
            survived=survived[number].types,
            base_blocks=base[number].blocks,
            live_blocks=live[number].blocks,
            survived_blocks=survived[number].blocks,
            bytes_gained=_gained(base[number], live[number]),
            bytes_survived=_gained(base[number], survived[number]),
            asyncgen_finalizers=live[number].asyncgen_finalizers - base[number].asyncgen_finalizers,
            settled=settled[number] and reached[number],
            outside=gained(base[number].outside, survived[number].outside),
        )
        for number in present
    }
    for number in present:  # what was not read again is compared with the next reading
        outside = {**base[number].outside, **survived[number].outside}
        survived[number] = replace(survived[number], outside=outside)
    return rounds, survived, seconds


def _gained(before: Counts, after: Counts) -> int | None:
    """Bytes allocated in between and not freed, if both counts have them."""
    return None if before.bytes is None or after.bytes is None else after.bytes - before.bytes


def _is_unchanged(base: Counted, live: Counted) -> bool:
    """Whether the same processes have as many objects of each type."""
    return base.keys() == live.keys() and all(
        base[number].types == live[number].types for number in live
    )


def _unchanged_round(ops: int, counted: Counts) -> Round:
    types, blocks = counted.types, counted.blocks
    return Round(
        ops=ops,
        base=types,
        live=types,
        garbage={},
        survived=types,
        base_blocks=blocks,
        live_blocks=blocks,
        survived_blocks=blocks,
        asyncgen_finalizers=0,
        settled=True,
        outside={},
    )

"""New reachable objects between two dumps of a process, by what holds them."""

from __future__ import annotations

import numpy as np

from unknot.attach.dump import Dump
from unknot.heap.chains import Chain, read_chain
from unknot.heap.holders import Held, Hold, find_holds, new_objects
from unknot.measuring.probe import Heap
from unknot.records import Leak

__all__ = ["find_grown", "grown_types"]

MOST_HOLDERS = 12
MOST_TYPES = 12
"""Maximum number of a holder's new types to choose from, those nearest to it."""


def grown_types(before: Dump, after: Dump) -> dict[str, int]:
    """The increase of reachable objects by type."""
    then, now = _reachable(before), _reachable(after)
    gained = {name: count - then.get(name, 0) for name, count in now.items()}
    return {name: more for name, more in gained.items() if more > 0}


def find_grown(heap: Heap, before: Dump, after: Dump) -> list[Leak]:
    """The holders of new objects of types that grew; most objects first.

    ``heap`` provides names. The figures ``per_op`` are totals.
    """
    grown = grown_types(before, after)
    new = new_objects(before.whole, after.whole)
    holds = find_holds(after.whole, new, grown)[:MOST_HOLDERS]
    return [_describe(heap, after, hold) for hold in holds]


def _describe(heap: Heap, after: Dump, hold: Hold) -> Leak:
    nearest = sorted(hold.held, key=lambda held: len(held.chain))[:MOST_TYPES]
    roads = {held: _road(after, held) for held in nearest}
    numbers = list(dict.fromkeys(each for road in roads.values() for each in road))
    names = heap.label(after.whole, [each for each in numbers if each < after.survey.tracked])
    chains: dict[Held, Chain] = {}
    for held, road in roads.items():
        at = len(road) - len(held.chain) - 1
        any_key = at if held.scattered and at >= 0 else None
        chains[held] = read_chain(after.whole, road, names, any_key=any_key)
    chosen = min(nearest, key=lambda held: (chains[held].obscurity, len(held.chain), held.type))
    steps = chains[chosen].steps
    members = np.zeros(len(after), dtype=bool)
    members[[*hold.members]] = True
    names_of = np.array([name == chosen.type for name in after.survey.type_names], dtype=bool)
    return Leak(
        type=chosen.type,
        per_op=float(np.count_nonzero(names_of[after.survey.types[members]])),
        bytes_per_op=float(after.survey.sizes[members].sum()),
        objects_per_op=float(len(hold.members)),
        path=[step.text for step in steps],
        steps=[step.record() for step in steps],
        note=_stored(chains[chosen]),
    )


def _road(after: Dump, held: Held) -> list[int]:
    """The path from a root to the holder, and on to what it holds."""
    way = after.ways.path(held.holder) if held.holder is not None else []
    return [*way, *held.chain]


def _stored(chain: Chain) -> str | None:
    """The line that stores the reference on the path, if known."""
    for one, reference in zip(chain.objects[::-1][1:], chain.references[::-1], strict=True):
        where = one.store_lines.get(reference.name or "")
        if where is not None:
            return f"{where} stores {reference.name}"
    return None


def _reachable(dump: Dump) -> dict[str, int]:
    reached = dump.ways.parents >= 0
    counts = np.bincount(dump.survey.types[reached], minlength=len(dump.survey.type_names))
    found: dict[str, int] = {}
    for name, count in zip(dump.survey.type_names, counts.tolist(), strict=True):
        found[name] = found.get(name, 0) + count
    return found

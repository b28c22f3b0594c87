"""Tasks and threads left running by operations, which keep other objects alive."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from unknot.heap import Snapshot
from unknot.heap.chains import read_chain
from unknot.heap.holders import NOISE
from unknot.heap.snapshot import IntArray, Mask
from unknot.heap.transient import hanging_from, held_by_program
from unknot.measuring.heap_duties import RunningTask
from unknot.measuring.probe import Probe, Running
from unknot.records import Leak

__all__ = ["StillRunning", "find_running", "rates_of", "share_of"]

TARGETS = ("_coro", "_target", "coro")
"""Attributes by which tasks and threads refer to what they run."""

MISSED = 2
"""Maximum error of a count: an object at the address of a freed one of its type is missed."""
FEW = 0.02
"""The same as a share of a type's objects, if there are many."""


ENDINGS = {
    "task": "Cancel the task when its owner is done with it, and await it.",
    "thread": "Tell the thread to stop when its owner is done with it, and join it.",
}


@dataclass(frozen=True, slots=True, eq=False)
class StillRunning:
    """New tasks or threads that run the same code and wait at the same place."""

    said: str
    """``watch, waits at app.py:9 in sleep``"""
    kind: str
    """``task`` or ``thread``"""
    places: IntArray
    """Their numbers in the snapshot."""
    hanging: Mask
    """(n,) objects that exist because of them, including themselves."""
    is_held: bool
    """Whether the program holds them; then the holder is the leak."""

    def note(self, ops: int) -> str:
        """A note for the leak of the container that holds them."""
        often = len(self.places) / ops
        return f"{often:g} {self.kind}{'' if often == 1 else 's'} per op still runs: {self.said}"

    def leak(self, probe: Probe, heap: Snapshot, new: Mask, leaked: Mapping[str, float]) -> Leak:
        """The leak, with the share of leaked objects that they keep alive."""
        example = int(self.places[len(self.places) // 2])
        targets = heap.targets[heap.sources == example].tolist()
        labels = probe.label(heap, [example, *targets])
        named = labels.get(example)
        wanted = {one.to for one in named.references if one.name in TARGETS} if named else set()
        numbers = [example, *(at for at in targets if at in wanted)][:2]
        steps = read_chain(heap, numbers, labels).steps
        rates = rates_of(heap, self.hanging, new, leaked)
        type_name = heap.type_names[heap.types[example]]
        alike = rates_of(heap, np.isin(np.arange(len(heap)), self.places), new, leaked)
        return Leak(
            type=type_name,
            per_op=round(sum(alike.values()), 9),
            objects_per_op=round(sum(rates.values()), 9),
            path=[step.text for step in steps],
            steps=[step.record() for step in steps],
            runs=f"{self.kind} {self.said}",
            runner=type_name,
            advice=ENDINGS[self.kind],
        )


def find_running(said: Running, heap: Snapshot, new: Mask) -> list[StillRunning]:
    """The ``new`` tasks and threads, grouped by what they run, largest group first.

    Older ones that run the same are included: what they
    hold now in place of something else is not growth.
    """
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, one in said.tasks.items():
        groups[one["kind"], one["runs"]].append(place)
    passed = np.zeros(len(heap), dtype=bool)
    passed[said.registries] = True
    by_program = held_by_program(heap, new, passed)
    all_new = sum(bool(new[place]) for places in groups.values() for place in places)
    found: list[StillRunning] = []
    taken = np.zeros(len(heap), dtype=bool)
    for (kind, runs), members in sorted(groups.items(), key=lambda item: -len(item[1])):
        roots = np.array(members)
        fresh = roots[new[roots]]
        if len(fresh) <= max(1, NOISE * all_new):
            continue
        hanging = hanging_from(heap, roots, new, passed, on_stack=kind == "thread")
        is_held = bool(by_program[fresh].any())
        mask = hanging & ~taken
        if is_held:  # the holder's are what it holds, and not the timers that wake them
            old = hanging_from(heap, roots[~new[roots]], new, passed, on_stack=kind == "thread")
            mask = ((hanging & ~by_program) | old) & ~taken
        taken |= mask
        waits = Counter(_wait(said.tasks[place]) for place in fresh.tolist())
        text = f"{runs}, {min(waits, key=lambda wait: (-waits[wait], wait))}"
        found.append(StillRunning(text, kind, fresh, mask, is_held))
    return found


def _wait(one: RunningTask) -> str:
    where = f" at {one['where']}" if one["where"] else ""
    return f"waits{where} in {one['function']}"


def rates_of(
    heap: Snapshot, some: Mask, new: Mask, leaked: Mapping[str, float]
) -> dict[str, float]:
    """The share of the leak rates, by type, due to ``some`` of the new objects."""
    names = heap.type_names
    here, all_new = (_count(heap, each) for each in (some & new, new))
    return {
        names[number]: share_of(leaked[names[number]], count, all_new[number])
        for number, count in here.items()
        if names[number] in leaked
    }


def share_of(rate: float, part: int, whole: int) -> float:
    """The share of ``rate`` per operation for ``part`` of a ``whole`` number of objects.

    The rate was measured in other rounds than the one whose objects are counted here, where a few
    may be missed or additional. So if the rate is an integer and the difference that small, the
    share is rounded to an integer.
    """
    share = rate * part / whole
    nearest = round(share)
    allowance = min(rate * max(MISSED / whole, FEW), NOISE)
    is_near = float(rate).is_integer() and abs(share - nearest) <= allowance
    return float(nearest) if is_near and nearest else share


def _count(heap: Snapshot, some: Mask) -> Counter[int]:
    return Counter(heap.types[some].tolist())

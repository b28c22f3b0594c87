"""One more round, not counted: what the cycles are, what to cut, and who holds what leaks.

Naming references reads frames and instance dicts, and so makes objects. Therefore it comes after
all counting is done, and a cell that is clean has no diagnosis.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from unknot.heap import CycleReport, Snapshot, describe_all, find_garbage, find_kinds
from unknot.heap.description import ids_to_label
from unknot.heap.excerpt import excerpt
from unknot.heap.holders import (
    find_chains,
    grown_containers,
    is_held_out_of_sight,
    name_chain,
    new_objects,
    reachable_among,
)
from unknot.heap.labels import Labels, parse_labels
from unknot.measure.family import Answer, Family
from unknot.measure.places import shorten
from unknot.measure.rounds import BLOCKS, MeasuredRounds, Rounds
from unknot.records import Cut, Cycle, Leak, Step

__all__ = ["Probe", "diagnose", "find_cycles"]

MOST_KINDS = 12
"""Kinds of cycles that are named, those with most objects first."""

MOST_LEAKS = 6
"""Leaked types, and containers that fill, whose holders are named."""

OUT_OF_SIGHT = (
    "more references to it are counted than can be found: it is held from C, by an extension type "
    "that the collector does not see into, or by a reference that was never given back"
)
MOST_KEYS = 5000
"""Keys of a weak dictionary that are looked at."""

OWN_KEY = (
    "the value leads to the key of an entry in the same WeakKeyDictionary, so the dictionary "
    "itself keeps the key alive and the entry never goes; let the value refer to the key weakly"
)
UNTRACKED = (
    "blocks leak, and no tracked container fills: they are held by plain values in a dict, or lost "
    "in C code, which tracking allocations (memray, tracemalloc) can locate"
)


Found = tuple[list[Cycle], list[Leak]]


class Gone(Exception):
    """The process that was asked has ended."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One process of the family, to look into."""

    family: Family
    number: int

    def ask(self, **message: Any) -> Answer:
        answer = self.family.ask_one(self.number, **message)
        if answer is None:
            raise Gone
        return answer

    def snapshot(self) -> Snapshot:
        self.ask(do="count")  # brings the heap into normal form
        return Snapshot.from_raw(*self.ask(do="snapshot"))

    def label(self, ids: Sequence[int]) -> Labels:
        reply, _ = self.ask(do="label", ids=list(dict.fromkeys(ids)))
        for found in reply["objects"]:
            found["where"] = found["where"] and shorten(found["where"])
            stores = found.get("stores") or {}
            found["stores"] = {name: shorten(where) for name, where in stores.items()}
        return parse_labels(reply)


def diagnose(family: Family, measured: MeasuredRounds, ops: int) -> dict[int, Found]:
    """Cycles and leaks of ``ops`` more operations, by process; those with most objects first."""
    if measured.total.verdict == "clean":
        return {}
    probes = {number: Probe(family, number) for number in measured.lasting}
    rounds = {number: measured.of(number) for number in probes}
    before: dict[int, Snapshot] = {}
    for number, probe in probes.items():
        with contextlib.suppress(Gone):
            probe.label([])  # what naming needs is imported before anything is compared
            before[number] = probe.snapshot()
    family.run(ops)
    family.settle()
    cycles: dict[int, list[Cycle]] = {}
    for number in before:
        with contextlib.suppress(Gone):
            cycles[number] = find_cycles(probes[number], ops) if rounds[number].cyclic else []
    family.collect()
    found: dict[int, Found] = {}
    for number in cycles:
        with contextlib.suppress(Gone):
            grew = rounds[number].suspects
            leaks = _find_leaks(probes[number], rounds[number], before[number], ops) if grew else []
            found[number] = cycles[number], leaks
    return found


def find_cycles(probe: Probe, ops: int) -> list[Cycle]:
    heap = probe.snapshot()
    kinds = find_kinds(heap, find_garbage(heap))[:MOST_KINDS]
    labels = probe.label([identity for kind in kinds for identity in ids_to_label(kind)])
    return [_record_cycle(report, ops) for report in describe_all(kinds, labels)]


def _record_cycle(report: CycleReport, ops: int) -> Cycle:
    cut = report.cut
    shown = excerpt(report.path, cut.steps)
    steps = [
        Step(source=step.source, label=step.label, target=step.target, cut=is_cut)
        for step, is_cut in shown
    ]
    share = report.copies / cut.copies / ops if cut.copies else 0.0
    return Cycle(
        signature=report.signature,
        per_op=report.copies / ops,
        objects_per_op=report.objects / ops,
        component=report.size,
        path=[step.text for step, _ in shown],
        also=[[step.text for step, _ in excerpt(path)] for path in report.also],
        steps=steps,
        cut=Cut(
            edge=" and ".join(cut.edges),
            edges=list(cut.edges),
            frees_per_op=cut.frees * share,
            of_per_op=cut.of * share,
            sufficient=cut.sufficient,
            instruction=cut.instruction,
            proven=cut.copies,
        ),
        origin=report.origin,
        where=report.where,
        known=report.known,
    )


def _find_leaks(probe: Probe, rounds: Rounds, before: Snapshot, ops: int) -> list[Leak]:
    """What leaks and all that it takes along, by the chain that holds it, shortest first."""
    heap = probe.snapshot()
    targets = _leaked_objects(heap, before, rounds.leaked)
    grown: Mapping[int, int] = {}
    if not targets:
        grown = dict(islice(grown_containers(before, heap, least=ops).items(), MOST_LEAKS))
        targets = list(grown)
    if not targets:
        lost = rounds.per_op.blocks_leaked
        return [Leak(type=BLOCKS, per_op=lost, path=[], steps=[], note=UNTRACKED)]
    new = new_objects(before, heap)
    chains = [_until_new(chain, new) for chain in find_chains(heap, targets)]
    labels = probe.label([int(heap.ids[number]) for chain in chains for number in chain])
    leaks: dict[tuple[str, ...], Leak] = {}
    for chain in chains:
        leak = _record_leak(heap, chain, labels, rounds.leaked, grown.get(chain[-1], 0) / ops)
        if _holds_its_own_key(probe, heap, chain, new):
            leak = msgspec.structs.replace(leak, note=OWN_KEY)
        leaks.setdefault((leak.type, *leak.path), leak)
    return sorted(leaks.values(), key=lambda leak: len(leak.path))[:MOST_LEAKS]


def _leaked_objects(heap: Snapshot, before: Snapshot, leaked: Mapping[str, float]) -> list[int]:
    """The number of one new object of each type that leaks, the fastest growing type first."""
    names = np.array(heap.type_names)[heap.types]
    new = new_objects(before, heap)
    found = []
    for name in sorted(leaked, key=lambda name: (-leaked[name], name)):
        objects = np.flatnonzero(new & (names == name))
        if len(objects):
            found.append(int(objects[len(objects) // 2]))
    return found


def _until_new(chain: Sequence[int], new: npt.NDArray[np.bool_]) -> Sequence[int]:
    """The chain down to the first object that is new: what comes after it only hangs from it."""
    first = next((at for at, number in enumerate(chain) if new[number]), len(chain) - 1)
    return chain[: first + 1]


def _holds_its_own_key(
    probe: Probe, heap: Snapshot, chain: Sequence[int], new: npt.NDArray[np.bool_]
) -> bool:
    """Whether the end of the chain is a value of a weak dictionary that leads to its own key."""
    types = [heap.type_names[heap.types[number]] for number in chain]
    if types[-3:-1] != ["weakref.WeakKeyDictionary", "builtins.dict"]:
        return False
    entries = heap.targets[heap.sources == chain[-2]]
    names = np.array(heap.type_names)[heap.types[entries]]
    keys = heap.ids[entries[(names == "weakref.ReferenceType") & new[entries]]]
    found = probe.label(keys[:MOST_KEYS].tolist())
    reached = reachable_among(heap, chain[-1], new)
    return any(weak.referent in reached for weak in found.values())


def _record_leak(
    heap: Snapshot,
    chain: Sequence[int],
    labels: Labels,
    leaked: Mapping[str, float],
    gained: float,
) -> Leak:
    name = heap.type_names[heap.types[chain[-1]]]
    steps = name_chain(heap, chain, labels)
    notes = []
    if gained:
        notes.append(f"it gains {gained:g} references per op")
    elif (others := sum(leaked.values()) - leaked.get(name, 0.0)) > 0:
        notes.append(f"{others:g} objects of other types per op are leaked beside it")
    if is_held_out_of_sight(heap, chain):
        notes.append(OUT_OF_SIGHT)
    return Leak(
        type=name,
        per_op=leaked.get(name, 0.0),
        path=[step.text for step in steps],
        steps=[Step(source=step.source, label=step.label, target=step.target) for step in steps],
        note="; ".join(notes) or None,
    )

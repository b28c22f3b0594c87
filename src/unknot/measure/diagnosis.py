"""One more round, not counted: what the cycles are, what to cut, and who holds what leaks.

Naming references reads frames and instance dicts, and so makes objects. Therefore it comes after
all counting is done, and a cell that is clean has no diagnosis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from unknot.heap import CycleReport, Snapshot, describe_all, find_garbage, find_kinds
from unknot.heap.description import ids_to_label
from unknot.heap.holders import (
    find_chains,
    grown_containers,
    is_held_out_of_sight,
    name_chain,
    new_objects,
)
from unknot.heap.labels import Labels, parse_labels
from unknot.measure.process import AgentProcess
from unknot.measure.rounds import Rounds
from unknot.records import Cut, Cycle, Leak, Step

__all__ = ["diagnose"]

MOST_KINDS = 12
"""Kinds of cycles that are named, those with most objects first."""

MOST_LEAKS = 6
"""Leaked types, and containers that fill, whose holders are named."""

OUT_OF_SIGHT = (
    "more references to it are counted than can be found: it is held from C, by an extension type "
    "that the collector does not see into, or by a reference that was never given back"
)
UNTRACKED = (
    "blocks leak, and no tracked container fills: they are held by plain values in a dict, or lost "
    "in C code, which tracking allocations (memray, tracemalloc) can locate"
)


def diagnose(process: AgentProcess, rounds: Rounds, ops: int) -> tuple[list[Cycle], list[Leak]]:
    """Cycles and leaks of ``ops`` more operations; those with most objects first."""
    if rounds.verdict == "clean":
        return [], []
    before = _snapshot(process)
    process.ask(do="run", ops=ops, gc_mode="off", every=0)
    process.ask(do="settle")
    cycles = _find_cycles(process, ops) if rounds.cyclic else []
    process.ask(do="collect")
    leaks = _find_leaks(process, rounds, before, ops) if rounds.suspects else []
    return cycles, leaks


def _snapshot(process: AgentProcess) -> Snapshot:
    process.ask(do="count")  # brings the heap into normal form
    return Snapshot.from_raw(*process.ask_for_arrays(do="snapshot"))


def _label(process: AgentProcess, ids: Sequence[int]) -> Labels:
    return parse_labels(process.ask(do="label", ids=list(dict.fromkeys(ids))))


def _find_cycles(process: AgentProcess, ops: int) -> list[Cycle]:
    heap = _snapshot(process)
    kinds = find_kinds(heap, find_garbage(heap))[:MOST_KINDS]
    labels = _label(process, [identity for kind in kinds for identity in ids_to_label(kind)])
    return [_record_cycle(report, ops) for report in describe_all(kinds, labels)]


def _record_cycle(report: CycleReport, ops: int) -> Cycle:
    cut = report.cut
    steps = [
        Step(source=step.source, label=step.label, target=step.target, cut=at in cut.steps)
        for at, step in enumerate(report.path)
    ]
    share = report.copies / cut.copies / ops if cut.copies else 0.0
    return Cycle(
        signature=report.signature,
        per_op=report.copies / ops,
        objects_per_op=report.objects / ops,
        component=report.size,
        path=[step.text for step in report.path],
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


def _find_leaks(process: AgentProcess, rounds: Rounds, before: Snapshot, ops: int) -> list[Leak]:
    """A chain for each leaked type, or else for each container that fills, fewest steps first."""
    heap = _snapshot(process)
    targets = _leaked_objects(heap, before, rounds.leaked)
    grown: Mapping[int, int] = {}
    if not targets:
        grown = grown_containers(before, heap, least=ops)
        targets = dict.fromkeys(list(grown)[:MOST_LEAKS], 0.0)
    if not targets:
        return [Leak(type="allocated blocks", per_op=0.0, path=[], steps=[], note=UNTRACKED)]
    chains = find_chains(heap, list(targets))
    labels = _label(process, [int(heap.ids[number]) for chain in chains for number in chain])
    leaks = [
        _record_leak(heap, chain, labels, per_op, grown.get(target, 0) / ops)
        for (target, per_op), chain in zip(targets.items(), chains, strict=True)
    ]
    return sorted(leaks, key=lambda leak: len(leak.path))


def _leaked_objects(
    heap: Snapshot, before: Snapshot, leaked: Mapping[str, float]
) -> dict[int, float]:
    """The number of one new object of each type that leaks, and that type's rate."""
    names = np.array(heap.type_names)[heap.types]
    new = new_objects(before, heap)
    found = {}
    for name, per_op in sorted(leaked.items(), key=lambda item: (-item[1], item[0])):
        objects = np.flatnonzero(new & (names == name))
        if len(objects):
            found[int(objects[len(objects) // 2])] = per_op
    return dict(list(found.items())[:MOST_LEAKS])


def _record_leak(
    heap: Snapshot, chain: Sequence[int], labels: Labels, per_op: float, gained: float
) -> Leak:
    steps = name_chain(heap, chain, labels)
    notes = []
    if gained:
        notes.append(f"it gains {gained:g} references per op")
    if is_held_out_of_sight(heap, chain):
        notes.append(OUT_OF_SIGHT)
    return Leak(
        type=heap.type_names[heap.types[chain[-1]]],
        per_op=per_op,
        path=[step.text for step in steps],
        steps=[Step(source=step.source, label=step.label, target=step.target) for step in steps],
        note="; ".join(notes) or None,
    )

"""One more round, not counted: what the cycles are, what to cut, and who holds what leaks.

Naming references reads frames and instance dicts, and so makes objects. Therefore it comes after
all counting is done, and a cell that is clean has no diagnosis.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import NamedTuple

from unknot.heap import CycleReport, Kind, describe_all, find_garbage, find_kinds
from unknot.heap.description import ids_to_label, look_closer
from unknot.heap.excerpt import excerpt
from unknot.measure.enlarged import find_growths
from unknot.measure.leaks import Before, find_leaks, look
from unknot.measure.probe import Gone, Probe
from unknot.measure.processes import Processes
from unknot.measure.rounds import MeasuredRounds, Rounds
from unknot.records import Cut, Cycle, Growth, Leak, Step

__all__ = ["diagnose", "find_cycles"]

MOST_KINDS = 12
"""Kinds of cycles that are named, those with most objects first."""

CLOSER = (200, 8_000)
"""Objects that are looked at where copies of a kind differ by names, first and if that ends."""


class Found(NamedTuple):
    """What was found in one process."""

    cycles: list[Cycle]
    leaks: list[Leak]
    growths: list[Growth]


def diagnose(family: Processes, measured: MeasuredRounds, ops: int) -> dict[int, Found]:
    """Cycles and leaks of ``ops`` more operations, by process; those with most objects first."""
    if measured.total.verdict == "clean":
        return {}
    probes = {number: Probe(family, number) for number in measured.lasting}
    rounds = {number: measured.of(number) for number in probes}
    before: dict[int, Before] = {}
    for number, probe in probes.items():
        with contextlib.suppress(Gone):
            before[number] = look(probe, _may_grow(rounds[number]))
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
            found[number] = Found(cycles[number], [], [])  # they stay, should it end now
            probe, said, then = probes[number], rounds[number], before[number]
            leaks = find_leaks(probe, said, then, ops) if said.objects_leak else []
            found[number] = Found(cycles[number], leaks, [])
            if said.grows:
                growths = find_growths(probe, said, then.sizes, ops)
                if said.only_blocks_leak and growths:  # they are what the object holds
                    leaks = [leak for leak in leaks if leak.path]
                found[number] = Found(cycles[number], leaks, growths)
    return found


def _may_grow(rounds: Rounds) -> bool:
    """Whether an object that grows in place is looked for."""
    return bool(rounds.growths) or rounds.only_blocks_leak


def find_cycles(probe: Probe, ops: int) -> list[Cycle]:
    heap = probe.snapshot()
    kinds = find_kinds(heap, find_garbage(heap))[:MOST_KINDS]
    labels = dict(probe.label(_ids(kinds)))
    for objects in CLOSER:
        kinds = look_closer(kinds, labels, objects)
        more = [identity for identity in _ids(kinds) if identity not in labels]
        if more:
            labels.update(probe.label(more))
    return [_record_cycle(report, ops) for report in describe_all(kinds, labels)]


def _ids(kinds: Iterable[Kind]) -> list[int]:
    return [identity for kind in kinds for identity in ids_to_label(kind)]


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
            frees_per_op=round(cut.frees * share, 9),  # 6 of 6, however that was divided
            of_per_op=round(cut.of * share, 9),
            sufficient=cut.sufficient,
            instruction=cut.instruction,
            proven=cut.copies,
        ),
        origin=report.origin,
        where=report.where,
        known=report.known,
    )

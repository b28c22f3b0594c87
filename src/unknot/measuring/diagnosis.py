"""One more round, not counted, or what the last one left: names cycles, what to cut, and holders.

Naming references reads frames and instance dicts, which creates objects. Therefore it follows all
counting, and a clean cell has no diagnosis.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from unknot.heap import (
    CycleReport,
    Kind,
    Snapshot,
    connect,
    describe_all,
    find_garbage,
    group,
    places_to_label,
)
from unknot.heap.excerpt import excerpt
from unknot.heap.graph import GarbageGraph
from unknot.heap.weights import Weights
from unknot.measuring.enlarged import find_growths
from unknot.measuring.leaks import Before, find_leaks, look
from unknot.measuring.octets import Octets
from unknot.measuring.probe import Gone, Heap, Probe
from unknot.measuring.processes import Processes
from unknot.measuring.rounds import MeasuredRounds, Rounds
from unknot.records import Cycle, Growth, Leak, Unnamed

__all__ = ["Found", "diagnose", "find_cycles"]

MOST_KINDS = 1_000
"""Maximum number of kinds of cycles to name, those with most objects first."""
MOST_LABELS = 50_000
"""Maximum number of their objects that the agent labels."""
MOST_WEIGHED = 500_000
"""Maximum number of objects to weigh; beyond that, bytes are unknown."""
CLOSELY = 12
"""Number of kinds of which several copies are labelled, rather than one."""


NO_OCTETS = Octets()


class Found(NamedTuple):
    """The findings in one process."""

    cycles: list[Cycle]
    leaks: list[Leak]
    growths: list[Growth]
    unnamed: Unnamed | None = None
    octets: Octets = NO_OCTETS


def diagnose(family: Processes, measured: MeasuredRounds, ops: int) -> dict[int, Found]:
    """Cycles and leaks of ``ops`` more operations, by process; those with most objects first."""
    if measured.total.verdict == "clean":
        return {}
    probes = {number: Probe(family, number) for number in measured.lasting}
    rounds = {number: measured.of(number) for number in probes}
    before: dict[int, Before | None] = {}
    for number, probe in probes.items():
        with contextlib.suppress(Gone):
            grows, enlarged = rounds[number].grows, _may_grow(rounds[number])
            before[number] = look(probe, growing=enlarged) if grows else None
    family.run(ops)
    family.settle()
    cycles: dict[int, FoundCycles] = {}
    for number in before:
        with contextlib.suppress(Gone):
            cyclic = rounds[number].cyclic
            cycles[number] = find_cycles(probes[number], ops) if cyclic else FoundCycles([])
    family.collect()
    found: dict[int, Found] = {}
    for number in cycles:
        with contextlib.suppress(Gone):
            named, rest, octets = cycles[number]
            found[number] = Found(named, [], [], rest, octets)  # they stay, should it end now
            probe, said, then = probes[number], rounds[number], before[number]
            if then is None:
                continue
            leaks: list[Leak] = []
            if said.objects_leak:
                leaks, kept, _ = find_leaks(probe, said, then, ops)
                found[number] = found[number]._replace(leaks=leaks, octets=octets + kept)
            growths = find_growths(probe, said, then.sizes, ops)
            if said.only_blocks_leak and growths:  # they are what the object holds
                leaks = [leak for leak in leaks if leak.path]
            if any(leak.runs and leak.runs.startswith("thread ") for leak in leaks):
                growths = [growth for growth in growths if growth.kind != "threads"]
            found[number] = found[number]._replace(leaks=leaks, growths=growths)
    return found


def _may_grow(rounds: Rounds) -> bool:
    """Whether to look for objects that grow in place."""
    return bool(rounds.growths) or rounds.only_blocks_leak


class FoundCycles(NamedTuple):
    """The cycles of one process, and a summary of those that are not named."""

    named: list[Cycle]
    unnamed: Unnamed | None = None
    octets: Octets = NO_OCTETS
    """The bytes of all garbage."""


def find_cycles(probe: Heap, ops: int, samples: int = 3) -> FoundCycles:
    """The cycles left by ``ops`` operations; of each kind, at most ``samples`` are labelled."""
    heap = probe.snapshot(keep=True)
    graph = connect(heap, find_garbage(heap))
    weights = _weigh(probe, graph)  # first: to read traits may make a dict of an instance
    traits = probe.traits(graph)
    kinds = [
        kind if number < CLOSELY else replace(kind, samples=kind.samples[:1])
        for number, kind in enumerate(_with_weights(group(graph, traits, ops, samples), weights))
    ]
    wanted: list[int] = []
    named: list[Kind] = []
    for kind in kinds[:MOST_KINDS]:
        places = places_to_label(kind)
        if len(named) >= CLOSELY and len(wanted) + len(places) > MOST_LABELS:
            break
        wanted += places
        named.append(kind)
    reports = describe_all(named, probe.label(heap, wanted))
    return FoundCycles(
        [_record_cycle(report, ops) for report in reports],
        _sum_up(kinds[len(named) :], ops),
        _octets(weights, heap, graph, ops) if weights is not None else NO_OCTETS,
    )


def _octets(weights: Weights, heap: Snapshot, graph: GarbageGraph, ops: int) -> Octets:
    by_type = weights.by_type(heap, graph.numbers)
    names = weights.folder_names(graph.numbers.tolist())
    return Octets.of({name: weight / ops for name, weight in by_type.items()}, names, ops)


def _weigh(probe: Heap, graph: GarbageGraph) -> Weights | None:
    """The weights of the garbage; ``None`` if there are too many objects to weigh."""
    if len(graph.numbers) > MOST_WEIGHED:
        return None
    return probe.weigh(graph.snapshot, graph.numbers.tolist())


def _with_weights(kinds: Sequence[Kind], weights: Weights | None) -> list[Kind]:
    if weights is None:
        return list(kinds)
    kind_of = {place: at for at, kind in enumerate(kinds) for place in kind.all_places}
    parts = weights.split(kind_of, len(kinds)).tolist()
    return [replace(kind, weight=part) for kind, part in zip(kinds, parts, strict=True)]


def _sum_up(kinds: Sequence[Kind], ops: int) -> Unnamed | None:
    if not kinds:
        return None
    return Unnamed(
        kinds=len(kinds),
        per_op=sum(kind.copies for kind in kinds) / ops,
        objects_per_op=sum(kind.objects for kind in kinds) / ops,
        bytes_per_op=sum(kind.weight for kind in kinds) / ops,
    )


def _record_cycle(report: CycleReport, ops: int) -> Cycle:
    cut = report.cut
    shown = excerpt(report.path, cut.steps)
    steps = [step.record(is_cut) for step, is_cut in shown]
    share = report.copies / cut.copies / ops if cut.copies else 0.0
    return Cycle(
        signature=report.signature,
        per_op=report.copies / ops,
        objects_per_op=report.objects / ops,
        bytes_per_op=report.weight / ops,
        component=report.size,
        path=[step.text for step, _ in shown],
        also=[[step.text for step, _ in excerpt(path)] for path in report.also],
        steps=steps,
        cut=cut.record(share, report.weight / ops),
        origin=report.origin,
        package=report.package,
        where=report.where,
        known=report.known,
    )

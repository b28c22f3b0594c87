"""A dump read: what there is, what waits for the collector, and what holds most."""

from __future__ import annotations

from collections import Counter

import numpy as np

from unknot.attach.dump import Dump
from unknot.attach.growth import find_grown
from unknot.attach.tasks import find_tasks
from unknot.heap import find_garbage
from unknot.heap.chains import read_chain
from unknot.heap.dominators import Tree, find_dominators
from unknot.heap.holders import MODULE
from unknot.heap.snapshot import IntArray, Numbers
from unknot.measure.diagnosis import find_cycles
from unknot.records import Step
from unknot.records.look import Look, Suspect, TypeTotal

__all__ = ["explain"]

SUSPICIOUS = 0.1
"""The share of all reachable bytes from which on who retains it is a suspect."""
MOST_HELD = 5
"""Types of what a suspect holds that are told."""


def explain(dump: Dump, before: Dump | None = None) -> Look:
    """What the dump shows; with what has grown since ``before``."""
    cycles = find_cycles(dump, 1).named
    return Look(
        facts=dump.facts,
        objects=dump.tracked,
        bytes=int(dump.sizes.sum()),
        types=_totals(dump, np.arange(len(dump.ids)), dump.sizes),
        tasks=find_tasks(dump),
        garbage=int(np.count_nonzero(find_garbage(dump.snapshot()))),
        cycles=cycles,
        suspects=_find_suspects(dump),
        grown=[] if before is None else find_grown(dump, before, dump),
    )


def _totals(dump: Dump, numbers: IntArray | Numbers, sizes: IntArray) -> list[TypeTotal]:
    """Objects and bytes of those objects by type, most bytes first."""
    size = len(dump.type_names)
    counts = np.bincount(dump.types[numbers], minlength=size)
    weights = np.bincount(dump.types[numbers], weights=sizes[numbers], minlength=size)
    objects: Counter[str] = Counter()
    octets: Counter[str] = Counter()
    for at in np.flatnonzero(counts).tolist():
        objects[dump.type_names[at]] += int(counts[at])
        octets[dump.type_names[at]] += int(weights[at])
    order = sorted(objects, key=lambda name: (-octets[name], name))
    return [TypeTotal(type=name, objects=objects[name], bytes=octets[name]) for name in order]


def _find_suspects(dump: Dump) -> list[Suspect]:
    """Of the objects that retain much, those that dominate no other that does."""
    inside = np.bincount(dump.targets, minlength=len(dump.ids))
    is_module = np.array([name == MODULE for name in dump.type_names], dtype=bool)[dump.types]
    roots = np.flatnonzero((dump.counts > inside) | is_module)
    tree = find_dominators(dump.sources, dump.targets, roots, len(dump.ids))
    retained = tree.sums(dump.sizes)
    total = max(int(retained[-1]), 1)
    much = np.flatnonzero(retained[:-1] > SUSPICIOUS * total)
    above = np.setdiff1d(much, tree.parents[much])
    order = above[np.argsort(-retained[above], kind="stable")]
    return [_describe(dump, number, tree, retained, total) for number in order.tolist()]


def _describe(dump: Dump, number: int, tree: Tree, retained: IntArray, total: int) -> Suspect:
    way = dump.ways.path(number)
    steps = read_chain(dump.whole, way or [number], dump.names).steps
    return Suspect(
        type=dump.type_names[dump.types[number]],
        bytes=int(retained[number]),
        share=int(retained[number]) / total,
        path=[step.text for step in steps],
        steps=[Step(source=step.source, label=step.label, target=step.target) for step in steps],
        holds=_totals(dump, tree.children(number), retained[:-1])[:MOST_HELD],
    )

"""Who holds what leaks: chains of references from a module, or from outside, to an object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from unknot.heap.folding import PIECES, title
from unknot.heap.labels import UNKNOWN, Labels, Reference
from unknot.heap.naming import PathStep
from unknot.heap.snapshot import IntArray, Snapshot

__all__ = [
    "find_chains",
    "grown_containers",
    "is_held_out_of_sight",
    "name_chain",
    "new_objects",
    "reachable_among",
]

MODULE = "builtins.module"
FOLDED = {"dict", "closure"}
"""Kinds of references that are plumbing: the next one has the name."""


def new_objects(before: Snapshot, after: Snapshot) -> npt.NDArray[np.bool_]:
    """(n,) mask over ``after``: the objects that were not there ``before``, by identity.

    An object at the address of one that went is missed; enough others are found to ask after.
    """
    return ~np.isin(after.ids, before.ids)


def grown_containers(before: Snapshot, after: Snapshot, least: int) -> dict[int, int]:
    """Numbers in ``after`` of the objects that gained references, and how many, most first.

    Only those that gained at least ``least``. References to what is not tracked count too: a list
    that fills with strings is found.
    """
    _, old, new = np.intersect1d(before.ids, after.ids, return_indices=True)
    gained = after.degrees[new].astype(np.int64) - before.degrees[old].astype(np.int64)
    grown = np.flatnonzero(gained >= least)
    order = grown[np.argsort(-gained[grown], kind="stable")]
    return dict(zip(new[order].tolist(), gained[order].tolist(), strict=True))


def find_chains(snapshot: Snapshot, targets: Sequence[int]) -> list[list[int]]:
    """For each target the shortest chain of objects that holds it, from its holder's root on.

    The root is a module where one leads to the target, and otherwise an object that something
    outside the tracked objects holds: a running frame, a thread, an extension. A chain of the
    target alone means that it is held so itself.
    """
    modules = np.flatnonzero(np.array(snapshot.type_names)[snapshot.types] == MODULE)
    from_modules = _predecessors(snapshot, modules)
    inside = np.bincount(snapshot.targets, minlength=len(snapshot))
    from_outside = _predecessors(snapshot, np.flatnonzero(snapshot.counts > inside))
    return [
        _walk_back(from_modules, target) or _walk_back(from_outside, target) for target in targets
    ]


def reachable_among(
    snapshot: Snapshot, start: int, allowed: npt.NDArray[np.bool_]
) -> frozenset[int]:
    """Identities of what ``start`` leads to through objects of the mask alone."""
    inside = allowed[snapshot.sources] & allowed[snapshot.targets]
    ends = (snapshot.sources[inside], snapshot.targets[inside])
    graph = csr_array((np.ones(int(inside.sum())), ends), shape=(len(snapshot), len(snapshot)))
    order = breadth_first_order(graph, start, return_predecessors=False)
    return frozenset(snapshot.ids[order].tolist())


def is_held_out_of_sight(snapshot: Snapshot, chain: Sequence[int]) -> bool:
    """Whether the chain starts at its end: nothing that can be seen holds the object."""
    return len(chain) == 1 and snapshot.type_names[snapshot.types[chain[0]]] != MODULE


def name_chain(snapshot: Snapshot, chain: Sequence[int], labels: Labels) -> list[PathStep]:
    """The chain's references as a person would write them; instance dicts, closures and cells
    are folded into the reference that they implement."""
    steps: list[PathStep] = []
    source, label, role = chain[0], "", ""
    for holder, target in pairwise(chain):
        reference = _find_reference(snapshot, holder, target, labels)
        if reference.kind in FOLDED:
            role = reference.kind
            continue
        if role == "dict" and reference.name:
            label = f".{reference.name}"
        else:
            label = PIECES.get(reference.kind, _unknown)(reference)
        steps.append(PathStep(_title(snapshot, source, labels), label, ""))
        source, role = target, ""
    following = [*(step.source for step in steps), _title(snapshot, chain[-1], labels)][1:]
    return [replace(step, target=target) for step, target in zip(steps, following, strict=True)]


def _unknown(reference: Reference) -> str:
    return "?"


def _find_reference(snapshot: Snapshot, holder: int, target: int, labels: Labels) -> Reference:
    found = labels.get(int(snapshot.ids[holder]))
    wanted = int(snapshot.ids[target])
    named = (one for one in (found.references if found else ()) if one.to == wanted)
    return next(named, UNKNOWN)


def _title(snapshot: Snapshot, number: int, labels: Labels) -> str:
    """The type's name; of code its kind and name, of a module the module's name."""
    found = labels.get(int(snapshot.ids[number]))
    if found is None:
        return str(snapshot.type_names[snapshot.types[number]])
    if found.type == MODULE and found.name:
        return f"module {found.name}"
    return title(found)


def _predecessors(snapshot: Snapshot, roots: IntArray) -> IntArray:
    """(n + 1,) the object before each on a shortest way from the roots; n at a root."""
    size = len(snapshot)
    degrees = np.append(np.bincount(snapshot.sources, minlength=size), len(roots))
    rows = np.concatenate([[0], np.cumsum(degrees)])
    columns = np.concatenate([snapshot.targets, roots])
    graph = csr_array((np.ones(len(columns)), columns, rows), shape=(size + 1, size + 1))
    _, predecessors = breadth_first_order(graph, size)
    found: IntArray = predecessors
    return found


def _walk_back(predecessors: IntArray, target: int) -> list[int]:
    """The chain from a root to the target; empty where none leads there."""
    root = len(predecessors) - 1
    chain = []
    while target != root:
        if target < 0:
            return []
        chain.append(target)
        target = int(predecessors[target])
    return chain[::-1]

"""Pure analysis of a raw heap snapshot: it gets arrays and never touches a live object.

The way through: ``snapshot`` is the heap as numpy arrays, ``garbage`` finds what nothing outside
the tracked objects holds, and ``graph`` is what is left. An agent tells which code its objects run
and which names they use (``traits``), ``colours`` are equal for equal ones, and ``cycles`` groups
by them into kinds of reference cycle. Then the agent names the references of a few copies of each
kind (``labels``). A copy so named is a ``sample``; ``folding`` hides
the interpreter's plumbing, ``naming`` reads the cycle, ``handles`` are the references by the code
that makes them, ``cuts`` proves which to remove, ``mending`` says how, and ``description`` is all
of that in one report. ``holders`` finds who holds what leaks, and ``chains`` reads the way there.
``dominators`` are what retains most.
"""

from unknot.heap.cycles import Kind, find_kinds, group
from unknot.heap.description import Cut, CycleReport, describe, describe_all, ids_to_label
from unknot.heap.garbage import find_garbage, garbage_by_type
from unknot.heap.graph import GarbageGraph, connect
from unknot.heap.labels import parse_labels
from unknot.heap.naming import PathStep
from unknot.heap.snapshot import Snapshot
from unknot.heap.traits import Traits

__all__ = [
    "Cut",
    "CycleReport",
    "GarbageGraph",
    "Kind",
    "PathStep",
    "Snapshot",
    "Traits",
    "connect",
    "describe",
    "describe_all",
    "find_garbage",
    "find_kinds",
    "garbage_by_type",
    "group",
    "ids_to_label",
    "parse_labels",
]

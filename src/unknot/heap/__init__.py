"""Pure analysis of a raw heap snapshot: it takes arrays and never touches a live object.

The way through, for cycles:

- ``snapshot`` is the heap as numpy arrays, and ``replies`` reads what an agent says of objects in
  it; ``garbage`` finds the objects that nothing outside the tracked objects holds; ``graph``
  connects those.
- ``colours`` gives equal objects equal colours, by type, reference and ``traits`` (the code that
  an object runs and the names that it uses); ``cycles`` groups components into kinds by them.
- ``sample`` is one copy of a kind with the ``labels`` that the agent gave its references;
  ``folding`` hides the interpreter's plumbing and ``paths`` finds the cycle to show.
- ``edge_groups`` groups references by the code that creates them and ``edges`` ranks the groups;
  ``cuts`` chooses the cut and proves it, ``cut_advice`` says how to make it, and ``description``
  combines all of this in one report.

For leaks: ``holders`` finds the older objects that hold the new ones, ``transient`` excludes what
is held only for now, ``chains`` reads the chain of references, and ``leak_advice`` says what to
do. ``dominators`` and ``weights`` count bytes.

Terms:

- *tracked*: known to the cyclic collector. *Garbage*: the objects in, or reachable only from,
  reference cycles, found before any collection.
- *component*: a strongly connected component of the garbage. *Hanging*: garbage outside any cycle,
  reachable only from one.
- *kind*: components that are equal; *copy*: one of them.
- *signature*: a hash of a cycle's path as text, the same between runs and interpreters.
- *cut*: references whose removal lets reference counting free the whole component.
- *holder*: the last older object on a shortest path to new objects; *hold*: all that it holds.
"""

from unknot.heap.cut_advice import ProvenCut
from unknot.heap.cycles import Kind, find_kinds, group
from unknot.heap.description import CycleReport, describe, describe_all, places_to_label
from unknot.heap.garbage import find_garbage, garbage_by_type
from unknot.heap.graph import GarbageGraph, connect
from unknot.heap.paths import PathStep
from unknot.heap.replies import parse_labels, parse_traits
from unknot.heap.snapshot import Snapshot
from unknot.heap.traits import Traits

__all__ = [
    "CycleReport",
    "GarbageGraph",
    "Kind",
    "PathStep",
    "ProvenCut",
    "Snapshot",
    "Traits",
    "connect",
    "describe",
    "describe_all",
    "find_garbage",
    "find_kinds",
    "garbage_by_type",
    "group",
    "parse_labels",
    "parse_traits",
    "places_to_label",
]

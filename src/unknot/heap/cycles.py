"""Groups garbage into kinds of reference cycle: equal components, and how often each occurs.

Every step is a numpy operation over all objects, so the cost is linear in objects and references.
Python loops run over kinds, never over copies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from unknot.heap.colours import Colouring, colour_by_shape, colour_by_traits
from unknot.heap.graph import GarbageGraph, connect
from unknot.heap.order import places_of, read, stable_order, tally
from unknot.heap.snapshot import IntArray, Mask, Numbers, Snapshot, parts_of
from unknot.heap.traits import Trait, Traits

__all__ = ["Kind", "find_kinds", "group"]


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Equal components: the same type names, code and reference names, connected the same way.

    What hangs from a copy may differ between copies: a shared object hangs from one of them.
    """

    graph: GarbageGraph
    colouring: Colouring
    colour: int
    """The colour of the component; equal between processes for equal cycles."""
    members: Numbers
    """(copies, size) objects of the graph, one row per copy, each in ascending order."""
    hanging: Numbers
    """(h,) objects hanging from the copies, ordered by copy."""
    starts: IntArray
    """(copies + 1,) index into ``hanging`` at which each copy's objects start."""
    samples: tuple[int, ...]
    """The copies to label; the first is the representative."""
    varying: frozenset[str] = frozenset()
    """Names of keys or classes that differ in every copy and are therefore not shown."""
    weight: int = 0
    """Bytes of all copies, including untracked objects that only they hold; 0 if not weighed."""

    @property
    def copies(self) -> int:
        return len(self.members)

    @property
    def size(self) -> int:
        """Objects in one component."""
        return int(self.members.shape[1])

    @property
    def objects(self) -> int:
        """Objects in all copies, including what hangs from them."""
        return self.members.size + len(self.hanging)

    @property
    def types(self) -> dict[str, int]:
        """Objects by type name over all copies, including what hangs from them."""
        return self.graph.type_counts(np.concatenate([self.members.ravel(), self.hanging]))

    def hanging_from(self, copy: int) -> Numbers:
        return self.hanging[self.starts[copy] : self.starts[copy + 1]]

    def places(self, copy: int = 0) -> list[int]:
        """Places of the objects in one copy's component."""
        found: list[int] = self.graph.numbers[self.members[copy]].tolist()
        return found

    @property
    def all_places(self) -> list[int]:
        """Places of the objects of all copies, including what hangs from them."""
        objects = np.concatenate([self.members.ravel(), self.hanging])
        found: list[int] = self.graph.numbers[objects].tolist()
        return found

    def codes(self, copy: int = 0) -> list[Trait | None]:
        """The code that each object of one copy's component runs, if known."""
        found = self.colouring.traits
        places = self.colouring.codes[self.members[copy]].tolist()
        return [found[place] if place >= 0 else None for place in places]


def find_kinds(snapshot: Snapshot, garbage: Mask, samples: int = 3) -> list[Kind]:
    """The kinds of cycle among the ``garbage`` of a snapshot, by shape alone."""
    return group(connect(snapshot, garbage), samples=samples)


def group(
    graph: GarbageGraph, traits: Traits | None = None, ops: int = 1, samples: int = 3
) -> list[Kind]:
    """The kinds of cycle in a graph that ``ops`` operations left, those with most objects first.

    Every garbage object belongs to exactly one kind: it is in a component or hangs from the
    nearest one. Without ``traits``, cycles of one shape are one kind, whichever code created them.
    """
    if not graph.cyclic.any():
        return []
    colouring = colour_by_shape(graph) if traits is None else colour_by_traits(graph, traits, ops)
    count, components = graph.count, graph.components
    colours, kind_of, copies = colouring.kinds
    # Objects sorted by kind, then by component: a kind is one slice, and so is each copy.
    by_kind = components[stable_order(kind_of, len(colours))]
    members, ends = _pick(places_of(graph.cyclic), graph.component, by_kind, count)
    hangs = ~graph.cyclic
    hangs &= graph.owner >= 0
    hanging, starts = _pick(places_of(hangs), graph.owner, by_kind, count)
    kinds = []
    first = 0
    for colour, number in zip(colours.tolist(), copies.tolist(), strict=True):
        last = first + number
        part = starts[first : last + 1]
        kinds.append(
            Kind(
                graph=graph,
                colouring=colouring,
                colour=colour,
                members=members[ends[first] : ends[last]].reshape(number, -1),
                hanging=hanging[part[0] : part[-1]],
                starts=part - part[0],
                samples=_spread(number, samples),
                varying=colouring.varying.get(int(by_kind[first]), frozenset()),
            )
        )
        first = last
    return sorted(kinds, key=lambda kind: (-kind.objects, kind.colour))


def _spread(copies: int, samples: int) -> tuple[int, ...]:
    """The first copy and some others, evenly spaced."""
    taken = np.linspace(0, copies - 1, num=max(1, min(samples, copies)))
    return tuple(taken.astype(np.int64).tolist())


def _pick(
    kept: Numbers, component: Numbers, wanted: Numbers, count: int
) -> tuple[Numbers, IntArray]:
    """The objects of the ``wanted`` components, one after the other, and where each begins.

    ``kept`` are the objects, ascending; of the ``count`` components, theirs are wanted.
    """
    of_kept = read(component, kept)
    if (of_kept[1:] < of_kept[:-1]).any():  # operations took turns
        kept = kept.take(stable_order(of_kept, count))
    sizes = tally(of_kept, count)
    del of_kept
    firsts = np.cumsum(sizes, dtype=np.int32) - sizes
    lengths = sizes.take(wanted)
    starts = np.zeros(len(wanted) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    rows = np.repeat(firsts.take(wanted) - starts[:-1].astype(np.int32), lengths)
    for part in parts_of(rows):
        places = np.arange(part.start, part.start + len(rows[part]))
        rows[part] = kept.take(places + rows[part])
    return rows, starts

"""Who holds what leaks: the older objects that hold it, and the chains that lead to those."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unknot.heap.snapshot import IntArray, Numbers, Snapshot
from unknot.heap.sparse import breadth_first_order, csr_array

__all__ = [
    "MODULE",
    "Held",
    "Hold",
    "Mask",
    "find_chains",
    "find_holds",
    "grown_containers",
    "new_objects",
    "predecessors",
    "way_among",
]

MODULE = "builtins.module"

DETOUR = 3
"""By how many references a module may be further away than the nearest one, and still be named."""
MOST_CHAINS = 40
"""Modules that come into question for one object."""
NOISE = 0.05
"""A share of a type's new objects so small is no leak of its own."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Held:
    """New objects of one type that one holder holds, or several of one type do."""

    type: str
    part: int
    """How many these are."""
    whole: int
    """How many new objects of that type there are."""
    holder: int | None
    """``None`` where no tracked object holds them: a frame that runs, an extension."""
    chain: tuple[int, ...]
    """From the new object that the holder refers to, down to one of them: the same, or further."""
    scattered: bool
    """Whether other references of such a holder lead to other such objects."""

    @property
    def share(self) -> float:
        """Of all new objects of that type."""
        return self.part / self.whole


@dataclass(frozen=True, slots=True)
class Hold:
    """All new objects that are there because of one older object, or of several of one type."""

    held: tuple[Held, ...]
    ids: frozenset[int]
    """Identities of the new objects."""


def new_objects(before: Snapshot, after: Snapshot) -> Mask:
    """(n,) mask over ``after``: the objects that were not there ``before``.

    An object at the address of one of its type that went is missed.
    """
    _, old, same = np.intersect1d(before.ids, after.ids, return_indices=True)
    # By number: an array of names is as wide as the longest of them.
    numbers = {name: number for number, name in enumerate((*before.type_names, *after.type_names))}
    then = np.array([numbers[name] for name in before.type_names])[before.types[old]]
    now = np.array([numbers[name] for name in after.type_names])[after.types[same]]
    found = np.ones(len(after), dtype=bool)
    found[same[then == now]] = False
    return found


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


def find_holds(
    snapshot: Snapshot, new: Mask, types: Collection[str], bounded: Mask | None = None
) -> list[Hold]:
    """The new objects of those types by who holds them, the holder of most objects first.

    An object is held by whom a shortest way from a module to it, or else from what something
    outside holds, passes last before it passes new objects alone. What is ``bounded``, as a cache,
    holds what nothing else does.
    """
    ways = _Ways.find(snapshot, new, bounded)
    wanted = np.array([name in types for name in snapshot.type_names])[snapshot.types]
    members = np.flatnonzero(new & wanted & (ways.holder >= 0))
    groups, scattered = ways.group(members)
    many = _are_many(groups, snapshot.types[members])
    members, groups = members[many], groups[many]
    kinds = snapshot.types[members]
    totals = np.bincount(kinds)
    found: list[Hold] = []
    for group in np.unique(groups).tolist():
        inside = groups == group
        held = []
        for kind in np.unique(kinds[inside]).tolist():
            alike = members[inside & (kinds == kind)]
            held.append(ways.describe(alike, int(totals[kind]), group in scattered))
        found.append(Hold(tuple(held), frozenset(snapshot.ids[members[inside]].tolist())))
    return sorted(found, key=lambda hold: -len(hold.ids))


def _are_many(groups: IntArray, kinds: Numbers) -> Mask:
    """Whether an object's group has more than a few of all those of its kind."""
    pairs = np.stack([groups, kinds])
    _, pair, counts = np.unique(pairs, axis=1, return_inverse=True, return_counts=True)
    mine, all_of_kind = counts[pair.ravel()], np.bincount(kinds)[kinds]
    found: Mask = (mine == all_of_kind) | (mine > np.maximum(1, NOISE * all_of_kind))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """The shortest ways to new objects, and where on them everything begins to be new."""

    snapshot: Snapshot
    new: Mask
    before: IntArray
    """(n + 1,) the object before each; n at a root, negative where no way leads there."""
    entry: IntArray
    """(n,) the first new object on the way to each."""
    depth: IntArray
    """(n,) how many references after that it is."""

    @classmethod
    def find(cls, snapshot: Snapshot, new: Mask, bounded: Mask | None) -> _Ways:
        """All ways at once, climbed by rounds, each twice as far as the one before it."""
        size = len(snapshot)
        before = predecessors(snapshot, new)
        if bounded is not None and bounded.any():
            without = predecessors(snapshot.without_holders(bounded), new, snapshot)
            before = np.where(without >= 0, without, before)
        parents = before[:size]
        climbs = new & (parents >= 0) & (parents < size)
        climbs[climbs] = new[parents[climbs]]
        entry = np.where(climbs, parents, np.arange(size))
        depth = climbs.astype(np.int64)
        while not np.array_equal(entry, entry[entry]):
            depth = depth + depth[entry]
            entry = entry[entry]
        return cls(snapshot, new, before, entry, depth)

    @property
    def holder(self) -> IntArray:
        """(n,) the last old object on the way to each; n where it is the first of all."""
        found: IntArray = self.before[self.entry]
        return found

    def group(self, members: IntArray) -> tuple[IntArray, frozenset[int]]:
        """A number for each, equal where the holder is; and the numbers that are of several.

        What nothing tracked holds goes by its type, and holders of few go by theirs.
        """
        size, types = len(self.snapshot), self.snapshot.types
        groups = self.holder[members]
        few = np.bincount(groups, minlength=size + 1)[groups] < max(2, NOISE * len(members))
        outside = groups == size
        few &= ~outside
        groups[outside] = size + types[self.entry[members[outside]]]
        groups[few] = size + len(self.snapshot.type_names) + types[groups[few]]
        return groups, frozenset(groups[few].tolist())

    def describe(self, objects: IntArray, whole: int, scattered: bool) -> Held:
        """Of new objects of one type, one of the nearest, from the middle."""
        depth = self.depth[objects]
        nearest = objects[depth == depth.min()]
        example = int(nearest[len(nearest) // 2])
        chain = [example]
        while chain[-1] != self.entry[example]:
            chain.append(int(self.before[chain[-1]]))
        first, types = chain[-1], self.snapshot.types
        holder = int(self.before[first])
        siblings = self.snapshot.targets[self.snapshot.sources == holder]
        alike = self.new[siblings] & (types[siblings] == types[first])
        return Held(
            type=self.snapshot.type_names[types[example]],
            part=len(objects),
            whole=whole,
            holder=holder if holder < len(self.snapshot) else None,
            chain=tuple(chain[::-1]),
            scattered=scattered or int(alike.sum()) > 1,
        )


def find_chains(snapshot: Snapshot, target: int) -> list[list[int]]:
    """The chains of objects that hold ``target``, one for each module near it, shortest first.

    Where no module leads to it there is one: the shortest from an object that something outside
    the tracked objects holds, a running frame, a thread, an extension. A chain of the target alone
    means that it is held so itself.
    """
    graph = csr_array(
        (np.ones(len(snapshot.sources)), (snapshot.targets, snapshot.sources)),
        shape=(len(snapshot), len(snapshot)),
    )
    order, following = breadth_first_order(graph, target)
    is_module = _is_module(snapshot)
    chains: list[list[int]] = []
    for root in order[is_module[order]][:MOST_CHAINS].tolist():
        chain = list(_walk(following, root, target))
        if is_module[chain[1:]].any():
            continue
        if chains and len(chain) > len(chains[0]) + DETOUR:
            break
        chains.append(chain)
    if not chains:
        inside = np.bincount(snapshot.targets, minlength=len(snapshot))
        outside = order[snapshot.counts[order] > inside[order]][:1].tolist()
        chains = [list(_walk(following, root, target)) for root in outside]
    return chains


def way_among(
    snapshot: Snapshot, start: int, identities: Collection[int], allowed: Mask
) -> list[int]:
    """A shortest way from ``start`` to one of those objects, through objects of the mask alone.

    Empty where there is none.
    """
    inside = allowed[snapshot.sources] & allowed[snapshot.targets]
    ends = (snapshot.sources[inside], snapshot.targets[inside])
    graph = csr_array((np.ones(int(inside.sum())), ends), shape=(len(snapshot), len(snapshot)))
    order, before = breadth_first_order(graph, start)
    for goal in order.tolist()[1:]:
        if int(snapshot.ids[goal]) in identities:
            return list(_walk(before, goal, start))[::-1]
    return []


def predecessors(snapshot: Snapshot, new: Mask, whole: Snapshot | None = None) -> IntArray:
    """(n + 1,) the object before each on a shortest way to it; n at a root, negative at none.

    The roots are the older modules; for what none of them leads to, what something outside holds,
    outside the ``whole`` of which the snapshot has not all references.
    """
    size = len(snapshot)
    inside = np.bincount((whole or snapshot).targets, minlength=size)
    modules = snapshot.rooted(np.flatnonzero(_is_module(snapshot) & ~new))
    outside = snapshot.rooted(np.flatnonzero(snapshot.counts > inside))
    before, otherwise = (breadth_first_order(graph, size)[1] for graph in (modules, outside))
    found: IntArray = np.where(before >= 0, before, otherwise).astype(np.int64)
    return found


def _is_module(snapshot: Snapshot) -> Mask:
    found: Mask = np.array([name == MODULE for name in snapshot.type_names])[snapshot.types]
    return found


def _walk(following: IntArray | Numbers, start: int, end: int) -> Iterator[int]:
    while start != end:
        yield start
        start = int(following[start])
    yield end

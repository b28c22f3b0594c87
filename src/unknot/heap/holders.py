"""Finds what holds leaked objects: the older objects that hold them, and the chains to those."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from unknot.heap.adjacency import UNREACHED, Adjacency, breadth_first
from unknot.heap.snapshot import IntArray, Mask, Numbers, Snapshot

__all__ = [
    "MODULE",
    "Held",
    "Hold",
    "awaited_by",
    "find_chains",
    "find_holds",
    "grown_containers",
    "new_objects",
    "path_among",
    "predecessors",
]

MODULE = "builtins.module"

COROUTINE = "builtins.coroutine"
AWAITED = 4
"""Coroutines in a row that are followed from one to the one that awaits it."""

IMMUTABLE = {
    *("asyncio.events.Handle", "asyncio.events.TimerHandle", "builtins.builtin_function_or_method"),
    *("builtins.frozenset", "builtins.method", "builtins.tuple"),
}
"""Types whose objects refer to nothing but what they were made with."""

DETOUR = 3
"""How many references further away than the nearest module another named module may be."""
MOST_CHAINS = 40
"""Maximum number of modules considered for one object."""
NOISE = 0.05
"""Share of a type's new objects up to which a group is not a leak by itself."""


@dataclass(frozen=True, slots=True)
class Held:
    """New objects of one type held by one holder, or by several holders of one type."""

    type: str
    part: int
    """Number of these objects."""
    whole: int
    """Number of all new objects of the type."""
    holder: int | None
    """``None`` if no tracked object holds them, but a running frame or an extension."""
    chain: tuple[int, ...]
    """From the new object that the holder refers to, to one of these objects, inclusive."""
    scattered: bool
    """Whether other references of the holder, or other holders, lead to more such objects."""

    @property
    def share(self) -> float:
        """Fraction of all new objects of the type."""
        return self.part / self.whole


@dataclass(frozen=True, slots=True)
class Hold:
    """All new objects held by one older object, or by several older objects of one type."""

    held: tuple[Held, ...]
    members: frozenset[int]
    """The new objects."""


def new_objects(before: Snapshot, after: Snapshot) -> Mask:
    """(n,) mask over ``after`` of the objects that did not exist ``before``.

    Misses an object that reuses the address of a freed object of the same type, unless it is of an
    immutable type and refers to a new one: what cannot change is no older than what it refers to.
    """
    old, same = after.in_both(before)
    # Types by number: an array of names would be as wide as the longest name.
    numbers = {name: number for number, name in enumerate((*before.type_names, *after.type_names))}
    then = np.array([numbers[name] for name in before.type_names])[before.types[old]]
    now = np.array([numbers[name] for name in after.type_names])[after.types[same]]
    found = np.ones(len(after), dtype=bool)
    found[same[then == now]] = False
    immutable = np.array([name in IMMUTABLE for name in after.type_names], dtype=bool)[after.types]
    fixed = immutable[after.sources]
    sources, targets = after.sources[fixed], after.targets[fixed]
    while True:
        younger = sources[found[targets] & ~found[sources]]
        if not len(younger):
            return found
        found[younger] = True


def grown_containers(before: Snapshot, after: Snapshot, least: int) -> dict[int, int]:
    """Numbers in ``after`` of objects that gained at least ``least`` references, most first.

    The values are how many each gained. References to untracked objects count too, so a list that
    fills with strings is found.
    """
    old, new = after.in_both(before)
    gained = after.degrees[new].astype(np.int64) - before.degrees[old].astype(np.int64)
    grown = np.flatnonzero(gained >= least)
    order = grown[np.lexsort((new[grown], -gained[grown]))]
    return dict(zip(new[order].tolist(), gained[order].tolist(), strict=True))


def find_holds(
    snapshot: Snapshot, new: Mask, types: Collection[str], bounded: Mask | None = None
) -> list[Hold]:
    """The new objects of those types, grouped by holder, the holder of most objects first.

    An object's holder is the last older object on a shortest path to it from a module, or, if no
    module leads to it, from an object held from outside. ``bounded`` objects, such as caches, are
    holders only of objects that nothing else holds.
    """
    paths = _ShortestPaths.find(snapshot, new, bounded)
    wanted = np.array([name in types for name in snapshot.type_names])[snapshot.types]
    members = np.flatnonzero(new & wanted & (paths.holder >= 0))
    groups, scattered = paths.group(members)
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
            held.append(paths.describe(alike, int(totals[kind]), group in scattered))
        found.append(Hold(tuple(held), frozenset(members[inside].tolist())))
    return sorted(found, key=lambda hold: -len(hold.members))


def awaited_by(snapshot: Snapshot, new: Mask, coroutines: IntArray) -> Mask:
    """(n,) the new objects that are there because one of ``coroutines`` awaits others.

    Those, and what they alone hold. A coroutine may be at the address of one that went, and so
    count as an older object.
    """
    if not len(coroutines):
        return np.zeros(len(snapshot), dtype=bool)
    paths = _ShortestPaths.find(snapshot, new, None)
    names = np.array([name == COROUTINE for name in (*snapshot.type_names, "")])
    is_coroutine = names[np.append(snapshot.types, len(snapshot.type_names))]
    holder = paths.holder
    for _ in range(AWAITED):
        passes = is_coroutine[holder] & ~np.isin(holder, coroutines) & (holder >= 0)
        holder = np.where(passes, paths.before[holder], holder)
    found: Mask = new & np.isin(holder, coroutines)
    return found


def _are_many(groups: IntArray, kinds: Numbers) -> Mask:
    """(k,) whether each object's group is a significant share of all objects of its type."""
    pairs = np.stack([groups, kinds])
    _, pair, counts = np.unique(pairs, axis=1, return_inverse=True, return_counts=True)
    mine, all_of_kind = counts[pair.ravel()], np.bincount(kinds)[kinds]
    found: Mask = (mine == all_of_kind) | (mine > np.maximum(1, NOISE * all_of_kind))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _ShortestPaths:
    """Shortest paths to the new objects, and the point on each from which all objects are new."""

    snapshot: Snapshot
    new: Mask
    before: IntArray
    """(n + 1,) each object's predecessor; n for roots, negative if unreachable."""
    entry: IntArray
    """(n,) the first object of the new part of the path to each object."""
    depth: IntArray
    """(n,) number of references from ``entry`` to the object."""

    @classmethod
    def find(cls, snapshot: Snapshot, new: Mask, bounded: Mask | None) -> _ShortestPaths:
        """Follows all paths upwards at once by pointer jumping."""
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
        """(n,) the last older object on the path to each object; n if there is none."""
        found: IntArray = self.before[self.entry]
        return found

    def group(self, members: IntArray) -> tuple[IntArray, frozenset[int]]:
        """A group number for each object, and the numbers of groups with several holders.

        Objects without a tracked holder are grouped by the type of their entry, and objects whose
        holder has only a few by the type of the holder.
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
        """Describes new objects of one type, by the chain to one of those nearest to the holder."""
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
    """The chains of objects that hold ``target``, one for each nearby module, shortest first.

    If no module leads to it, the only chain is the shortest from an object that something outside
    the tracked objects holds: a running frame, a thread or an extension. A chain of the target
    alone means that the target itself is held that way.
    """
    graph = Adjacency.ordered(snapshot.targets, snapshot.sources, len(snapshot))
    order, following = breadth_first(graph, np.array([target]))
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


def path_among(snapshot: Snapshot, start: int, goals: Collection[int], allowed: Mask) -> list[int]:
    """A shortest path from ``start`` to one of the ``goals``, through ``allowed`` objects only.

    Empty if there is none.
    """
    inside = allowed[snapshot.sources] & allowed[snapshot.targets]
    sources, targets = snapshot.sources[inside], snapshot.targets[inside]
    graph = Adjacency.ordered(sources, targets, len(snapshot))
    order, before = breadth_first(graph, np.array([start]))
    for goal in order.tolist()[1:]:
        if goal in goals:
            return list(_walk(before, goal, start))[::-1]
    return []


def predecessors(snapshot: Snapshot, new: Mask, whole: Snapshot | None = None) -> IntArray:
    """(n + 1,) each object's predecessor on a shortest path; n for roots, negative if unreachable.

    The roots are the older modules. Objects that no module reaches have paths from objects held
    from outside: those with more references than the snapshot has, or ``whole``, if the snapshot
    is a part of that.
    """
    size = len(snapshot)
    inside = np.bincount((whole or snapshot).targets, minlength=size)
    modules = np.flatnonzero(_is_module(snapshot) & ~new)
    outside = np.flatnonzero(snapshot.counts > inside)
    graph = snapshot.successors
    before, otherwise = (breadth_first(graph, roots)[1] for roots in (modules, outside))
    found = np.where(before >= 0, before, otherwise).astype(np.int64)
    return np.append(found, UNREACHED)


def _is_module(snapshot: Snapshot) -> Mask:
    found: Mask = np.array([name == MODULE for name in snapshot.type_names])[snapshot.types]
    return found


def _walk(following: IntArray | Numbers, start: int, end: int) -> Iterator[int]:
    while start != end:
        yield start
        start = int(following[start])
    yield end

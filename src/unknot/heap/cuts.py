"""Finds the references to cut so that reference counting frees everything, and proves the cut.

A single sufficient cut lies on every cycle, so only the references of one cycle have to be tried.
If none suffices, the smallest set is a minimum hitting set over all cycles. It is found as for
implicit hitting sets (Moreno-Centeno and Karp, 2013): hit the known cycles, search for one that is
left, and repeat until there is none.

Components are cut one by one. References between components go one way only, so whatever remains
held by another component is freed when that one is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unknot.heap.adjacency import UNREACHED, Adjacency, breadth_first
from unknot.heap.colours import Colours
from unknot.heap.components import strong_components
from unknot.heap.cycles import Kind
from unknot.heap.edge_groups import EdgeGroups
from unknot.heap.edges import IMPOSSIBLE, EdgeGroup, EdgeName
from unknot.heap.labels import CodeOrigin
from unknot.heap.paths import CyclePath
from unknot.heap.sample import inner_references
from unknot.heap.snapshot import Mask, Numbers

__all__ = ["Proof", "find_cut", "held_after", "prove"]

ATTEMPTS = 40
"""Cycles considered for the smallest set; after that, any sufficient set is accepted."""
HANDFUL = 4
"""Maximum size of a set of a lower tier that is preferred to one reference of a higher tier."""
BRANCHES = 20_000
"""Maximum number of branches in the search for the smallest hitting set, over all attempts."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What reference counting frees once the cut is made."""

    frees: int
    of: int
    copies: int
    """Number of copies in which the cut was tried."""

    @property
    def sufficient(self) -> bool:
        return self.copies > 0 and self.frees == self.of


def held_after(sources: Numbers, targets: Numbers, removed: Mask, size: int) -> Mask:
    """(size,) mask of objects in a cycle, or held by one, without the ``removed`` references."""
    sources, targets = sources[~removed], targets[~removed]
    component = strong_components(sources, targets, size)
    circular = np.bincount(component) > 1
    circular[component[sources[sources == targets]]] = True
    held: Mask = circular[component]
    if held.any() and not held.all():
        graph = Adjacency.ordered(sources, targets, size)
        held = breadth_first(graph, np.flatnonzero(held))[1] != UNREACHED
    return held


def find_cut(groups: EdgeGroups, cycle: CyclePath) -> list[EdgeGroup]:
    """The edge groups to cut: the smallest and best set of the lowest sufficient tier.

    Up to ``HANDFUL`` local variables are preferred to one reference of a higher tier, and
    references stored by the application or a library to those stored by the standard library.
    A reference that no statement can clear is dropped from the set if the rest still frees
    something; the proof then shows how much.
    """
    cutter = _Cutter(groups)
    found = groups.found
    on_cycle = cutter.order({int(groups.of[number]) for number in cycle.references})
    enough = [number for number in on_cycle if not cutter.left({number}).any()]
    clearable = [number for number in enough if found[number].clearable]
    several = cutter.of_lowest_tier(
        frozenset(on_cycle), found[clearable[0]].tier if clearable else IMPOSSIBLE
    )
    if several and (len(several) <= HANDFUL or not clearable):
        return [found[number] for number in cutter.order(several)]
    if clearable:
        return [found[clearable[0]]]
    chosen = cutter.smallest(frozenset(on_cycle))
    if enough and not all(found[number].clearable for number in chosen):
        chosen = {enough[0]}
    writable = {number for number in chosen if found[number].clearable}
    if writable and not cutter.left(writable).all():
        chosen = writable
    return [found[number] for number in cutter.order(chosen)]


class _Cutter:
    """Removes edge groups from one sample and finds what is left."""

    def __init__(self, groups: EdgeGroups) -> None:
        self.size = groups.folded.sample.size
        self.groups = groups.found
        self.ranks = [group.rank for group in groups.found]
        self.group_of = groups.of
        self.branches = 0
        sample, inside = groups.folded.sample, len(groups.of)
        self.sources, self.targets = sample.sources[:inside], sample.targets[:inside]

    def order(self, numbers: set[int] | frozenset[int]) -> list[int]:
        """Best first."""
        return sorted(numbers, key=lambda each: (self.ranks[each], self.groups[each].edge))

    def of_lowest_tier(self, first: frozenset[int], below: int) -> set[int]:
        """The smallest sufficient set of groups of the lowest tier; empty if no tier suffices.

        Only tiers lower than ``below``, and code that the reader can change, are considered.
        """
        tiers = {group.tier for group in self.groups}
        for tier in sorted(tier for tier in tiers if tier < min(below, 3 * CodeOrigin.STANDARD)):
            allowed = {at for at, group in enumerate(self.groups) if group.tier <= tier}
            if not self.left(allowed).any():
                return self.smallest(first, frozenset(allowed))
        return set()

    def left(self, numbers: set[int]) -> Mask:
        """(size,) mask of objects still in a cycle, or held by one, without those groups."""
        removed = np.isin(self.group_of, list(numbers))
        return held_after(self.sources, self.targets, removed, self.size)

    def smallest(self, first: frozenset[int], allowed: frozenset[int] | None = None) -> set[int]:
        """The smallest sufficient set of groups, searched from the groups of one cycle.

        Only ``allowed`` groups are used, which must suffice together; by default, all groups.
        """
        usable = frozenset(range(len(self.groups))) if allowed is None else allowed
        cycles = [first & usable]
        chosen: set[int] = set()
        for _ in range(ATTEMPTS):
            if self.branches > BRANCHES:
                break
            chosen = self.hit(cycles)
            cycle = self.find_cycle(chosen)
            if cycle is None:
                return chosen
            cycles.append(cycle & usable)
        while (cycle := self.find_cycle(chosen)) is not None:
            chosen.add(self.order(cycle & usable)[0])
        for number in reversed(self.order(chosen)):
            if not self.left(chosen - {number}).any():
                chosen = chosen - {number}
        return chosen

    def find_cycle(self, removed: set[int]) -> frozenset[int] | None:
        """The groups of a short cycle that is left; ``None`` if no cycle is."""
        keep = ~np.isin(self.group_of, list(removed))
        sources, targets = self.sources[keep], self.targets[keep]
        group_of = self.group_of[keep]
        loops = np.flatnonzero(sources == targets)
        if len(loops):
            return frozenset(group_of[loops[:1]].tolist())
        size = self.size
        component = strong_components(sources, targets, size)
        circular = np.bincount(component) > 1
        inside = component[sources] == component[targets]
        if not circular.any():
            return None
        # A path from the target of a reference inside a component back to its source is a cycle.
        start = int(np.flatnonzero(inside)[0])
        goal, place = int(sources[start]), int(targets[start])
        graph = Adjacency.ordered(sources, targets, size)
        _, before = breadth_first(graph, np.array([place]))
        used = {int(group_of[start])}
        while goal != place:
            previous = int(before[goal])
            step = np.flatnonzero((sources == previous) & (targets == goal))[0]
            used.add(int(group_of[step]))
            goal = previous
        return frozenset(used)

    def hit(self, cycles: Sequence[frozenset[int]]) -> set[int]:
        """The cheapest set with a group from every cycle, by branch and bound."""
        best: tuple[Any, frozenset[int]] | None = None
        waiting: list[frozenset[int]] = [frozenset()]
        while waiting and (best is None or self.branches <= BRANCHES):
            self.branches += 1
            chosen = waiting.pop()
            cost = self.cost(chosen)
            if best is not None and cost >= best[0]:
                continue
            missed = min((each for each in cycles if not each & chosen), key=len, default=None)
            if missed is None:
                best = cost, chosen
            else:
                waiting.extend(chosen | {number} for number in reversed(self.order(missed)))
        assert best is not None
        return set(best[1])

    def cost(self, chosen: frozenset[int]) -> tuple[Any, ...]:
        """A key: unclearable groups, number of groups, total rank, then text.

        The text makes the result independent of the order of objects.
        """
        groups = [self.groups[number] for number in chosen]
        return (
            sum(not group.clearable for group in groups),
            len(groups),
            sum(self.ranks[number] for number in chosen),
            sorted(group.edge for group in groups),
        )


def prove(kind: Kind, samples: Sequence[EdgeGroups], cut: Sequence[EdgeGroup]) -> Proof:
    """Counts what is freed once the references of ``cut`` are removed.

    All copies of the kind are tried if colours distinguish the references of the cut from all
    others. Otherwise only the samples are tried, whose references have names.
    """
    names = {(group.edge, group.kind) for group in cut}
    removed = [_remove(groups, names) for groups in samples]
    pairs = _identify(samples, removed)
    if pairs is not None:
        return _prove_everywhere(kind, pairs)
    frees = total = 0
    for groups, mask in zip(samples, removed, strict=True):
        sample = groups.folded.sample
        everywhere = np.concatenate([mask, np.zeros(len(sample.sources) - len(mask), dtype=bool)])
        held = held_after(sample.sources, sample.targets, everywhere, sample.total)
        frees += sample.total - int(held.sum())
        total += sample.total
    return Proof(frees=frees, of=total, copies=len(samples))


def _remove(groups: EdgeGroups, names: set[tuple[EdgeName, str]]) -> Mask:
    """(k,) mask of the references inside a sample's component that are cut."""
    hit = np.array([(each.edge, each.kind) in names for each in groups.found], dtype=bool)
    mask: Mask = hit[groups.of]
    return mask


def _identify(samples: Sequence[EdgeGroups], removed: Sequence[Mask]) -> Colours | None:
    """The colour pairs of the cut references; ``None`` if other references share one."""
    cut, rest = [], []
    for groups, mask in zip(samples, removed, strict=True):
        sample, inside = groups.folded.sample, len(mask)
        pairs = _pair(
            sample.colours[sample.sources[:inside]], sample.colours[sample.targets[:inside]]
        )
        cut.append(pairs[mask])
        rest.append(pairs[~mask])
    found = np.unique(np.concatenate(cut))
    return None if np.isin(found, np.concatenate(rest)).any() else found


def _pair(sources: Colours, targets: Colours) -> Colours:
    """One number for each pair of colours."""
    mixed: Colours = sources * np.uint64(0x9E3779B97F4A7C15) + targets
    return mixed


def _prove_everywhere(kind: Kind, pairs: Colours) -> Proof:
    members = kind.members.ravel()
    objects = np.concatenate([members, kind.hanging])
    sources, targets = inner_references(kind, objects)
    graph = kind.graph
    colours = kind.colouring.colours[objects]
    inside = graph.component[objects[sources]] == graph.component[objects[targets]]
    removed = inside & np.isin(_pair(colours[sources], colours[targets]), pairs)
    held = held_after(sources, targets, removed, len(objects))
    return Proof(frees=len(objects) - int(held.sum()), of=len(objects), copies=kind.copies)

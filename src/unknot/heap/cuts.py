"""The references whose removal lets reference counting free everything, proven by removing them.

A single sufficient cut lies on every cycle, so those on one cycle are all there is to try. Where
none is enough, the smallest set is a minimum hitting set over cycles, found as it is for implicit
ones (Moreno-Centeno and Karp, 2013): hit the cycles known so far, look for one that is left, and
begin again until none is.

Components are cut one by one. Between them references go one way only, so what one cut leaves held
by another component goes when that is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unknot.heap.colours import Colours
from unknot.heap.cycles import Kind
from unknot.heap.graph import Mask
from unknot.heap.handles import IMPOSSIBLE, Handle, Handles, Reading
from unknot.heap.labels import Who
from unknot.heap.naming import Cycle
from unknot.heap.sample import inner_references
from unknot.heap.snapshot import Numbers
from unknot.heap.sparse import breadth_first_order, csr_array, strong_components

__all__ = ["Proof", "find_cut", "held_after", "prove"]

ATTEMPTS = 40
"""Cycles looked at for the smallest set; after that a set that is enough, perhaps not smallest."""
HANDFUL = 4
"""References that are cut together where one alone, of another kind, would be enough."""
BRANCHES = 20_000
"""Of the search for the smallest set that hits the cycles known, over all attempts."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What reference counting freed once the references were gone."""

    frees: int
    of: int
    copies: int
    """In how many copies that was tried."""

    @property
    def sufficient(self) -> bool:
        return self.copies > 0 and self.frees == self.of


def held_after(sources: Numbers, targets: Numbers, removed: Mask, size: int) -> Mask:
    """(size,) what is still in a cycle or held by one without the ``removed`` references."""
    sources, targets = sources[~removed], targets[~removed]
    matrix = csr_array((np.ones(len(sources)), (sources, targets)), shape=(size, size))
    count, component = strong_components(matrix)
    circular = np.bincount(component, minlength=count) > 1
    circular[component[sources[sources == targets]]] = True
    held: Mask = circular[component]
    if held.any() and not held.all():
        start = np.flatnonzero(held)
        extended = csr_array(
            (
                np.ones(len(sources) + len(start)),
                (np.append(sources, np.full(len(start), size)), np.append(targets, start)),
            ),
            shape=(size + 1, size + 1),
        )
        reached = breadth_first_order(extended, size)[0]
        held[reached[reached < size]] = True
    return held


def find_cut(handles: Handles, cycle: Cycle) -> list[Handle]:
    """The handles to cut: of the lowest tier that is enough, the fewest, and of those the best.

    Several local variables come before one reference that is more than that, up to a ``HANDFUL``,
    and what its own code or a library's stores before what the standard library does.
    Where the set needs a reference that no statement clears, as C code's own, it is left out if the
    others free something without it: that part can be written, and how much it frees is told.
    """
    cutter = _Cutter(handles)
    found = handles.found
    on_cycle = cutter.order({int(handles.of[number]) for number in cycle.references})
    enough = [number for number in on_cycle if not cutter.left({number}).any()]
    clearable = [number for number in enough if found[number].possible]
    several = cutter.of_lowest_tier(
        frozenset(on_cycle), found[clearable[0]].tier if clearable else IMPOSSIBLE
    )
    if several and (len(several) <= HANDFUL or not clearable):
        return [found[number] for number in cutter.order(several)]
    if clearable:
        return [found[clearable[0]]]
    chosen = cutter.smallest(frozenset(on_cycle))
    if enough and not all(found[number].possible for number in chosen):
        chosen = {enough[0]}
    writable = {number for number in chosen if found[number].possible}
    if writable and not cutter.left(writable).all():
        chosen = writable
    return [found[number] for number in cutter.order(chosen)]


class _Cutter:
    """Removes handles from one sample and sees what is left."""

    def __init__(self, handles: Handles) -> None:
        self.size = handles.folded.sample.size
        self.handles = handles.found
        self.handle_of = handles.of
        self.branches = 0
        sample, inside = handles.folded.sample, len(handles.of)
        self.sources, self.targets = sample.sources[:inside], sample.targets[:inside]

    def order(self, numbers: set[int] | frozenset[int]) -> list[int]:
        """Best first."""
        handles = self.handles
        return sorted(numbers, key=lambda each: (handles[each].rank, handles[each].reading))

    def of_lowest_tier(self, first: frozenset[int], below: int) -> set[int]:
        """The smallest set of handles of the lowest tier that leaves nothing; empty if none does.

        Only of tiers ``below`` that one, and of code that its reader can change.
        """
        tiers = {handle.tier for handle in self.handles}
        for tier in sorted(tier for tier in tiers if tier < min(below, 3 * Who.STANDARD)):
            allowed = {at for at, handle in enumerate(self.handles) if handle.tier <= tier}
            if not self.left(allowed).any():
                return self.smallest(first, frozenset(allowed))
        return set()

    def left(self, numbers: set[int]) -> Mask:
        """(size,) what of the component is then left in a cycle, or held by one."""
        removed = np.isin(self.handle_of, list(numbers))
        return held_after(self.sources, self.targets, removed, self.size)

    def smallest(self, first: frozenset[int], allowed: frozenset[int] | None = None) -> set[int]:
        """The smallest set of handles that leaves nothing, begun from the handles of one cycle.

        Of those ``allowed``, which together leave nothing; without that, of all.
        """
        usable = frozenset(range(len(self.handles))) if allowed is None else allowed
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
        """The handles of a short cycle that is left."""
        keep = ~np.isin(self.handle_of, list(removed))
        sources, targets = self.sources[keep], self.targets[keep]
        handle_of = self.handle_of[keep]
        loops = np.flatnonzero(sources == targets)
        if len(loops):
            return frozenset(handle_of[loops[:1]].tolist())
        size = self.size
        matrix = csr_array((np.ones(len(sources)), (sources, targets)), shape=(size, size))
        count, component = strong_components(matrix)
        circular = np.bincount(component, minlength=count) > 1
        inside = component[sources] == component[targets]
        if not circular.any():
            return None
        # The way from the end of a reference inside a component back to its start closes a cycle.
        start = int(np.flatnonzero(inside)[0])
        goal, place = int(sources[start]), int(targets[start])
        _, before = breadth_first_order(matrix, place)
        used = {int(handle_of[start])}
        while goal != place:
            previous = int(before[goal])
            step = np.flatnonzero((sources == previous) & (targets == goal))[0]
            used.add(int(handle_of[step]))
            goal = previous
        return frozenset(used)

    def hit(self, cycles: Sequence[frozenset[int]]) -> set[int]:
        """The cheapest set with a handle of every cycle; branch and bound."""
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
        """References that nobody can clear first, then how many, then by how good they are.

        Text decides the rest, so that the order of objects does not.
        """
        handles = [self.handles[number] for number in chosen]
        return (
            sum(not handle.possible for handle in handles),
            len(handles),
            sum(handle.rank for handle in handles),
            sorted(handle.reading for handle in handles),
        )


def prove(kind: Kind, samples: Sequence[Handles], cut: Sequence[Handle]) -> Proof:
    """Remove the references of ``cut`` in every copy, and count what is then freed.

    Where colours tell the references of the cut from all others, that is every copy of the kind;
    where they do not, it is the samples, whose references have names.
    """
    names = {(handle.reading, handle.kind) for handle in cut}
    removed = [_remove(handles, names) for handles in samples]
    pairs = _identify(samples, removed)
    if pairs is not None:
        return _prove_everywhere(kind, pairs)
    frees = total = 0
    for handles, mask in zip(samples, removed, strict=True):
        sample = handles.folded.sample
        everywhere = np.concatenate([mask, np.zeros(len(sample.sources) - len(mask), dtype=bool)])
        held = held_after(sample.sources, sample.targets, everywhere, sample.total)
        frees += sample.total - int(held.sum())
        total += sample.total
    return Proof(frees=frees, of=total, copies=len(samples))


def _remove(handles: Handles, names: set[tuple[Reading, str]]) -> Mask:
    """Which references inside a sample's component are cut."""
    hit = np.array([(each.reading, each.kind) in names for each in handles.found], dtype=bool)
    mask: Mask = hit[handles.of]
    return mask


def _identify(samples: Sequence[Handles], removed: Sequence[Mask]) -> Colours | None:
    """The pairs of colours that are cut; nothing where others than cut references have them."""
    cut, rest = [], []
    for handles, mask in zip(samples, removed, strict=True):
        sample, inside = handles.folded.sample, len(mask)
        pairs = _pair(
            sample.colours[sample.sources[:inside]], sample.colours[sample.targets[:inside]]
        )
        cut.append(pairs[mask])
        rest.append(pairs[~mask])
    found = np.unique(np.concatenate(cut))
    return None if np.isin(found, np.concatenate(rest)).any() else found


def _pair(sources: Colours, targets: Colours) -> Colours:
    """One number for two colours."""
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

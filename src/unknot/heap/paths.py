"""Finds the cycle to show for a component: the shortest through its most specific object."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from unknot.heap.edges import TASKS
from unknot.heap.folding import CODE, CONTAINERS, Folded, FoldedStep
from unknot.heap.labels import CodeOrigin
from unknot.records import Step

__all__ = ["CyclePath", "PathStep", "find_cycle", "find_others", "sign"]

FRAME = "builtins.frame"

EFFORT = 200_000
"""Maximum number of references followed in search of a shorter cycle."""

OTHERS = 2
"""Maximum number of cycles through tracebacks that are shown in addition to the first."""
OTHER_EFFORT = 50_000
"""Maximum number of references followed in search of those."""


@dataclass(frozen=True, slots=True)
class PathStep:
    """One reference of a cycle, as a person would write it."""

    source: str
    label: str
    target: str
    alike: str | None = None
    """The label without keys that may differ; ``None`` if it equals ``label``."""

    @property
    def text(self) -> str:
        """Such as ``Session.worker_task``: the type without its module, then the label."""
        space = " " if self.label[:1].isalnum() else ""
        return f"{shorten(self.source)}{space}{self.label}"

    def record(self, cut: bool = False) -> Step:
        """The step as it is kept in a result."""
        return Step(source=self.source, label=self.label, target=self.target, cut=cut)


@dataclass(frozen=True, slots=True)
class CyclePath:
    """A closed path through a component."""

    path: tuple[PathStep, ...]
    objects: tuple[int, ...]
    """The source of each step."""
    steps: tuple[FoldedStep, ...]
    """The steps, with the raw references that each consists of."""

    @property
    def references(self) -> frozenset[int]:
        return frozenset(number for step in self.steps for number in step.references)


def shorten(title: str) -> str:
    """The last part of a type's name. Code keeps its qualified name."""
    if " " in title:
        return title
    return title.rpartition(".")[2]


def sign(path: Iterable[PathStep], place: int = 0) -> str:
    """A cycle's signature: 16 hex digits that depend on no address, index or line number.

    ``place`` distinguishes cycles with equal paths and different code.
    """
    text = "\n".join(f"{step.source} {step.alike or step.label}" for step in path)
    if place:
        text += f"\n{place}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def find_cycle(folded: Folded) -> CyclePath:
    """The shortest cycle through the object of least obscurity, starting there.

    Of several equally short cycles, the first by text, so the order of objects has no effect.
    """
    search = _Search(folded)
    best: tuple[int, list[tuple[str, str]]] | None = None
    way: list[tuple[int, FoldedStep]] = []
    for start in search.candidates():
        if best is not None and search.effort > EFFORT:
            break
        found = search.shortest(start, best[0] if best else folded.sample.size)
        if found is None:
            continue
        found = search.rotate(found)
        order = (len(found), search.text(found))
        if best is None or order < best:
            best, way = order, found
    return _read(folded, way)


def find_others(folded: Folded, first: CyclePath) -> list[CyclePath]:
    """The shortest cycles through frames of tracebacks that ``first`` does not go through.

    A traceback holds the locals of each of its frames, and the shortest cycle often avoids them.
    Each cycle has a frame that no earlier one has; shorter cycles come first.
    """
    search = _Search(folded)
    found: list[tuple[int, list[tuple[str, str]], list[tuple[int, FoldedStep]]]] = []
    for frame in _frames_of_tracebacks(folded):
        if search.effort > OTHER_EFFORT:
            break
        way = search.shortest(frame, folded.sample.size)
        if way is not None:
            way = search.rotate(way)
            found.append((len(way), search.text(way), way))
    others: list[CyclePath] = []
    passed, said = set(first.objects), {first.path}
    for _, _, way in sorted(found, key=lambda each: each[:2]):
        cycle = _read(folded, way)
        frames = [at for at in cycle.objects if folded.sample.objects[at].type == FRAME]
        if len(others) < OTHERS and not passed.issuperset(frames) and cycle.path not in said:
            others.append(cycle)
            passed.update(cycle.objects)
            said.add(cycle.path)
    return others


def _frames_of_tracebacks(folded: Folded) -> list[int]:
    """Frames held by a traceback, one for each colour."""
    sample = folded.sample
    colours = sample.colours.tolist()
    found = {
        colours[frame]: frame
        for number, reference in enumerate(sample.references)
        for _, frame in [sample.ends(number)]
        if reference.name == "tb_frame"
    }
    return sorted(found.values())


def _read(folded: Folded, way: Sequence[tuple[int, FoldedStep]]) -> CyclePath:
    """The cycle that consists of these steps."""
    titles = [folded.title(source) for source, _ in way]
    return CyclePath(
        path=tuple(
            PathStep(title, folded.shown(step), folded.title(step.target), step.label)
            for title, (_, step) in zip(titles, way, strict=True)
        ),
        objects=tuple(source for source, _ in way),
        steps=tuple(step for _, step in way),
    )


def obscurity(folded: Folded, number: int) -> int:
    """How little an object says about the cycle: 0 for an instance of the application's class,
    most for plumbing and plain containers."""
    found = folded.sample.objects[number]
    if folded.roles[number]:
        return 9
    if found.type in CONTAINERS:
        return 8
    if found.is_class:
        return 5
    if found.is_exception:
        return 6
    if found.type in CODE:
        return 2 if found.origin is CodeOrigin.APPLICATION else 5
    if found.type in TASKS:
        return 3
    if found.type.startswith("builtins."):
        return 7
    written_in_c = found.origin is CodeOrigin.LIBRARY and found.where is None
    return 4 if written_in_c else BY_ORIGIN[found.origin]


CALLER_ONLY = 7
"""Obscurity of a frame that an exception only passed through: no local of it is in the cycle."""

BY_ORIGIN = {
    CodeOrigin.APPLICATION: 0,
    CodeOrigin.LIBRARY: 1,
    CodeOrigin.STANDARD: 4,
    CodeOrigin.INTERPRETER: 7,
}


def least_rotation(keys: Sequence[tuple[Any, ...]]) -> int:
    """The start of the lexicographically least rotation of a ring, in linear time (Shiloach)."""
    size, one, other, equal = len(keys), 0, 1, 0
    while max(one, other) < size and equal < size:
        left, right = keys[(one + equal) % size], keys[(other + equal) % size]
        if left == right:
            equal += 1
            continue
        if left > right:
            one += equal + 1
        else:
            other += equal + 1
        if one == other:
            other += 1
        equal = 0
    return min(one, other)


class _Search:
    """Breadth-first searches over the steps of a component. Each object's steps are cached."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.steps: dict[int, list[FoldedStep]] = {}
        self.ranks = [obscurity(folded, number) for number in range(folded.sample.size)]
        for number, found in enumerate(folded.sample.objects):
            if found.type == FRAME and self._leads_back(number):
                self.ranks[number] = CALLER_ONLY
        self.effort = 0

    def _leads_back(self, frame: int) -> bool:
        """Whether a frame's only step leads to its caller."""
        return all(step.label == ".f_back" for step in self.steps_of(frame))

    def steps_of(self, number: int) -> list[FoldedStep]:
        if number not in self.steps:
            self.steps[number] = self.folded.steps(number)
        return self.steps[number]

    def candidates(self) -> list[int]:
        """The objects of least obscurity, sorted by title and labels."""
        least = min(self.ranks)
        # Objects with equal keys are interchangeable.
        found = {self._order(at): at for at, rank in enumerate(self.ranks) if rank == least}
        return [found[order] for order in sorted(found)]

    def _order(self, number: int) -> tuple[str, tuple[str, ...], tuple[str, ...], int]:
        """A key by labels too: functions and attributes of one colour may have different names."""
        sample = self.folded.sample
        labels = tuple(step.label for step in self.steps_of(number))
        into = (sample.references[each].name or "" for each in sample.into[number])
        return self.folded.title(number), labels, tuple(sorted(into)), int(sample.colours[number])

    def shortest(self, start: int, limit: int) -> list[tuple[int, FoldedStep]] | None:
        """The first by text of the shortest cycles through ``start``.

        ``None`` if there is none of at most ``limit`` steps.
        """
        distance = {start: 0}
        level = [start]
        before: defaultdict[int, set[int]] = defaultdict(set)
        for length in range(1, limit + 1):
            following = []
            for source in level:
                for step in self.steps_of(source):
                    self.effort += 1
                    if step.target not in distance:
                        distance[step.target] = length
                        following.append(step.target)
                    if step.target == start or distance[step.target] == length:
                        before[step.target].add(source)
            if start in before:
                return self._first_by_text(start, length, before)
            level = following
        return None

    def _first_by_text(
        self, start: int, length: int, before: dict[int, set[int]]
    ) -> list[tuple[int, FoldedStep]]:
        """The least text among all shortest cycles: all steps with equal text are followed."""
        useful = [{start}]  # by number of remaining steps
        for _ in range(length):
            useful.append({source for target in useful[-1] for source in before[target]})
        useful.reverse()
        trail: list[dict[int, tuple[int, FoldedStep]]] = []
        current = {start}
        for at in range(length):
            options = [
                ((step.label, self.folded.title(step.target)), source, step)
                for source in current
                for step in self.steps_of(source)
                if step.target in useful[at + 1]
            ]
            least = min(order for order, _, _ in options)
            trail.append({})
            for order, source, step in options:
                if order == least:
                    trail[-1].setdefault(step.target, (source, step))
            current = set(trail[-1])
        way, target = [], start
        for reached in reversed(trail):
            source, step = reached[target]
            way.append((source, step))
            target = source
        return way[::-1]

    def rotate(self, way: list[tuple[int, FoldedStep]]) -> list[tuple[int, FoldedStep]]:
        """The cycle starting at the object of least obscurity; of several, at the least text."""
        keys = [
            (self.ranks[source], *text)
            for (source, _), text in zip(way, self.text(way), strict=True)
        ]
        start = least_rotation(keys)
        return way[start:] + way[:start]

    def text(self, way: list[tuple[int, FoldedStep]]) -> list[tuple[str, str]]:
        return [(self.folded.title(source), step.label) for source, step in way]

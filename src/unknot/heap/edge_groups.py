"""Groups the references of a sample by the piece of code that creates them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from unknot.heap.edges import ENDED, FRAME, TASKS, Direction, EdgeGroup, EdgeName
from unknot.heap.folding import CONTAINERS, METHODS, Folded, title
from unknot.heap.labels import CodeOrigin
from unknot.heap.snapshot import IntArray

__all__ = ["AWAITED_BY", "EXCEPTION_NAMES", "POINTED", "EdgeGroups", "group_edges"]

LIVE = {"suspended", "running", "pending"}
FIXED_ROLES = {"hamt", "method", "partial", "closure", "args", "keywords"}
EXCEPTION_NAMES = {"__traceback__", "__context__", "__cause__"}
POINTED = "_objects"
"""The attribute in which ctypes keeps what a pointer points to; without it the pointer dangles."""
CALLBACKS, AWAITED_BY = "_callbacks", "_asyncio_awaited_by"
"""References from a future to the task awaiting it; both are removed when the wait ends."""
OWNERS = (FRAME, "builtins.function")
"""Types that own a variable shared by several objects, in order of preference."""

CLEARABLE = {"attribute", "item", "key", "local", "cell", "callback"}
"""Kinds of reference that a statement can clear, unless C code owns them."""

DEPTH = 4
"""Maximum number of nested containers between an entry and the attribute that holds it."""


class ResolvedEdge(NamedTuple):
    """A raw reference resolved to its name and owner."""

    edge: EdgeName
    owner: int
    """The object that owns it, as a number in the sample."""
    attribute: str | None = None
    """The owner's attribute or local variable that holds it, directly or through a container."""
    shown: str = ""
    """The label, with any key that is not an identifier."""


@dataclass(frozen=True, slots=True, eq=False)
class EdgeGroups:
    """The edge groups of one sample."""

    folded: Folded
    found: list[EdgeGroup]
    of: IntArray
    """(k,) index into ``found`` for each of the k references inside the component."""


def group_edges(folded: Folded) -> EdgeGroups:
    """The references of a sample, grouped by the piece of code that creates them."""
    resolver = _Resolver(folded)
    numbers_of: defaultdict[tuple[EdgeName, str], list[int]] = defaultdict(list)
    for number in range(len(folded.sample.references)):
        edge = resolver.resolve(number).edge
        numbers_of[edge, resolver.kind(number)].append(number)
    groups: list[EdgeGroup] = []
    group_of = np.zeros(len(folded.sample.references), dtype=np.int64)
    for (edge, kind), numbers in numbers_of.items():
        group_of[numbers] = len(groups)
        groups.append(resolver.make_group(edge, kind, numbers))
    return EdgeGroups(folded, groups, group_of)


class _Resolver:
    """Resolves raw references to their owners. Resolved containers are cached."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.sample = folded.sample
        self.classes = [found.is_class for found in self.sample.objects]
        self.holders: dict[int, ResolvedEdge | None] = {}

    def kind(self, number: int) -> str:
        source, _ = self.sample.ends(number)
        reference = self.sample.references[number]
        if self.classes[source]:
            return "class"
        if self.folded.roles[source] == "dict" and reference.kind == "item":
            return "attribute"
        return reference.kind

    def resolve(self, number: int, depth: int = 0) -> ResolvedEdge:
        source, target = self.sample.ends(number)
        found, role = self.sample.objects[source], self.folded.roles[source]
        if self.classes[source]:
            return ResolvedEdge(
                EdgeName(self._title(source), " made anew"), source, None, " made anew"
            )
        same = self._made_with(number)
        if same is not None:
            return self.resolve(same, depth)
        label, shown = self.folded.piece(number), self.folded.piece(number, keys=True)
        attribute = None
        if self.kind(number) in {"attribute", "local"}:
            attribute = self.sample.references[number].name
        if role in {"dict", "cell", "hamt"}:
            owner = self._owner(source)
            if owner is not None:
                if role == "cell":
                    label = shown = self.variable(source)
                    attribute = label.removeprefix("local ")
                return ResolvedEdge(EdgeName(self._title(owner), label), owner, attribute, shown)
        if found.type in CONTAINERS and not role and depth < DEPTH:
            holder = self._holder(source, depth)
            if holder is not None:
                (holding, held_by), owner, attribute, held = holder
                return ResolvedEdge(
                    EdgeName(holding, held_by + label), owner, attribute, held + shown
                )
        if self.sample.references[number].kind == "unknown":
            label = shown = f"? → {self._title(target)}"
        edge = EdgeName(self._title(source), label or ".?")
        return ResolvedEdge(edge, source, attribute, shown or ".?")

    def _made_with(self, number: int) -> int | None:
        """The ``_callbacks`` reference that C code creates with an ``_asyncio_awaited_by`` one."""
        if self.sample.references[number].name != AWAITED_BY:
            return None
        others = self.sample.out[self.sample.ends(number)[0]]
        return next((n for n in others if self.sample.references[n].name == CALLBACKS), None)

    def variable(self, cell: int) -> str:
        """The label of the variable in a cell."""
        closures, variables = [], []
        for number in self.sample.into[cell]:
            source, _ = self.sample.ends(number)
            reference = self.sample.references[number]
            if self.folded.roles[source] == "closure":
                closures.append(f"closure {self.folded.closure_name(source, reference)}")
            elif reference.kind == "local":
                variables.append(f"local {reference.name or '?'}")
        return min(variables or closures, default="cell")

    def _owner(self, plumbing: int) -> int | None:
        """The object that a dict, cell or HAMT node belongs to; the first by title if shared."""
        owners, seen, waiting = [], {plumbing}, [plumbing]
        while waiting:
            for number in self.sample.into[waiting.pop()]:
                source, _ = self.sample.ends(number)
                role = self.folded.roles[source]
                if role in {"closure", "hamt", "dict"} and source not in seen:
                    seen.add(source)
                    waiting.append(source)
                elif not role:
                    owners.append(source)
        return min(owners, key=self._order, default=None)

    def _order(self, number: int) -> tuple[int, str, int]:
        kind = self.sample.objects[number].type
        place = OWNERS.index(kind) if kind in OWNERS else len(OWNERS)
        return place, title(self.sample.objects[number]), number

    def _holder(self, container: int, depth: int) -> ResolvedEdge | None:
        """The reference through which a container is held; ``None`` if there are several."""
        if container not in self.holders:
            self.holders[container] = None  # in case it holds itself
            resolved = [self.resolve(number, depth + 1) for number in self.sample.into[container]]
            (only, *others) = {each.edge: each for each in resolved}.values()
            if not others and self.sample.objects[only.owner].type not in CONTAINERS:
                self.holders[container] = only
        return self.holders[container]

    def _title(self, number: int) -> str:
        return title(self.sample.objects[number])

    def make_group(self, edge: EdgeName, kind: str, numbers: list[int]) -> EdgeGroup:
        number = min(numbers, key=self._target_order)
        target = int(self.sample.targets[number])
        owner, attribute = self.resolve(number)[1:3]
        labels = {self.resolve(each).shown for each in numbers}
        found, end = self.sample.objects[owner], self.sample.objects[target]
        reference = self.sample.references[number]
        chained = reference.name in EXCEPTION_NAMES
        clearable = self._is_clearable(kind, number, owner)
        store = found.store_origins.get(attribute or "") if kind == "attribute" else None
        line = found.store_lines.get(attribute or "")
        origin = found.origin if store is None else store.origin
        return EdgeGroup(
            edge=edge,
            label=labels.pop() if len(labels) == 1 else edge.label,
            kind=kind,
            name=edge.label.rpartition(" ")[2] if kind == "cell" else reference.name or "",
            clearable=clearable,
            in_use=chained or kind == "class" or (kind == "local" and found.state in LIVE),
            origin=origin if clearable and not chained else CodeOrigin.INTERPRETER,
            package=found.package if store is None else store.package,
            where=line or (found.where if origin == found.origin else None),
            is_stored=line is not None,
            owner=found,
            target=end,
            direction=self._direction(numbers),
            assigns_self=store is not None and store.assigns_self,
            is_bound_to_owner=end.type in METHODS and owner in self._bound_to(target),
            references=frozenset(numbers),
        )

    def _direction(self, numbers: list[int]) -> Direction:
        """Compares numbers: objects are numbered in order of creation."""
        back = {int(self.sample.targets[each]) < self.resolve(each).owner for each in numbers}
        if len(back) > 1:
            return Direction.UNKNOWN
        return Direction.BACK if back.pop() else Direction.FORWARD

    def _bound_to(self, method: int) -> set[int]:
        return {
            self.sample.ends(number)[1]
            for number in self.sample.out[method]
            if self.sample.references[number].name == "__self__"
        }

    def _target_order(self, number: int) -> tuple[bool, str, int]:
        """Targets that have not ended come first: they decide whether the group is in use."""
        found = self.sample.objects[int(self.sample.targets[number])]
        return found.state in ENDED, found.type, number

    @property
    def _points(self) -> bool:
        """Whether the sample has a ctypes object that keeps what it points to."""
        return any(reference.name == POINTED for reference in self.sample.references)

    def _is_clearable(self, kind: str, number: int, owner: int) -> bool:
        """Whether a statement can clear the reference, rather than only C code."""
        source, target = self.sample.ends(number)
        found, role = self.sample.objects[source], self.folded.roles[source]
        if self.classes[source]:
            return True  # code can create the class once instead
        if kind not in CLEARABLE or role in FIXED_ROLES or found.is_fixed:
            return False
        resolved = self.resolve(number)
        if kind in {"attribute", "item"} and POINTED in (
            resolved.attribute,
            resolved.edge.label[1:],
        ):
            return False
        if kind == "item" and found.type in CONTAINERS and self._points:
            return False  # in one of the dicts inside `_objects`
        if kind == "local":
            return self.folded.roles[target] != "cell"  # the cell can be cleared instead
        if kind == "attribute" and not role:
            name = self.sample.references[number].name
            by_c = found.origin is CodeOrigin.INTERPRETER or found.type in TASKS
            by_c = by_c or found.type.startswith("builtins.")  # even if the code is Python
            return not by_c or name in EXCEPTION_NAMES or name in found.store_origins
        return True

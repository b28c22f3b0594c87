"""What holds most: the dominator tree of a dump, as far as it is worth showing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from unknot.attach.dump import Dump
from unknot.heap.chains import read_chain
from unknot.heap.dominators import Tree, find_dominators
from unknot.heap.folding import title
from unknot.heap.holders import MODULE
from unknot.heap.snapshot import IntArray, Numbers
from unknot.records.look import Dominator, Suspect, TypeTotal

__all__ = ["Holding", "type_totals"]

SUSPICIOUS = 0.1
"""An object that retains more than this share of all reachable bytes is a suspect."""
MOST_HELD = 5
"""Maximum number of types listed among what a suspect holds."""
WORTH_A_ROW = 0.01
"""A dominator with at least this share has its own row; smaller ones share a row by type."""
WORTH_A_SHARED_ROW = 0.001
MOST_ROWS = 500
MOST_BESIDE = 5
"""Maximum number of rows by type below one dominator."""
DEEPEST = 12


@dataclass(frozen=True, eq=False)
class Holding:
    """The dominator tree of one dump, and the bytes that each object retains."""

    dump: Dump

    @cached_property
    def _tree(self) -> Tree:
        whole = self.dump.whole
        inside = np.bincount(whole.targets, minlength=len(whole))
        is_module = np.array([name == MODULE for name in whole.type_names], dtype=bool)
        roots = np.flatnonzero((whole.counts > inside) | is_module[whole.types])
        return find_dominators(whole.sources, whole.targets, roots, len(whole))

    @cached_property
    def _retained(self) -> IntArray:
        """(n + 1,) bytes retained; the last is the total of all that is reachable."""
        return self._tree.sums(self.dump.survey.sizes)

    @property
    def _total(self) -> int:
        return max(int(self._retained[-1]), 1)

    @cached_property
    def _below(self) -> tuple[Numbers, IntArray]:
        """The reachable objects by what is directly above them, and where each of these begins."""
        parents = self._tree.parents
        reached = np.flatnonzero(parents >= 0).astype(np.int32)
        order = np.argsort(parents[reached], kind="stable")
        begins = np.searchsorted(parents[reached][order], np.arange(len(parents) + 2))
        return reached[order], begins

    def _children(self, number: int) -> Numbers:
        objects, begins = self._below
        return objects[begins[number] : begins[number + 1]]

    def suspects(self) -> list[Suspect]:
        """The objects that retain much and dominate no other such object."""
        retained = self._retained
        much = np.flatnonzero(retained[:-1] > SUSPICIOUS * self._total)
        above = np.setdiff1d(much, self._tree.parents[much])
        order = above[np.argsort(-retained[above], kind="stable")]
        return [self._suspect(number) for number in order.tolist()]

    def _suspect(self, number: int) -> Suspect:
        dump = self.dump
        way = dump.ways.path(number) or [number]
        path = read_chain(dump.whole, way, dump.names).steps
        held = type_totals(dump, self._children(number), self._retained[:-1])
        return Suspect(
            type=dump.type_name(number),
            bytes=int(self._retained[number]),
            share=int(self._retained[number]) / self._total,
            path=[one.text for one in path],
            steps=[step.record() for step in path],
            holds=held[:MOST_HELD],
        )

    def dominators(self) -> list[Dominator]:
        """The tree from its roots down, each level by bytes, as far as there are rows left."""
        return self._level(len(self.dump), _Rows(MOST_ROWS), 1)

    def _level(self, number: int, rows: _Rows, depth: int) -> list[Dominator]:
        children = self._children(number)
        retained = self._retained[children]
        large = np.flatnonzero(retained >= WORTH_A_ROW * self._total)
        large = large[np.argsort(-retained[large], kind="stable")]
        large = large[: rows.take(len(large))]
        others = np.delete(children, large)
        beside = type_totals(self.dump, others, self._retained[:-1])
        beside = [one for one in beside if one.bytes >= WORTH_A_SHARED_ROW * self._total]
        beside = beside[: rows.take(min(len(beside), MOST_BESIDE))]
        found = [self._row(int(each), number, rows, depth) for each in children[large]]
        found += [
            Dominator(
                title=total.type,
                objects=total.objects,
                bytes=total.bytes,
                share=total.bytes / self._total,
            )
            for total in beside
        ]
        return sorted(found, key=lambda one: -one.bytes)

    def _row(self, number: int, above: int, rows: _Rows, depth: int) -> Dominator:
        dump = self.dump
        named = dump.names.get(number)
        return Dominator(
            title=dump.type_name(number) if named is None else title(named),
            label=self._label(number, above),
            objects=1,
            bytes=int(self._retained[number]),
            share=int(self._retained[number]) / self._total,
            below=self._level(number, rows, depth + 1) if depth < DEEPEST else [],
        )

    def _label(self, number: int, above: int) -> str:
        """The name by which the previous object on a shortest path refers to it, and that object if
        it is not the one above; empty for a root, and if not known."""
        before = int(self.dump.ways.parents[number])
        if not 0 <= before < len(self.dump):
            return ""
        step = read_chain(self.dump.whole, [before, number], self.dump.names).steps[-1]
        if before == above:
            return "" if step.label == "?" else step.label
        return f"{step.source}{step.label.replace('?', '')}"


class _Rows:
    """The number of rows that may still be added."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, wanted: int) -> int:
        """As many of these as are left."""
        taken = min(wanted, self._left)
        self._left -= taken
        return taken


def type_totals(dump: Dump, numbers: IntArray | Numbers, sizes: IntArray) -> list[TypeTotal]:
    """Objects and bytes of those objects by type, most bytes first."""
    size = len(dump.survey.type_names)
    counts = np.bincount(dump.survey.types[numbers], minlength=size)
    weights = np.bincount(dump.survey.types[numbers], weights=sizes[numbers], minlength=size)
    objects: Counter[str] = Counter()
    octets: Counter[str] = Counter()
    for at in np.flatnonzero(counts).tolist():
        objects[dump.survey.type_names[at]] += int(counts[at])
        octets[dump.survey.type_names[at]] += int(weights[at])
    order = sorted(objects, key=lambda name: (-octets[name], name))
    return [TypeTotal(type=name, objects=objects[name], bytes=octets[name]) for name in order]

"""Describes a kind of cycle: its path, its signature, and the cut that frees it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

import numpy as np

from unknot.heap.adjacency import Adjacency, breadth_first
from unknot.heap.cut_advice import ProvenCut, propose_cut
from unknot.heap.cuts import find_cut, prove
from unknot.heap.cycles import Kind
from unknot.heap.edge_groups import group_edges
from unknot.heap.edges import EdgeGroup
from unknot.heap.folding import CONTAINERS, Folded, fold
from unknot.heap.known_issues import find_known_issue
from unknot.heap.labels import CodeOrigin, Labels, package_of
from unknot.heap.paths import CyclePath, PathStep, find_cycle, find_others, sign
from unknot.heap.sample import draw_sample, inner_references
from unknot.heap.traits import Trait

__all__ = [
    "CycleReport",
    "Origin",
    "describe",
    "describe_all",
    "places_to_label",
]

Origin = Literal["application", "library"]

PASSED_ON = {".__traceback__", ".__context__", ".__cause__", ".tb_next", ".tb_frame", ".f_back"}
"""Steps that the interpreter creates while an exception propagates; no code stores them."""


@dataclass(frozen=True, slots=True)
class CycleReport:
    """The report on all cycles with one signature."""

    signature: str
    """16 hex digits; reports show the first six."""
    path: tuple[PathStep, ...]
    also: tuple[tuple[PathStep, ...], ...]
    """Other cycles, through frames of tracebacks that the path does not pass through."""
    cut: ProvenCut
    origin: Origin
    """``library`` if all code on the path is the standard library's or the interpreter's. An
    installed package counts as an application, because its maintainer measures it."""
    package: str | None
    """Whose code stores the reference to cut: an installed package or ``Python``; ``None`` for the
    application."""
    where: str | None
    """``path:line`` of the first reference of the cut, or of the first step that has one."""
    known: str | None
    """Link to the upstream issue of a cycle of the standard library."""
    copies: int
    size: int
    """Objects in one copy's component."""
    objects: int
    """Objects in all copies, including what hangs from them."""
    types: dict[str, int]
    """``objects`` by type name."""
    weight: int
    """Bytes of those objects and of the untracked objects that only they hold; 0 if not weighed."""
    codes: tuple[Trait, ...]
    """The code that objects on the path run, if their traits are known."""


def describe(kind: Kind, labels: Labels) -> CycleReport:
    """The report on one kind, from labels for some or all of its sample copies."""
    seen = [copy for copy in kind.samples if not labels.keys().isdisjoint(kind.places(copy))]
    samples = [
        group_edges(fold(draw_sample(kind, copy, labels))) for copy in seen or kind.samples[:1]
    ]
    first = samples[0].folded
    cycle = find_cycle(first)
    groups = find_cut(samples[0], cycle)
    others = find_others(first, cycle)
    python = kind.graph.snapshot.python
    known = find_known_issue([cycle], first.sample.objects, python)
    origin = _find_origin(first, cycle, groups, known is not None)
    if known is None and origin == "library":
        known = find_known_issue(others, first.sample.objects, python)
    if origin == "application":  # its code closes the cycle, whatever else is part of it
        known = None
    return CycleReport(
        signature=sign(cycle.path),
        path=cycle.path,
        also=tuple(other.path for other in others),
        cut=propose_cut(cycle, groups, prove(kind, samples, groups)),
        origin=origin,
        package=_find_package(first, cycle, groups),
        where=_find_where(first, cycle, groups),
        known=known,
        copies=kind.copies,
        size=kind.size,
        objects=kind.objects,
        types=kind.types,
        weight=kind.weight,
        codes=_find_codes(kind, seen[0] if seen else kind.samples[0], cycle, first),
    )


def describe_all(kinds: Iterable[Kind], labels: Labels) -> list[CycleReport]:
    """One report for each path and the code along it, those with most objects first.

    Kinds with equal paths and code are merged, with the cut of the largest. If paths are equal and
    code differs, as for two lambdas in one function, the first by file and line has the signature
    of the path, and the signatures of the others also depend on their position.
    """
    found: defaultdict[str, defaultdict[tuple[Trait, ...], list[tuple[Kind, CycleReport]]]]
    found = defaultdict(lambda: defaultdict(list))
    for kind in kinds:
        report = describe(kind, labels)
        found[report.signature][report.codes].append((kind, report))
    reports = []
    for same in found.values():
        for place, codes in enumerate(sorted(same)):
            report = _unite(same[codes], labels)
            if place:
                report = replace(report, signature=sign(report.path, place))
            reports.append(report)
    return sorted(reports, key=lambda report: (-report.objects, report.signature))


def _unite(same: Sequence[tuple[Kind, CycleReport]], labels: Labels) -> CycleReport:
    """One report on kinds with the same signature. Keys that differ between them are not shown."""
    kinds, reports = [kind for kind, _ in same], [report for _, report in same]
    if any(report.path != reports[0].path for report in reports):
        keys = _find_varying_keys(kinds, labels)
        kinds = [replace(kind, varying=kind.varying | keys) for kind in kinds]
        reports = [describe(kind, labels) for kind in kinds]
    return reduce(_merge, reports)


def _find_codes(kind: Kind, copy: int, cycle: CyclePath, folded: Folded) -> tuple[Trait, ...]:
    codes = kind.codes(copy)
    passed = [
        codes[folded.sample.ends(number)[0]] for step in cycle.steps for number in step.references
    ]
    return tuple(each for each in passed if each is not None)


def _find_varying_keys(kinds: Iterable[Kind], labels: Labels) -> frozenset[str]:
    """Keys, other than identifiers, that only some of these kinds have."""
    found: list[set[str]] = [
        {
            reference.odd_key
            for one in (labels[place] for place in kind.places(copy) if place in labels)
            for reference in one.references
            if reference.odd_key is not None
        }
        for kind in kinds
        for copy in kind.samples[:1]
    ]
    return frozenset(set[str]().union(*found) - set[str].intersection(*found))


def _merge(one: CycleReport, other: CycleReport) -> CycleReport:
    types = dict(one.types)
    for name, count in other.types.items():
        types[name] = types.get(name, 0) + count
    cut = one.cut
    if one.cut.edges == other.cut.edges:
        cut = replace(
            cut,
            frees=cut.frees + other.cut.frees,
            of=cut.of + other.cut.of,
            copies=cut.copies + other.cut.copies,
        )
    return replace(
        one,
        also=one.also or other.also,
        cut=cut,
        copies=one.copies + other.copies,
        objects=one.objects + other.objects,
        weight=one.weight + other.weight,
        types=types,
    )


def _find_origin(
    folded: Folded, cycle: CyclePath, groups: Sequence[EdgeGroup], known: bool
) -> Origin:
    """``library`` if the standard library creates the cycle, otherwise ``application``.

    A cycle of C code or containers alone is the application's unless it is ``known``: any code can
    put a C object into a list.

    Steps through an exception's traceback and frames are ignored, because the interpreter creates
    them, not the code that raised the exception or that it passed through.

    An attribute that other code sets on an object of the library belongs to that code.
    """
    whose = {
        folded.sample.objects[number].origin
        for number, step in zip(cycle.objects, cycle.path, strict=True)
        if step.label not in PASSED_ON
    }
    whose |= {group.origin for group in groups if group.kind == "attribute" and group.is_stored}
    own = whose & {CodeOrigin.APPLICATION, CodeOrigin.LIBRARY}
    return "library" if (known or CodeOrigin.STANDARD in whose) and not own else "application"


def _find_package(folded: Folded, cycle: CyclePath, groups: Sequence[EdgeGroup]) -> str | None:
    """The package whose code stores the cut; if that is C code, the first package on the path."""
    for group in groups:
        if group.origin < CodeOrigin.INTERPRETER:
            return package_of(group.origin, group.package)
    objects = [folded.sample.objects[number] for number in cycle.objects]
    first = min(objects, key=lambda one: one.origin)
    return package_of(first.origin, first.package)


def _find_where(folded: Folded, cycle: CyclePath, groups: list[EdgeGroup]) -> str | None:
    places = [group.place for group in groups if group.origin < CodeOrigin.INTERPRETER]
    places += [folded.sample.objects[number].where for number in cycle.objects]
    return next((place for place in places if place), None)


def places_to_label(kind: Kind, limit: int = 12_000) -> list[int]:
    """Objects to ask the agent about: whole sample copies, at most ``limit`` objects.

    Of a larger copy, a shortest cycle and the objects nearest to its start.
    """
    whole = max(1, limit // kind.size)
    if kind.size <= limit:
        return [place for copy in kind.samples[:whole] for place in kind.places(copy)]
    members = kind.members[0]
    sources, targets = inner_references(kind, members)
    start = _guess_clearest(kind)
    graph = Adjacency.ordered(sources, targets, kind.size)
    order, before = breadth_first(graph, np.array([start]))
    back = sources[targets == start]
    nearest = order[np.isin(order, back)][:1]
    chosen = [int(start)]
    while len(nearest) and int(nearest[0]) != start:  # a shortest path back to the start
        chosen.append(int(nearest[0]))
        nearest = before[nearest]
    wanted = dict.fromkeys([*chosen, *order[:limit].tolist()])
    places = kind.places(0)
    return [places[number] for number in list(wanted)[:limit]]


def _guess_clearest(kind: Kind) -> int:
    """The object whose type is most likely the application's, judged by the type's name alone."""
    graph = kind.graph
    types = graph.snapshot.types[graph.numbers[kind.members[0]]]
    names = [graph.snapshot.type_names[number] for number in types.tolist()]
    order = [
        (name.startswith("builtins.") + (name in CONTAINERS), name, place)
        for place, name in enumerate(names)
    ]
    return min(order)[2]

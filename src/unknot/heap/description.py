"""A kind of cycle put into words: its name, its signature, and the cut that frees it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

import numpy as np

from unknot.heap.cuts import Proof, find_cut, prove
from unknot.heap.cycles import Kind
from unknot.heap.folding import CONTAINERS, Folded, fold
from unknot.heap.handles import Handle, find_handles
from unknot.heap.known import find_known
from unknot.heap.labels import Labels, Who, package_of
from unknot.heap.mending import instruct
from unknot.heap.naming import Cycle, PathStep, find_cycle, find_others, sign
from unknot.heap.sample import draw_sample, inner_references
from unknot.heap.sparse import breadth_first_order, csr_array
from unknot.heap.traits import Trait

__all__ = [
    "Cut",
    "CycleReport",
    "Origin",
    "describe",
    "describe_all",
    "ids_to_label",
]

Origin = Literal["application", "library"]

PASSED_ON = {".__traceback__", ".__context__", ".__cause__", ".tb_next", ".tb_frame", ".f_back"}
"""Steps that the interpreter makes while an exception is on its way; nobody wrote them."""


@dataclass(frozen=True, slots=True)
class Cut:
    """References without which reference counting frees everything, and how that was proven."""

    edges: tuple[str, ...]
    """``Session.worker_task``; several where one is not enough."""
    steps: tuple[int, ...]
    """Those steps of the path that the cut removes."""
    frees: int
    of: int
    """Objects in the copies tried: in the component, or hanging from it."""
    copies: int
    """How many copies that was tried in."""
    possible: bool
    """Whether statements of Python can clear all of them."""
    instruction: str

    @property
    def sufficient(self) -> bool:
        return self.copies > 0 and self.frees == self.of


@dataclass(frozen=True, slots=True)
class CycleReport:
    """All cycles of one signature."""

    signature: str
    """16 hex digits; the first six are enough to show."""
    path: tuple[PathStep, ...]
    also: tuple[tuple[PathStep, ...], ...]
    """Other ways round, through the frames of tracebacks that the path passes by."""
    cut: Cut
    origin: Origin
    """``library`` where all code on the path is the standard library's or the interpreter's. An
    installed package is somebody's application: its maintainer measures it that way."""
    package: str | None
    """Whose code stores the reference to cut: an installed package, Python; None is one's own."""
    where: str | None
    """File and line of the first reference of the cut, or else of the first step that has one."""
    known: str | None
    """The upstream issue of a cycle of the standard library's own."""
    copies: int
    size: int
    """Objects in the component of one copy."""
    objects: int
    """Of all copies, what hangs from them included."""
    types: dict[str, int]
    """``objects`` by type name."""
    weight: int
    """Bytes of those, and of the untracked objects that only they keep; 0 where not weighed."""
    codes: tuple[Trait, ...]
    """The code that objects on the path run, where traits of them are known."""


def describe(kind: Kind, labels: Labels) -> CycleReport:
    """The report on one kind, from labels for (some of) its sample copies."""
    seen = [copy for copy in kind.samples if not labels.keys().isdisjoint(kind.ids(copy))]
    samples = [
        find_handles(fold(draw_sample(kind, copy, labels))) for copy in seen or kind.samples[:1]
    ]
    first = samples[0].folded
    cycle = find_cycle(first)
    handles = find_cut(samples[0], cycle)
    others = find_others(first, cycle)
    python = kind.graph.snapshot.python
    known = find_known([cycle], first.sample.objects, python)
    origin = _find_origin(first, cycle, handles, known is not None)
    if known is None and origin == "library":  # of an application's, another way is no excuse
        known = find_known(others, first.sample.objects, python)
    if origin == "application":  # its own code closes the circle, whatever else it leads through
        known = None
    return CycleReport(
        signature=sign(cycle.path),
        path=cycle.path,
        also=tuple(other.path for other in others),
        cut=_report_cut(cycle, handles, prove(kind, samples, handles)),
        origin=origin,
        package=_find_package(first, cycle, handles),
        where=_find_where(first, cycle, handles),
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

    Kinds that differ and read the same are one: the cut is that of the largest. Of those that read
    the same and are of other code, as two lambdas of one function, the first in the files has the
    signature of the path, and the signatures of the others tell which it is.
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
    """One report on kinds that read the same, but perhaps for keys, which it then does not show."""
    kinds, reports = [kind for kind, _ in same], [report for _, report in same]
    if any(report.path != reports[0].path for report in reports):
        keys = _find_passing_keys(kinds, labels)
        kinds = [replace(kind, passing=kind.passing | keys) for kind in kinds]
        reports = [describe(kind, labels) for kind in kinds]
    return reduce(_merge, reports)


def _find_codes(kind: Kind, copy: int, cycle: Cycle, folded: Folded) -> tuple[Trait, ...]:
    codes = kind.codes(copy)
    passed = [
        codes[folded.sample.ends(number)[0]] for step in cycle.steps for number in step.references
    ]
    return tuple(each for each in passed if each is not None)


def _find_passing_keys(kinds: Iterable[Kind], labels: Labels) -> frozenset[str]:
    """The keys, no plain names, that one of these kinds has, and others have not."""
    found: list[set[str]] = [
        {
            reference.odd_key
            for one in (labels[identity] for identity in kind.ids(copy) if identity in labels)
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


def _report_cut(cycle: Cycle, handles: list[Handle], proof: Proof) -> Cut:
    return Cut(
        edges=tuple(PathStep(handle.reading.owner, handle.label, "").text for handle in handles),
        steps=tuple(
            at
            for at, step in enumerate(cycle.steps)
            if any(
                handle.references & set(step.references)
                for handle in handles
                if handle.kind != "class"  # to make it once is more than to cut a reference of it
            )
        ),
        frees=proof.frees,
        of=proof.of,
        copies=proof.copies,
        possible=all(handle.possible for handle in handles),
        instruction=instruct(handles),
    )


def _find_origin(folded: Folded, cycle: Cycle, handles: Sequence[Handle], known: bool) -> Origin:
    """The standard library's own, or somebody's: containers alone are somebody's too.

    Of C code alone, as ``sqlite3``'s, is also what anybody puts into a list, so only a ``known``
    one is the library's.

    Whoever an exception passed by, or raised it, did not make the references that the interpreter
    keeps in it: where they lead on, the code that the object is from is not asked.

    An attribute that somebody's code sets on an object of the library is somebody's.
    """
    whose = {
        folded.sample.objects[number].who
        for number, step in zip(cycle.objects, cycle.path, strict=True)
        if step.label not in PASSED_ON
    }
    whose |= {handle.who for handle in handles if handle.kind == "attribute" and handle.is_stored}
    own = whose & {Who.APPLICATION, Who.LIBRARY}
    return "library" if (known or Who.STANDARD in whose) and not own else "application"


def _find_package(folded: Folded, cycle: Cycle, handles: Sequence[Handle]) -> str | None:
    """Where the cut is no one's to make, it is the first on the way round who could."""
    for handle in handles:
        if handle.who < Who.INTERPRETER:
            return package_of(handle.who, handle.package)
    objects = [folded.sample.objects[number] for number in cycle.objects]
    first = min(objects, key=lambda one: one.who)
    return package_of(first.who, first.package)


def _find_where(folded: Folded, cycle: Cycle, handles: list[Handle]) -> str | None:
    places = [handle.place for handle in handles if handle.who < Who.INTERPRETER]
    places += [folded.sample.objects[number].where for number in cycle.objects]
    return next((place for place in places if place), None)


def ids_to_label(kind: Kind, limit: int = 12_000) -> list[int]:
    """The objects to ask the agent about: whole sample copies, or the heart of a very big one."""
    whole = max(1, limit // kind.size)
    if kind.size <= limit:
        return [identity for copy in kind.samples[:whole] for identity in kind.ids(copy)]
    members = kind.members[0]
    sources, targets = inner_references(kind, members)
    start = _guess_telling(kind)
    matrix = csr_array((np.ones(len(sources)), (sources, targets)), shape=(kind.size, kind.size))
    order, before = breadth_first_order(matrix, start)
    back = sources[targets == start]
    nearest = order[np.isin(order, back)][:1]
    chosen = [int(start)]
    while len(nearest) and int(nearest[0]) != start:  # a shortest way back to the start
        chosen.append(int(nearest[0]))
        nearest = before[nearest]
    wanted = dict.fromkeys([*chosen, *order[:limit].tolist()])
    ids = kind.ids(0)
    return [ids[number] for number in list(wanted)[:limit]]


def _guess_telling(kind: Kind) -> int:
    """An object whose type looks like someone's own, by its name alone."""
    graph = kind.graph
    types = graph.snapshot.types[graph.numbers[kind.members[0]]]
    names = [graph.snapshot.type_names[number] for number in types.tolist()]
    order = [
        (name.startswith("builtins.") + (name in CONTAINERS), name, place)
        for place, name in enumerate(names)
    ]
    return min(order)[2]

"""Cases in a few words: what tells one from the others, and what several have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from unknot.judgement import Finding, Level
from unknot.records import Case
from unknot.report.trace import type_label
from unknot.text import clip, one_line, visible

__all__ = ["Group", "differing", "grouped", "name_of", "subject", "where"]

_LONGEST = 40
_TEXT = 400


class Group(NamedTuple):
    """Findings that say the same of several cases; ``first`` is one of them."""

    where: str
    text: str
    first: Finding

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


def grouped(findings: Iterable[Finding], level: Level, among: Collection[Case]) -> list[Group]:
    """The findings of one level, equal ones as one, in order; ``among`` are all cases there are."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.level == level:
            found.setdefault(finding.text, []).append(finding)
    return [
        Group(where([one.case for one in equal], among), clip(one_line(text), _TEXT), equal[0])
        for text, equal in found.items()
    ]


def where(cases: Sequence[Case], among: Collection[Case] = ()) -> str:
    """``severed, 10 cells``, or the name of the only one; empty for the whole result."""
    several = list(dict.fromkeys(case for case in cases if case != Case()))
    if not several:
        return ""
    if len(several) == 1:
        return name_of(several[0], among)
    names = [_names(case, among) for case in several]
    shared = [
        word
        for index, word in enumerate(names[0])
        if word and all(name[index] == word for name in names)
    ]
    said = " ".join(map(_short, shared))
    return f"{said}, {len(several)} cells" if said else f"{len(several)} cells"


def name_of(case: Case, among: Collection[Case] = ()) -> str:
    """What tells one case from ``among``: its variant, or else its workload, and how it ran."""
    return " ".join(map(_short, filter(None, _names(case, among))))


def differing(case: Case, among: Collection[Case]) -> str:
    """Shape and ending, and before them the parts that are not the same in all of ``among``."""
    words = [
        case.workload if _varies("workload", among) else "",
        f"Python {case.python}" if case.python and _varies("python", among) else "",
        case.backend if _varies("backend", among) else "",
        f"{case.in_flight:,} in flight" if _varies("in_flight", among) else "",
        case.shape,
        case.ending,
    ]
    return visible(" ".join(filter(None, words)))


def subject(name: str, kind: str) -> str:
    """A difference's subject: a type's label, a signature's first digits."""
    if kind == "type":
        return type_label(name)
    return f"cycle {visible(name)[:6]}" if kind == "signature" else visible(name)


def _names(case: Case, among: Collection[Case]) -> tuple[str, ...]:
    python = f"Python {case.python}" if case.python and _varies("python", among) else ""
    installed = ", ".join(case.requirements) if _varies_alone("requirements", case, among) else ""
    gc = f"gc {case.gc}" if case.gc else ""
    name = case.variant or case.workload
    return name, python, installed, " ".join(case.load), case.shape, case.ending, gc


def _varies(part: str, among: Collection[Case]) -> bool:
    return len({getattr(case, part) for case in among}) > 1


def _varies_alone(part: str, case: Case, among: Collection[Case]) -> bool:
    """Whether another case differs from this one in nothing else."""
    rest = case.without(part)
    return _varies(part, [other for other in among if other.without(part) == rest])


def _short(word: str) -> str:
    return clip(visible(word), _LONGEST)

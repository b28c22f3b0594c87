"""Several cells in a few words: what they have in common, and how many they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unknot.judgement import Finding, Level, Place
from unknot.report.trace import type_label
from unknot.text import clip, one_line, visible

__all__ = ["Group", "grouped", "name_of", "subject", "where"]

_LONGEST = 40
_TEXT = 400


class Group(NamedTuple):
    """Findings that say the same of several cells; ``first`` is one of them."""

    where: str
    text: str
    first: Finding

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


def grouped(findings: Iterable[Finding], level: Level) -> list[Group]:
    """The findings of one level, equal ones as one, in order."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.level == level:
            found.setdefault(finding.text, []).append(finding)
    return [
        Group(where([one.place for one in equal]), clip(one_line(text), _TEXT), equal[0])
        for text, equal in found.items()
    ]


def where(places: Sequence[Place]) -> str:
    """``severed, 10 cells``, or the name of the only one; empty for the whole result."""
    several = list(dict.fromkeys(place for place in places if place != Place()))
    if not several:
        return ""
    if len(several) == 1:
        return name_of(several[0])
    names = _names(several[0])
    shared = [
        word
        for index, word in enumerate(names)
        if word and all(_names(place)[index] == word for place in several)
    ]
    said = " ".join(_short(word) for word in shared)
    return f"{said}, {len(several)} cells" if said else f"{len(several)} cells"


def name_of(place: Place) -> str:
    """One cell's variant, or else its workload; its case; what can be told without them is not."""
    words = [word for word in _names(place) if word]
    return " ".join(_short(word) for word in words)


def subject(name: str, kind: str) -> str:
    """A difference's subject: a type's label, a signature's first digits."""
    if kind == "type":
        return type_label(name)
    return f"cycle {visible(name)[:6]}" if kind == "signature" else visible(name)


def _names(place: Place) -> tuple[str, ...]:
    gc = f"gc {place.gc}" if place.gc else ""
    return place.variant or place.workload, place.shape, place.ending, gc


def _short(word: str) -> str:
    return clip(visible(word), _LONGEST)

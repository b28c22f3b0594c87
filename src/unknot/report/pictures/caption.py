"""What each picture shows, in words that state its numbers; needs no matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from unknot.records import Result
from unknot.report.changes import OBJECTS, object_changes
from unknot.report.history import history_of, is_history
from unknot.report.number import duration, rate
from unknot.report.pictures.gravest import gravest
from unknot.report.rings import ring_of
from unknot.report.scenario import case_words
from unknot.report.speed import headline_latencies, speed
from unknot.report.table import Table
from unknot.report.tables import (
    collector_table,
    left_table,
    live_table,
    memory_table,
    reduction_table,
    releases_table,
)
from unknot.text import clip, visible

__all__ = ["Caption", "captions"]

_LONGEST = 4_000


class Caption(NamedTuple):
    """``name`` is the file's; ``alternative`` says the picture to those who do not see it."""

    name: str
    title: str
    alternative: str


def captions(result: Result, claims: Mapping[str, float]) -> list[Caption]:
    """The pictures that a report may have, in order."""
    return [
        Caption("cycles.png", "What to cut", _rings(result)),
        Caption("differences.png", "What changed", _changes(result)),
        Caption(
            "live.png",
            "Live objects over operations",
            _say("Lines: live objects over operations", live_table(result, 3)),
        ),
        Caption(
            "reduction.png",
            "The reduction",
            _say("Live objects of baseline and candidate", reduction_table(result, claims, 40)),
        ),
        Caption(
            "pauses.png",
            "Collector passes",
            _say("Stems: the pause of each collector pass", collector_table(result)),
        ),
        Caption("latency.png", "Time of one operation", _times(result)),
        Caption(
            "memory.png",
            "Memory",
            _say("Dumbbells: memory before and after the operations", memory_table(result)),
        ),
        Caption(
            "allocations.png",
            "Where memory is allocated",
            _say("Bars: bytes left by one operation, by place", left_table(result, 10)),
        ),
        *_of_history(result),
    ]


def _of_history(result: Result) -> list[Caption]:
    """The picture that a result has whose variants are releases."""
    if not is_history(result):
        return []
    table = releases_table(history_of(result, {}))
    says = _say("Objects that one operation leaves, by release", table)
    return [Caption("releases.png", "Release by release", says)]


def _rings(result: Result) -> str:
    """Who left each cycle, and its drawing in words."""
    said = [
        f"{'; '.join(filter(None, (one.subject, one.shown)))}: {ring_of(one.cycle).title}"
        for one in gravest(result)[:6]
    ]
    return clip(f"Rings: reference cycles, each with its cut. {'. '.join(said)}.", _LONGEST)


def _changes(result: Result) -> str:
    """The rows of the picture as sentences."""
    changes = object_changes(result).found
    sentences = [
        f"{'all objects' if one.subject == 'total' else visible(one.name)}, "
        f"{OBJECTS[one.measure]}: {rate(one.before)} → {rate(one.after)}"
        for one in changes
    ]
    of = f", {case_words(changes[0])}, collector {changes[0].gc}" if changes else ""
    what = f"Dumbbells: objects per operation before and after{of}"
    return clip(f"{what}. {'. '.join(sentences)}.", _LONGEST)


def _times(result: Result) -> str:
    """Each mean with its spread, and whether it differs."""
    sentences = []
    for one in headline_latencies(result):
        words = speed(one, 40)
        said = f"{duration(one.mean_s)} ± {duration(one.stdev_s)}{f', {words}' if words else ''}"
        sentences.append(f"collector {one.gc}, {visible(one.variant)}: {said}")
    what = "Dots: the time of one operation, every value, by process"
    return clip(f"{what}. {'. '.join(sentences)}.", _LONGEST)


def _say(what: str, table: Table | None) -> str:
    """The table's rows as sentences."""
    if table is None:
        return f"{what}."
    heads = sum(column.heads for column in table.columns)
    sentences = []
    for row in table.rows:
        subject = " ".join(entry.text for entry in row[:heads])
        facts = [
            f"{column.text} {entry.text}"
            for column, entry in zip(table.columns[heads:], row[heads:], strict=True)
            if entry.text
        ]
        sentences.append(f"{subject}: {', '.join(facts)}")
    return clip(f"{what}. {'. '.join(sentences)}.", _LONGEST)

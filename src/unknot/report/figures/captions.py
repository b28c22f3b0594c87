"""x"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from unknot.records import Cell, Result
from unknot.report.cases import case_words, headline_cells, headline_comparisons, is_history
from unknot.report.document import Table
from unknot.report.findings import gravest
from unknot.report.rings.ring import ring_of
from unknot.report.tables.allocations import left_table
from unknot.report.tables.differences import OBJECTS, object_changes
from unknot.report.tables.live import live_table, memory_table, reduction_table
from unknot.report.tables.releases import history_of, releases_table
from unknot.report.tables.times import collector_table, headline_latencies, speed
from unknot.text import clip, duration, rate, visible

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


def missing_pictures(result: Result) -> dict[str, str]:
    """The names of pictures that cannot be drawn, each with the reason."""
    cells = headline_cells(result).values()
    missing = {}
    if not gravest(result):
        missing["cycles.png"] = "no reference cycle was found"
    if not any(map(sampled, cells)):
        missing["live.png"] = "no cell sampled live objects"
    if not headline_comparisons(result):
        missing["reduction.png"] = "no two variants were compared"
    if not any(map(collected, cells)):
        missing["pauses.png"] = "no collector pass was recorded"
    if not any(one.left for one in result.allocations):
        missing["allocations.png"] = "no allocations were traced, or none was left"
    if not object_changes(result).found:
        missing["differences.png"] = "nothing was compared, or no count of objects changed"
    if not result.latencies:
        missing["latency.png"] = "no operation was timed"
    if not any(cell.memory is not None for cell in cells):
        missing["memory.png"] = "no cell measured its memory"
    return missing


def sampled(cell: Cell) -> bool:
    """Whether ``cell`` has a line to draw."""
    return cell.series is not None and len(cell.series.ops) > 1 and bool(cell.series.types)


def collected(cell: Cell) -> bool:
    """Whether ``cell`` saw the collector pass."""
    return cell.collections is not None and bool(cell.collections.log)

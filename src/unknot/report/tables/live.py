"""Live objects, their reduction, and memory, before and after the operations."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from unknot.records import Cell, Comparison, GcMode, Result
from unknot.report.cases import headline_cells, headline_comparisons, watched
from unknot.report.document import (
    NOTHING,
    Column,
    Entry,
    Table,
    figures,
    heads,
    left_out,
    named,
    number,
    table,
    texts,
)
from unknot.text import clip, count, ratio, short_names, size, visible

ALL = ""
"""Stands for all types."""
NO_CLAIMS: Mapping[str, float] = MappingProxyType({})
"""No ratios were claimed."""


class Span(NamedTuple):
    """Live objects of one type at the start, at the end, and at the peak."""

    before: int
    after: int
    peak: int

    def reached(self, gc: GcMode) -> int:
        """The figure to report: the end with the collector off, the peak with it on."""
        return self.after if gc == "off" else max(self.peak, self.after)


def span_of(cell: Cell, name: str) -> Span | None:
    """The span of the type ``name``, from its counts or else its samples."""
    if name == ALL:
        total = cell.series.total if cell.series is not None else []
        return Span(total[0], total[-1], max(total)) if total else None
    if name in cell.types:
        of_type = cell.types[name]
        return Span(of_type.before, of_type.after, of_type.peak)
    samples = cell.series.types.get(name) if cell.series is not None else None
    return Span(samples[0], samples[-1], max(samples)) if samples else None


def live_table(result: Result, most_types: int) -> Table | None:
    """The headline's first ``most_types`` watched types; ``None`` if none was measured."""
    cells = headline_cells(result)
    types = watched(result)
    if not types:
        return None
    there = [name for name in types if any(_is_there(cell, name) for cell in cells.values())]
    shown = there[:most_types]
    short = short_names(types)
    if not any(_changes(cell, name) for cell in cells.values() for name in there):
        shown, short = [*shown, ALL], {**short, ALL: "all objects"}
    names = [Column(clip(short[name], 20), numeric=True, title=visible(name)) for name in shown]
    rows = [
        (
            Entry(gc if gc == "off" else f"{gc} (peak)"),
            named(variant, 24, variant=True),
            *(_span_entry(cell, name) for name in shown),
        )
        for (gc, variant), cell in cells.items()
    ]
    modes = {gc for gc, _ in cells}
    ends = {False: "peak", True: "after (collector off) or peak (on)"}["off" in modes]
    caption = f"Live objects, before → {'after' if modes == {'off'} else ends}"
    note = left_out(len(there) - most_types, "watched type")
    columns = (*heads("Collector", "Variant"), *names)
    return table("live", caption, columns, rows, grouped=True, note=note)


def _is_there(cell: Cell, name: str) -> bool:
    """Whether an object of that type ever existed."""
    span = span_of(cell, name)
    return span is not None and max(span) > 0


def reduction_table(result: Result, claims: Mapping[str, float], limit: int) -> Table | None:
    """A row for each comparison of the headline case; ``None`` if there are none."""
    comparisons = headline_comparisons(result)
    short = short_names(dict.fromkeys(comparison.type for comparison in comparisons))
    rows = [
        (
            Entry(f"{one.gc} ({one.measure})"),
            Entry(clip(short[one.type], limit), title=visible(one.type)),
            _side(one.baseline, one.baseline_live),
            _side(one.candidate, one.candidate_live),
            ratio_entry(one),
            *([_claim(claim_for(one, result, claims))] if claims else []),
        )
        for one in comparisons
    ]
    columns = heads("Collector", "Type") + texts("Baseline", "Candidate") + figures("Ratio")
    columns += figures("Claimed") if claims else ()
    caption = "The reduction: live objects, baseline over candidate"
    return table("reduction", caption, columns, rows, grouped=True)


def ratio_table(result: Result, claims: Mapping[str, float], most_pairs: int) -> Table | None:
    """The comparisons in brief, with a column for each of the first ``most_pairs`` pairs."""
    comparisons = headline_comparisons(result)
    pairs = list(dict.fromkeys((one.baseline, one.candidate) for one in comparisons))
    shown = pairs[:most_pairs]
    short = short_names(dict.fromkeys(comparison.type for comparison in comparisons))
    lines: dict[tuple[str, str], dict[tuple[str, str], Comparison]] = {}
    for one in comparisons:
        line = lines.setdefault((one.gc, one.type), {})
        line.setdefault((one.baseline, one.candidate), one)
    rows = [
        (
            Entry(gc),
            Entry(clip(short[name], 20)),
            *(_division(line[pair]) if pair in line else Entry(NOTHING) for pair in shown),
            _claim(claim_for(line[shown[0]], result, claims) if shown[0] in line else None),
        )
        for (gc, name), line in lines.items()
    ]
    sides = (" / ".join(clip(visible(side), 12) for side in pair) for pair in shown)
    columns = heads("Collector", "Type") + figures(*sides, "Claimed" if claims else "")
    note = left_out(len(pairs) - len(shown), "comparison")
    caption = "The reduction, live objects (collector off) or their peak (on)"
    return table("reduction", caption, columns, rows, grouped=True, note=note)


def ratio_entry(comparison: Comparison) -> Entry:
    """The ratio; infinite if the candidate has no live objects."""
    if comparison.ratio is None and comparison.baseline_live > 0:
        return Entry("∞", inf)
    return number(comparison.ratio, ratio)


def claim_for(comparison: Comparison, result: Result, claims: Mapping[str, float]) -> float | None:
    """The ratio claimed for this comparison.

    A claim is about one type, the collector off, and the result's first pair.
    """
    first = result.comparisons[0]
    pair = (comparison.baseline, comparison.candidate)
    if comparison.gc != "off" or pair != (first.baseline, first.candidate):
        return None
    return claims.get(comparison.type)


def memory_table(result: Result) -> Table | None:
    """Resident and unique set size for each variant of the headline case."""
    rows = [
        (
            Entry(gc),
            named(variant, 24, variant=True),
            _grown(cell.memory.rss_before, cell.memory.rss_after),
            _grown(cell.memory.uss_before, cell.memory.uss_after),
        )
        for (gc, variant), cell in headline_cells(result).items()
        if cell.memory is not None
    ]
    columns = heads("Collector", "Variant") + figures("Resident", "Unique")
    caption = "Memory of the measured process, before → after"
    return table("memory", caption, columns, rows, grouped=True)


def _changes(cell: Cell, name: str) -> bool:
    span = span_of(cell, name)
    return span is not None and len(set(span)) > 1


def _span_entry(cell: Cell, name: str) -> Entry:
    span = span_of(cell, name)
    if span is None:
        return Entry(NOTHING)
    reached = span.reached(cell.gc)
    return Entry(f"{count(span.before)} → {count(reached)}", reached)


def _claim(claim: float | None) -> Entry:
    return number(claim, ratio) if claim is not None else Entry("")


def _division(one: Comparison) -> Entry:
    of = ratio_entry(one)
    return Entry(f"{count(one.baseline_live)} / {count(one.candidate_live)} = {of.text}", of.number)


def _side(variant: str, live: int) -> Entry:
    name = named(variant, 18, variant=True)
    return name._replace(text=f"{name.text} {count(live)}")


def _grown(before: int | None, after: int | None) -> Entry:
    if before is None or after is None:
        return Entry(NOTHING)
    return Entry(f"{size(before)} → {size(after)}", after)

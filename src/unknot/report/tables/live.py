"""Live objects, their reduction, and memory, before and after the sustained stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from unknot.records import Cell, Comparison, GcMode, Result
from unknot.report.cases import headline_cells, headline_comparisons, watched
from unknot.report.document import NOTHING, Column, Entry, Table, left_out, named
from unknot.text import clip, count, ratio, short_names, size, visible

ALL = ""
"""In place of a type's name: objects of all types."""


class Span(NamedTuple):
    """Live objects of one type: at the start, at the end, and at most."""

    before: int
    after: int
    peak: int

    def reached(self, gc: GcMode) -> int:
        """The figure that answers: the end with the collector off, the peak with it on."""
        return self.after if gc == "off" else max(self.peak, self.after)


def span_of(cell: Cell, name: str) -> Span | None:
    """What ``cell`` knows of the type ``name``: its counts, failing that its samples."""
    if name == ALL:
        total = cell.series.total if cell.series is not None else []
        return Span(total[0], total[-1], max(total)) if total else None
    if name in cell.types:
        of_type = cell.types[name]
        return Span(of_type.before, of_type.after, of_type.peak)
    samples = cell.series.types.get(name) if cell.series is not None else None
    return Span(samples[0], samples[-1], max(samples)) if samples else None


def live_table(result: Result, most_types: int) -> Table | None:
    """The headline case's first ``most_types`` watched types; ``None`` without a measurement."""
    cells = headline_cells(result)
    types = watched(result)
    shown = types[:most_types]
    if not cells or not shown:
        return None
    short = short_names(types)
    if not any(_changes(cell, name) for cell in cells.values() for name in types):
        shown, short = [*shown, ALL], {**short, ALL: "all objects"}
    columns = (
        Column("Collector", heads=True),
        Column("Variant", heads=True),
        *(Column(clip(short[name], 20), numeric=True, title=visible(name)) for name in shown),
    )
    rows = tuple(
        (
            Entry(gc if gc == "off" else f"{gc} (peak)"),
            named(variant, 24, variant=True),
            *(_span_entry(cell, name) for name in shown),
        )
        for (gc, variant), cell in cells.items()
    )
    note = left_out(len(types) - most_types, "watched type")
    return Table("live", _live_caption(cells), columns, rows, grouped=True, note=note)


def _changes(cell: Cell, name: str) -> bool:
    span = span_of(cell, name)
    return span is not None and len(set(span)) > 1


def _live_caption(cells: dict[tuple[GcMode, str], Cell]) -> str:
    modes = {gc for gc, _ in cells}
    if modes == {"off"}:
        return "Live objects, before → after"
    if "off" not in modes:
        return "Live objects, before → peak"
    return "Live objects, before → after (collector off) or peak (on)"


def _span_entry(cell: Cell, name: str) -> Entry:
    span = span_of(cell, name)
    if span is None:
        return Entry(NOTHING)
    return Entry(f"{count(span.before)} → {count(span.reached(cell.gc))}")


def ratio_text(comparison: Comparison) -> str:
    """The ratio; infinite where the candidate has none left."""
    if comparison.ratio is not None:
        return ratio(comparison.ratio)
    return "∞" if comparison.baseline_live > 0 else NOTHING


def claim_for(comparison: Comparison, result: Result, claims: Mapping[str, float]) -> float | None:
    """The ratio claimed of this comparison.

    A claim is about one type with the collector off, and about the result's first baseline.
    """
    first = result.comparisons[0]
    pair = (comparison.baseline, comparison.candidate)
    if comparison.gc != "off" or pair != (first.baseline, first.candidate):
        return None
    return claims.get(comparison.type)


def reduction_table(result: Result, claims: Mapping[str, float], limit: int) -> Table | None:
    """One row for each comparison of the headline case; ``None`` where nothing was compared."""
    comparisons = headline_comparisons(result)
    if not comparisons:
        return None
    short = short_names(dict.fromkeys(comparison.type for comparison in comparisons))
    columns = [
        Column("Collector", heads=True),
        Column("Type", heads=True),
        Column("Baseline"),
        Column("Candidate"),
        Column("Ratio", numeric=True),
    ]
    if claims:
        columns.append(Column("Claimed", numeric=True))
    rows = []
    for comparison in comparisons:
        name = short[comparison.type]
        claim = claim_for(comparison, result, claims)
        entries = [
            Entry(f"{comparison.gc} ({comparison.measure})"),
            Entry(clip(name, limit), visible(comparison.type)),
            _side(comparison.baseline, comparison.baseline_live),
            _side(comparison.candidate, comparison.candidate_live),
            Entry(ratio_text(comparison)),
        ]
        if claims:
            entries.append(Entry(ratio(claim) if claim is not None else ""))
        rows.append(tuple(entries))
    caption = "The reduction: live objects, baseline over candidate"
    return Table("reduction", caption, tuple(columns), tuple(rows), grouped=True)


def ratio_table(result: Result, claims: Mapping[str, float], most_pairs: int) -> Table | None:
    """The same in brief: a column for each pair of variants, ``most_pairs`` of them."""
    comparisons = headline_comparisons(result)
    pairs = list(dict.fromkeys((one.baseline, one.candidate) for one in comparisons))
    shown = pairs[:most_pairs]
    if not shown:
        return None
    short = short_names(dict.fromkeys(comparison.type for comparison in comparisons))
    lines: dict[tuple[str, str], dict[tuple[str, str], Comparison]] = {}
    for one in comparisons:
        line = lines.setdefault((one.gc, one.type), {})
        line.setdefault((one.baseline, one.candidate), one)
    rows = []
    for (gc, name), line in lines.items():
        claim = claim_for(line[shown[0]], result, claims) if shown[0] in line else None
        rows.append(
            (
                Entry(gc),
                Entry(clip(short[name], 20)),
                *(Entry(_division(line[pair]) if pair in line else NOTHING) for pair in shown),
                Entry(ratio(claim) if claim is not None else ""),
            )
        )
    columns = (
        Column("Collector", heads=True),
        Column("Type", heads=True),
        *(Column(" / ".join(clip(visible(side), 12) for side in pair), True) for pair in shown),
        Column("Claimed" if claims else "", numeric=True),
    )
    note = left_out(len(pairs) - len(shown), "comparison")
    caption = "The reduction, live objects (collector off) or their peak (on)"
    return Table("reduction", caption, columns, tuple(rows), grouped=True, note=note)


def _division(comparison: Comparison) -> str:
    baseline, candidate = count(comparison.baseline_live), count(comparison.candidate_live)
    return f"{baseline} / {candidate} = {ratio_text(comparison)}"


def _side(variant: str, live: int) -> Entry:
    safe = visible(variant)
    short = clip(safe, 18)
    return Entry(f"{short} {count(live)}", safe if short != safe else "", variant=variant)


_MEMORY_COLUMNS = (
    Column("Collector", heads=True),
    Column("Variant", heads=True),
    Column("Resident", numeric=True),
    Column("Unique", numeric=True),
)


def memory_table(result: Result) -> Table | None:
    """Resident and unique set size for each variant of the headline case."""
    rows = tuple(
        (
            Entry(gc),
            named(variant, 24, variant=True),
            _grown(cell.memory.rss_before, cell.memory.rss_after),
            _grown(cell.memory.uss_before, cell.memory.uss_after),
        )
        for (gc, variant), cell in headline_cells(result).items()
        if cell.memory is not None
    )
    caption = "Memory of the measured process, before → after"
    return Table("memory", caption, _MEMORY_COLUMNS, rows, grouped=True) if rows else None


def _grown(before: int | None, after: int | None) -> Entry:
    if before is None or after is None:
        return Entry(NOTHING)
    return Entry(f"{size(before)} → {size(after)}")

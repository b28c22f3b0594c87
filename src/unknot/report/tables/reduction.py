"""What the candidate keeps alive beside the baseline, and beside what was claimed."""

from __future__ import annotations

from collections.abc import Mapping

from unknot.records import Comparison, Result
from unknot.report.number import count, ratio
from unknot.report.scenario import headline_comparisons
from unknot.report.table import NOTHING, Column, Entry, Table, left_out
from unknot.text import clip, short_names, visible

__all__ = ["claim_for", "ratio_table", "ratio_text", "reduction_table"]


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

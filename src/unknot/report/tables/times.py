"""What the collector costs, and the time of an operation."""

from __future__ import annotations

from operator import attrgetter
from statistics import fmean

from unknot.records import Case, Collections, GcMode, Latency, Result
from unknot.report.cases import MODES, headline, headline_cells, is_of, variants
from unknot.report.document import NOTHING, Column, Entry, Table, named
from unknot.text import clip, count, duration, ratio, share, visible


def collector_table(result: Result) -> Table | None:
    """Passes and pauses for each variant of the headline case, where the collector ran."""
    rows = []
    for (gc, variant), cell in headline_cells(result).items():
        if cell.collections is not None and (gc != "off" or cell.collections.passes):
            rows.append((Entry(gc), named(variant, 24, variant=True), *_passes(cell.collections)))
    if not rows:
        return None
    columns = (
        Column("Collector", heads=True),
        Column("Variant", heads=True),
        Column("Passes", numeric=True),
        Column("By generation", numeric=True),
        Column("Pauses", numeric=True),
        Column("Longest", numeric=True),
        Column("Of the time", numeric=True),
    )
    return Table("collector", "What the collector did", columns, tuple(rows), grouped=True)


def latency_table(result: Result) -> Table | None:
    """The mean time of one operation and its ratio to the reference; ``None`` if untimed."""
    if not result.latencies:
        return None
    several = _several(result)
    columns = [
        Column("Collector", heads=True),
        Column("Variant", heads=True),
        Column("Mean", numeric=True),
        Column("± stdev", numeric=True),
        Column("Ratio", numeric=True),
        Column("over"),
    ]
    if several:
        columns.insert(2, Column("Benchmark"))
    rows = []
    for latency in _ordered(result):
        entries = [
            Entry(latency.gc),
            named(latency.variant, 24, variant=True),
            Entry(duration(latency.mean_s)),
            Entry(duration(latency.stdev_s)),
            Entry(latency_ratio(latency)),
            named(latency.reference, 24) if latency.reference is not None else Entry(""),
        ]
        if several:
            entries.insert(2, named(latency.name, 24))
        rows.append(tuple(entries))
    note = "~ marks a difference that is not significant."
    return Table("latency", "Time of one operation", tuple(columns), tuple(rows), True, note)


def brief_latency_table(result: Result) -> Table | None:
    """The same in brief: a row for each variant, a column for each collector mode."""
    if not result.latencies:
        return None
    several = _several(result)
    lines: dict[tuple[str, str], dict[GcMode, Latency]] = {}
    latencies = _ordered(result)
    if several:
        latencies.sort(key=attrgetter("name"))
    for latency in latencies:
        name = latency.name if several else ""
        lines.setdefault((name, latency.variant), {})[latency.gc] = latency
    modes = [mode for mode in MODES if any(mode in line for line in lines.values())]
    rows = tuple(
        (
            *([named(name, 20)] if several else []),
            named(variant, 20, variant=True),
            *(_brief(line.get(mode)) for mode in modes),
        )
        for (name, variant), line in lines.items()
    )
    columns = (
        *([Column("Benchmark", heads=True)] if several else []),
        Column("Variant", heads=True),
        *(Column(f"Collector {mode}", numeric=True) for mode in modes),
    )
    references = dict.fromkeys(one.reference for one in result.latencies if one.reference)
    over = ", ".join(clip(visible(name), 20) for name in references)
    note = f"× over {over}; ~ not significant." if references else ""
    return Table("latency", "Mean time of one operation", columns, rows, several, note)


def latency_ratio(latency: Latency) -> str:
    """The ratio to the reference, after ``~`` where it is not significant."""
    if latency.ratio is None:
        return NOTHING
    return ratio(latency.ratio) if latency.significant else f"~ {ratio(latency.ratio)}"


def _passes(collections: Collections) -> tuple[Entry, ...]:
    return (
        Entry(count(collections.passes)),
        Entry("/".join(map(count, collections.passes_by_generation)) or NOTHING),
        Entry(duration(collections.pause_total_s)),
        Entry(duration(collections.pause_max_s)),
        Entry(share(collections.pause_total_s, collections.duration_s)),
    )


def _several(result: Result) -> bool:
    """Whether it takes the benchmark's name to tell two latencies apart."""
    return len({(one.variant, one.gc) for one in result.latencies}) < len(result.latencies)


def _ordered(result: Result) -> list[Latency]:
    names = variants(result)
    ranks: dict[tuple[GcMode, str], int] = {
        (gc, variant): row
        for row, (gc, variant) in enumerate((gc, name) for gc in MODES for name in names)
    }
    return sorted(result.latencies, key=lambda latency: ranks[latency.gc, latency.variant])


def _brief(latency: Latency | None) -> Entry:
    if latency is None:
        return Entry(NOTHING)
    mean = duration(latency.mean_s)
    return Entry(mean if latency.ratio is None else f"{mean}  {latency_ratio(latency)}")


_AGREES = 1e-6
"""Relative; values whose mean is further from their process's are not its."""


def timed_cases(result: Result) -> list[list[Latency]]:
    """The latencies of each case that was timed, in the order that the result has them."""
    cases: dict[Case, list[Latency]] = {}
    for latency in result.latencies:
        cases.setdefault(latency.case.work, []).append(latency)
    return list(cases.values())


def headline_latencies(result: Result) -> list[Latency]:
    """One for each mode and variant of the headline case; failing that of the first one timed."""
    cases = timed_cases(result)
    case = headline(result)
    chosen = cases[0] if cases else []
    for latencies in reversed(cases):
        if case is not None and is_of(latencies[0], case):
            chosen = latencies
    found = {(latency.gc, latency.variant): latency for latency in reversed(chosen)}
    keys = [(mode, variant) for mode in MODES for variant in variants(result)]
    return [found[key] for key in keys if key in found]


def speed(latency: Latency, limit: int) -> str:
    """``1.18× slower than severed, significant``; ``1.02×, no significant difference``.

       Empty for what has no reference.
    The reference's name has at most ``limit`` characters.
    """
    if latency.reference is None or latency.ratio is None:
        return ""
    if latency.significant is None:
        return f"{ratio(latency.ratio)}, too few processes to tell"
    if not latency.significant:
        return f"{ratio(latency.ratio)}, no significant difference"
    slower = latency.ratio > 1 or latency.ratio <= 0
    times = ratio(latency.ratio if slower else 1 / latency.ratio)
    reference = clip(visible(latency.reference), limit)
    return f"{times} {'slower' if slower else 'faster'} than {reference}, significant"


def processes(latency: Latency) -> list[list[float]]:
    """The values of each process; one list of all where it cannot be told whose they are."""
    values, means = latency.values_s, latency.process_means_s
    if not values or not means or len(values) % len(means):
        return [values] if values else []
    each = len(values) // len(means)
    parts = [values[at : at + each] for at in range(0, len(values), each)]
    agree = all(
        abs(fmean(part) - mean) <= _AGREES * abs(mean)
        for part, mean in zip(parts, means, strict=True)
    )
    return parts if agree else [values]

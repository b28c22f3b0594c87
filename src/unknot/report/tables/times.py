"""The cost of the collector, and the time of an operation."""

from __future__ import annotations

from statistics import fmean

from unknot.records import Case, Collections, GcMode, Latency, Result
from unknot.report.cases import MODES, headline, headline_cells, is_of, variants
from unknot.report.document import (
    NOTHING,
    Entry,
    Table,
    figures,
    heads,
    named,
    number,
    table,
    texts,
)
from unknot.text import clip, count, duration, ratio, share, visible

_AGREES = 1e-6
"""Relative tolerance for matching values to their process's mean."""


def collector_table(result: Result) -> Table | None:
    """Passes and pauses of each variant of the headline case, if the collector ran."""
    rows = [
        (Entry(gc), named(variant, 24, variant=True), *_passes(cell.collections))
        for (gc, variant), cell in headline_cells(result).items()
        if cell.collections is not None and (gc != "off" or cell.collections.passes)
    ]
    columns = heads("Collector", "Variant") + figures(
        "Passes", "By generation", "Pauses", "Longest", "Of the time"
    )
    return table("collector", "What the collector did", columns, rows, grouped=True)


def latency_table(result: Result) -> Table | None:
    """The mean time of one operation and its ratio to the reference; ``None`` if untimed."""
    several = _several(result)
    rows = [
        (
            Entry(one.gc),
            named(one.variant, 24, variant=True),
            *([named(_timed(one), 32)] if several else []),
            number(one.mean_s, duration),
            number(one.stdev_s, duration),
            Entry(latency_ratio(one), one.ratio),
            named(one.reference, 24) if one.reference is not None else Entry(""),
        )
        for one in _ordered(result)
    ]
    columns = (
        heads("Collector", "Variant")
        + (texts("Case") if several else ())
        + figures("Mean", "± stdev", "Ratio")
        + texts("over")
    )
    note = "~ marks a difference that is not significant."
    return table("latency", "Time of one operation", columns, rows, True, note)


def brief_latency_table(result: Result) -> Table | None:
    """Times in brief, with a column for each collector mode."""
    several = _several(result)
    lines: dict[tuple[str, str], dict[GcMode, Latency]] = {}
    for one in sorted(_ordered(result), key=_timed if several else lambda _: ""):
        lines.setdefault((_timed(one) if several else "", one.variant), {})[one.gc] = one
    modes = [mode for mode in MODES if any(mode in line for line in lines.values())]
    rows = [
        (
            *([named(name, 28)] if several else []),
            named(variant, 20, variant=True),
            *(_brief(line.get(mode)) for mode in modes),
        )
        for (name, variant), line in lines.items()
    ]
    columns = heads(*(["Case"] if several else []), "Variant")
    columns += figures(*(f"Collector {mode}" for mode in modes))
    references = dict.fromkeys(one.reference for one in result.latencies if one.reference)
    over = ", ".join(clip(visible(name), 20) for name in references)
    note = f"× over {over}; ~ not significant." if references else ""
    return table("latency", "Mean time of one operation", columns, rows, several, note)


def latency_ratio(latency: Latency) -> str:
    """The ratio to the reference, after ``~`` if it is not significant."""
    if latency.ratio is None:
        return NOTHING
    return ratio(latency.ratio) if latency.significant else f"~ {ratio(latency.ratio)}"


def timed_cases(result: Result) -> list[list[Latency]]:
    """The latencies of each timed case, in the order of the result."""
    cases: dict[Case, list[Latency]] = {}
    for latency in result.latencies:
        cases.setdefault(latency.case.work, []).append(latency)
    return list(cases.values())


def headline_latencies(result: Result) -> list[Latency]:
    """One latency per mode and variant, of the headline case or else the first timed one."""
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

    Empty without a reference, whose name is clipped at ``limit``.
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
    """The values by process; a single list if they cannot be attributed."""
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


def _passes(done: Collections) -> tuple[Entry, ...]:
    generations = done.passes_by_generation
    return (
        number(done.passes, count),
        Entry(
            "/".join(map(count, generations)) or NOTHING, generations[-1] if generations else None
        ),
        number(done.pause_total_s, duration),
        number(done.pause_max_s, duration),
        Entry(
            share(done.pause_total_s, done.duration_s),
            100 * done.pause_total_s / done.duration_s if done.duration_s > 0 else 0.0,
        ),
    )


def _several(result: Result) -> bool:
    """Whether several cases were timed."""
    return len({(one.variant, one.gc) for one in result.latencies}) < len(result.latencies)


def _timed(latency: Latency) -> str:
    """The case that was timed, or else the benchmark's name."""
    case = latency.case
    return " ".join(filter(None, (case.shape, case.ending, *case.load))) or latency.name


def _ordered(result: Result) -> list[Latency]:
    names = variants(result)
    return sorted(result.latencies, key=lambda one: (MODES.index(one.gc), names.index(one.variant)))


def _brief(latency: Latency | None) -> Entry:
    if latency is None:
        return Entry(NOTHING)
    mean = duration(latency.mean_s)
    if latency.ratio is None:
        return Entry(mean, latency.mean_s)
    return Entry(f"{mean}  {latency_ratio(latency)}", latency.mean_s)

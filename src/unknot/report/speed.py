"""How much slower one variant is than another, in words, and which values are of one process."""

from __future__ import annotations

from statistics import fmean

from unknot.records import Case, Latency, Result
from unknot.report.number import ratio
from unknot.report.scenario import MODES, headline, is_of, variants
from unknot.text import clip, visible

__all__ = ["headline_latencies", "processes", "speed", "timed_cases"]

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

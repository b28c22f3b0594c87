"""Judges whether an operation takes longer, by Student's test, as pyperf does, and a factor.

Times are judged only if both were measured on the same machine with the same interpreter. Others
are shown but not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from unknot.gate.pairing import minor_of
from unknot.records import Case, Environment, Latency, Result
from unknot.records.judgement import Figure, GateMessage
from unknot.significance import Statistics, differ, summarize

__all__ = ["compare_times", "same_machine"]

FEWEST = 3
"""Minimum number of values for a test of significance."""


def compare_times(before: Result, after: Result, factor: float) -> Iterator[Figure | GateMessage]:
    """A figure for each benchmark in both results, and failures for those that take longer."""
    known = {_key(latency, before): latency for latency in before.latencies}
    judged = same_machine(before.environment, after.environment)
    for latency in after.latencies:
        was = known.get(_key(latency, after))
        if was is None:
            continue
        one, other = _statistics(was), _statistics(latency)
        significant = min(one.size, other.size) >= FEWEST and differ(one, other)
        case = latency.case
        yield Figure(
            case=case,
            measure="time",
            unit="seconds",
            before=one.mean,
            after=other.mean,
            significant=significant,
            judged=judged,
        )
        if judged and significant:
            yield from _judge_time(case, one.mean, other.mean, factor)
    if not judged and any(_key(latency, after) in known for latency in after.latencies):
        text = "times are shown and not judged: the baseline is of another machine or interpreter"
        yield GateMessage(level="note", kind="not judged", case=Case(), text=text)


def same_machine(one: Environment, other: Environment) -> bool:
    """Whether times are comparable, as far as the environments show."""
    names = ("machine", "platform", "cpu_count", "implementation", "build")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _judge_time(case: Case, before: float, after: float, factor: float) -> Iterator[GateMessage]:
    if before > 0 and after / before > factor:
        text = f"an operation takes {after / before:.3g} times as long, allowed is {factor:g}"
        yield GateMessage(level="failure", kind="time", case=case, text=text)


def _statistics(latency: Latency) -> Statistics:
    """Statistics of the means of processes, if there are several, or else of all values.

    Values of one process are correlated, so a test over them would find spurious differences.
    """
    if len(latency.process_means_s) > 1:
        return summarize(latency.process_means_s)
    return Statistics(latency.values, latency.mean_s, latency.stdev_s)


def _key(latency: Latency, result: Result) -> tuple[str, Case, tuple[int, ...]]:
    """What is timed. Older latencies have no Python version: it was that of the result."""
    python = minor_of(latency.python or result.environment.python)
    return latency.name, latency.case.without("python"), python

"""Whether an operation takes longer: pyperf's own test of significance, and a factor.

A time says something only beside one that was taken on the same machine, under the same
interpreter. Others are shown and not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import mean, stdev
from typing import NamedTuple

from unknot.gate.pairing import minor_of
from unknot.records import Case, Environment, Latency, Result
from unknot.records.judgement import Figure, Finding

__all__ = ["compare_times", "same_machine"]

FEWEST = 3
"""Samples without which nothing is said about a difference."""
CONFIDENCE = 0.95


class Sample(NamedTuple):
    """What Student's test needs to know."""

    size: int
    mean: float
    stdev: float


def compare_times(before: Result, after: Result, factor: float) -> Iterator[Figure | Finding]:
    """A figure for each benchmark that both have; failures for those that take longer."""
    known = {_key(latency, before): latency for latency in before.latencies}
    judged = same_machine(before.environment, after.environment)
    for latency in after.latencies:
        was = known.get(_key(latency, after))
        if was is None:
            continue
        one, other = _sample(was), _sample(latency)
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
        yield Finding(level="note", kind="not judged", case=Case(), text=text)


def same_machine(one: Environment, other: Environment) -> bool:
    """Whether times of the two say something about each other, so far as a result can tell."""
    names = ("machine", "platform", "cpu_count", "implementation", "build")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def differ(one: Sample, other: Sample) -> bool:
    """Student's two-sample t-test at 95 %, two-sided, as pyperf has it."""
    from scipy.special import stdtrit  # here, because most results have no times

    freedom = one.size + other.size - 2
    pooled = ((one.size - 1) * one.stdev**2 + (other.size - 1) * other.stdev**2) / freedom
    error = (pooled * (1 / one.size + 1 / other.size)) ** 0.5
    apart = abs(one.mean - other.mean)
    return bool(apart > error * stdtrit(freedom, 1 - (1 - CONFIDENCE) / 2))


def _judge_time(case: Case, before: float, after: float, factor: float) -> Iterator[Finding]:
    if before > 0 and after / before > factor:
        text = f"an operation takes {after / before:.3g} times as long, allowed is {factor:g}"
        yield Finding(level="failure", kind="time", case=case, text=text)


def _sample(latency: Latency) -> Sample:
    """The means of processes, where there are: values of one process are alike for reasons of
    their own, so to take each for a sample finds differences that are none."""
    if len(latency.process_means_s) > 1:
        means = latency.process_means_s
        return Sample(len(means), mean(means), stdev(means))
    return Sample(latency.values, latency.mean_s, latency.stdev_s)


def _key(latency: Latency, result: Result) -> tuple[str, Case, tuple[int, ...]]:
    """What is timed. An older latency does not say under what Python: it was the result's own."""
    python = minor_of(latency.python or result.environment.python)
    return latency.name, latency.case.without("python"), python

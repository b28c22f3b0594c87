"""The questions that are asked first of a result, answered in a line or two each."""

from __future__ import annotations

from typing import NamedTuple

from unknot.records import Collections, GcMode, Result
from unknot.report.cases import headline_cells, headline_comparisons
from unknot.report.findings import Cuts
from unknot.report.tables.live import ratio_entry
from unknot.text import amount, clip, count, duration, rate, ratio, share, short_names, visible

_MOST = 3
_LONGEST = 40
_MODES: tuple[GcMode, ...] = ("auto", "forced", "off")


class Answer(NamedTuple):
    """``section`` is where the page has more of it."""

    question: str
    lines: list[str]
    section: str
    note: str = ""
    """Under what conditions."""


def answers(result: Result, found: Cuts) -> list[Answer]:
    """Where to cut, what it costs, what the change gains; those that the result can answer."""
    asked = (_where(found), _changes(result), _gains(result), _costs(result), _takes(result))
    return [one for one in asked if one is not None]


def _where(found: Cuts) -> Answer | None:
    if not found.total:
        return None
    more = found.total - len(found.drawn[:_MOST])
    lines = [f"{one.finding.says}." for one in found.drawn[:_MOST]]
    note = f"And {more:,} more." if more > 0 else ""
    return Answer("Where to cut", lines, "findings", note)


def _changes(result: Result) -> Answer | None:
    """Totals, equal ones of several cells once."""
    totals = dict.fromkeys(
        (one.name, one.before, one.after) for one in result.differences if one.subject == "total"
    )
    if not totals:
        return None
    lines = [
        f"{visible(name).replace('_', ' ')}: {rate(before)} → {rate(after)}"
        for name, before, after in list(totals)[:_MOST]
    ]
    return Answer("What changed", lines, "differences", "Per operation.")


def _gains(result: Result) -> Answer | None:
    """Of the first pair that was compared, under the first of the collector's modes."""
    comparisons = headline_comparisons(result)
    if not comparisons:
        return None
    first = comparisons[0]
    pair = (first.gc, first.baseline, first.candidate)
    mine = [one for one in comparisons if (one.gc, one.baseline, one.candidate) == pair]
    short = short_names([one.type for one in mine])
    lines = [
        f"{count(one.baseline_live)} → {count(one.candidate_live)} "
        f"{clip(short[one.type], _LONGEST)} ({ratio_entry(one).text})"
        for one in mine[:_MOST]
    ]
    note = f"Live, {_name(first.baseline)} → {_name(first.candidate)}, collector {first.gc}."
    return Answer("What the change gains", lines, "reduction", note)


def _costs(result: Result) -> Answer | None:
    """Of each variant under the mode that users have, else the forced one."""
    by_mode: dict[GcMode, dict[str, Collections]] = {}
    for (gc, variant), cell in headline_cells(result).items():
        if gc != "off" and cell.collections is not None:
            by_mode.setdefault(gc, {})[variant] = cell.collections
    if not by_mode:
        return None
    gc = next(mode for mode in _MODES if mode in by_mode)
    lines = [
        f"{_name(variant)}: {amount(done.passes, 'pass', 'es')}, "
        f"{share(done.pause_total_s, done.duration_s)} of the time"
        for variant, done in list(by_mode[gc].items())[:_MOST]
    ]
    return Answer("What garbage costs", lines, "collector", f"Collector {gc}.")


def _takes(result: Result) -> Answer | None:
    """The time of an operation, and over the reference, under the mode that users have."""
    modes = [mode for mode in _MODES if any(one.gc == mode for one in result.latencies)]
    mine = [one for one in result.latencies if one.gc in modes[:1]]
    if not mine:
        return None
    lines = []
    for one in mine[:_MOST]:
        over = ""
        if one.ratio is not None and one.reference is not None:
            sure = "" if one.significant else ", not significant"
            over = f" ({ratio(one.ratio)} {_name(one.reference)}{sure})"
        lines.append(f"{_name(one.variant)}: {duration(one.mean_s)}{over}")
    return Answer("What an operation takes", lines, "latency", f"Mean, collector {modes[0]}.")


def _name(variant: str) -> str:
    return clip(visible(variant), _LONGEST) or "workload"

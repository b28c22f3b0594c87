"""Renders a result as one self-contained HTML page."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from unknot.files import replace
from unknot.records import Collections, GcMode, Result
from unknot.records.judgement import Judgement
from unknot.report.cases import (
    headline,
    headline_cells,
    headline_comparisons,
    is_history,
    variants,
    work,
)
from unknot.report.document import Block, Line, Link
from unknot.report.findings import Cuts, cuts
from unknot.report.html import template_environment
from unknot.report.palette import styles
from unknot.report.sections import NO_SOURCES, sections
from unknot.report.summary import judged
from unknot.report.tables.live import NO_CLAIMS, ratio_entry
from unknot.report.verdict import overall, verdict_lines
from unknot.text import amount, clip, count, duration, rate, ratio, share, short_names, visible

_MOST_LINES = 8
"""Maximum number of verdict lines about variants."""


def write_page(
    result: Result,
    folder: Path,
    pictures: Sequence[Path],
    claims: Mapping[str, float] = NO_CLAIMS,
    judgement: Judgement | None = None,
    sources: Mapping[str, str] = NO_SOURCES,
) -> Path:
    """Writes ``index.html`` to ``folder``, with ``pictures`` embedded, and returns its path.

    ``sources`` are the texts of workloads' files, by workload, for the lines at a cut.

    Raises :class:`~unknot.errors.UsageError` if jinja2 is missing or the folder is read-only.
    """
    templates = page_templates(variants(result))
    found = cuts(result)
    parts = sections(result, found, pictures, claims, judgement, folder, sources)
    there = {part.key for part in parts}
    lines, unsaid = _verdict(result)
    page = templates.get_template("page.html.j2").render(
        title=clip(visible(result.title), 200),
        release=visible(result.unknot),
        overall=_judged(judgement) if judgement is not None else overall(result),
        verdict=lines,
        unsaid=unsaid,
        answers=[one for one in answers(result, found) if one.section in there],
        work=work(result),
        workload=_workload(result),
        timed=(folder / "timing.json").is_file(),
        sections=parts,
    )
    return replace(folder / "index.html", page.encode("utf-8", "backslashreplace"))


def _judged(judgement: Judgement) -> Line:
    """The judgement's verdict as a sentence."""
    verdict = judged(judgement, 0).verdict
    said = verdict.text.removeprefix("unknot check: ")
    return verdict._replace(text=f"{said[0].upper()}{said[1:]}")


def _verdict(result: Result) -> tuple[list[Line], str]:
    """The lines to show, for a history those of the newest releases, and how many others exist."""
    lines = verdict_lines(result)
    whole = [line for line in lines if not line.subject]
    mine = lines[len(whole) :]
    left_out = len(mine) - _MOST_LINES
    if left_out <= 0:
        return lines, ""
    if is_history(result):
        return [*whole, *mine[-_MOST_LINES:]], f"and {amount(left_out, 'earlier release')}, below"
    return [*whole, *mine[:_MOST_LINES]], f"and {amount(left_out, 'more variant')}, below"


def page_templates(shown: Sequence[str] = ()) -> Any:
    """The jinja2 environment with style, script, filters and the styles of the variants ``shown``.

    Raises :class:`~unknot.errors.UsageError` if jinja2 is missing.
    """
    environment = template_environment()
    loader = environment.loader
    assert loader is not None
    script = loader.get_source(environment, "page.js")[0]
    digest = b64encode(sha256(script.encode()).digest()).decode("ascii")
    environment.filters.update(sorted_by=_sorted_by, kind=_kind)
    environment.globals.update(
        styles=styles(shown),
        script=script,
        digest=f"sha256-{digest}",
        style=loader.get_source(environment, "page.css")[0],
    )
    return environment


def _workload(result: Result) -> str:
    """The headline's workload; empty if :func:`work` names it."""
    case = headline(result)
    if case is None or not (case.shape or case.ending):
        return ""
    return clip(visible(case.workload), 120)


def _sorted_by(value: float | None) -> str:
    """The number to sort by, in JavaScript's syntax; empty for ``None``."""
    return f"{value:.9g}".replace("inf", "Infinity") if value is not None else ""


def _kind(block: Block) -> str:
    """The block's class, by which the template chooses its macro."""
    return type(block).__name__


_MOST = 3
_LONGEST = 40
_MODES: tuple[GcMode, ...] = ("auto", "forced", "off")


class Answer(NamedTuple):
    """``section`` is the anchor of the section with the details."""

    question: str
    lines: list[Link]
    """The address is empty if there is no more specific one than :attr:`section`."""
    section: str
    note: str = ""
    """The conditions of the figures."""


def answers(result: Result, found: Cuts) -> list[Answer]:
    """Where to cut, what changed, what it gains and costs, as far as the result has it."""
    asked = (_where(found), _changes(result), _gains(result), _costs(result), _takes(result))
    return [one for one in asked if one is not None]


def _where(found: Cuts) -> Answer | None:
    if not found.total:
        return None
    more = found.total - len(found.drawn[:_MOST])
    lines = [Link(one.finding.brief, f"#{one.key}") for one in found.drawn[:_MOST]]
    note = f"And {more:,} more." if more > 0 else ""
    return Answer("Where to cut", lines, "findings", note)


def _changes(result: Result) -> Answer | None:
    """Changes of totals, equal ones of several cells merged."""
    totals = dict.fromkeys(
        (one.name, one.before, one.after) for one in result.differences if one.subject == "total"
    )
    if not totals:
        return None
    lines = [
        f"{clip(visible(name).replace('_', ' '), _LONGEST)}: {rate(before)} → {rate(after)}"
        for name, before, after in list(totals)[:_MOST]
    ]
    return Answer("What changed", list(map(Link, lines)), "differences", "Per operation.")


def _gains(result: Result) -> Answer | None:
    """For the first pair that was compared, in the first collector mode."""
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
    return Answer("What the change gains", list(map(Link, lines)), "reduction", note)


def _costs(result: Result) -> Answer | None:
    """For each variant, in mode ``auto`` if measured, or else ``forced``."""
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
    return Answer("What garbage costs", list(map(Link, lines)), "collector", f"Collector {gc}.")


def _takes(result: Result) -> Answer | None:
    """The time of the first operation and its ratio to the reference, in mode ``auto`` if timed."""
    modes = [mode for mode in _MODES if any(one.gc == mode for one in result.latencies)]
    timed = [one for one in result.latencies if one.gc in modes[:1]]
    if not timed:
        return None
    mine = [one for one in timed if one.case.work == timed[0].case.work]
    lines = []
    for one in mine[:_MOST]:
        over = ""
        if one.ratio is not None and one.reference is not None:
            sure = "" if one.significant else ", not significant"
            over = f" ({ratio(one.ratio)} {_name(one.reference)}{sure})"
        lines.append(f"{_name(one.variant)}: {duration(one.mean_s)}{over}")
    return Answer(
        "What an operation takes", list(map(Link, lines)), "latency", f"Mean, collector {modes[0]}."
    )


def _name(variant: str) -> str:
    return clip(visible(variant), _LONGEST) or "workload"

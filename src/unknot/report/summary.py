"""Summaries of a result, a judgement and a comparison, as blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from unknot.records import Case, Cell, Cycle, Difference, Result
from unknot.records.judgement import Judgement, Level
from unknot.report.cases import grouped, headline_cells, where, work
from unknot.report.document import Block, Bullets, Heading, Line, Table, Tone, Trace, left_out
from unknot.report.findings import Finding, findings
from unknot.report.tables.differences import differences_table, figures_table
from unknot.report.tables.left import per_op_table, processes_table
from unknot.report.tables.live import live_table, ratio_table
from unknot.report.tables.run import errors_table, notes
from unknot.report.tables.times import brief_latency_table, collector_table
from unknot.report.verdict import verdict_lines
from unknot.report.wording import trace_of
from unknot.text import amount, clip, visible

_MOST_NOTES = 5
_MOST_NAMED = 3
_MOST_CHANGES, _MOST_QUIET = 30, 8
_MOST_TRACES = 8


def summary_blocks(result: Result, claims: Mapping[str, float]) -> Iterator[Block]:
    """The summary of a result; the page has the rest."""
    errors = errors_table(result, 160)
    if errors is not None:
        yield errors
    yield from verdict_lines(result)
    odd = notes(result)
    yield from (Line(f"Note: {note}", "warn") for note in odd[:_MOST_NOTES])
    if len(odd) > _MOST_NOTES:
        yield Line(left_out(len(odd) - _MOST_NOTES, "note"), "warn")
    yield Line("")
    if headline_cells(result):
        yield from (Line(f"Sustained: {work(result)}"), Line(""))
    tables = (
        live_table(result, 3),
        per_op_table(result, merged=True),
        ratio_table(result, claims, 2),
        collector_table(result),
        brief_latency_table(result),
    )
    yield from (table for table in tables if table is not None)
    yield from _findings(findings(result))


def _findings(every: Sequence[Finding]) -> Iterator[Block]:
    """The first finding of each variant, and a line about the others."""
    first: dict[str, Finding] = {}
    others = [one for one in every if first.setdefault(one.variant, one) is not one]
    for one in first.values():
        yield Trace(one.subject, one.trace, one.shown)
    if others:
        yield from (Line(f"On the page too: {_brief(others)}", "faint"), Line(""))


def _brief(others: Sequence[Finding]) -> str:
    """The findings if they are few, otherwise their number per variant."""
    if len(others) <= _MOST_NAMED:
        return "; ".join(f"{one.says} ({one.subject})" for one in others)
    kinds = Counter((one.name, one.kind) for one in others)
    return ", ".join(f"{amount(number, kind)} of {name}" for (name, kind), number in kinds.items())


_LEVELS: dict[Level, tuple[str, str, Tone]] = {
    "failure": ("Fails", "FAIL", "bad"),
    "warning": ("Warnings", "warning", "warn"),
    "note": ("Notes", "note", "faint"),
}


class Judged(NamedTuple):
    """A judgement as blocks, in an order that the renderer chooses."""

    verdict: Line
    messages: list[Bullets]
    traces: list[Trace | Line]
    """The cycles that fail, by signature."""
    tables: list[Table]


def judged(judgement: Judgement, most_rows: int, most_traces: int = _MOST_TRACES) -> Judged:
    """The verdict, messages, new cycles and tables, with at most ``most_rows`` changes."""
    messages = []
    for level, (heading, label, tone) in _LEVELS.items():
        texts = [str(group) for group in grouped(judgement.findings, level, judgement.cells)]
        if texts:
            messages.append(Bullets(texts, heading, label, tone))
    tables = (
        figures_table(judgement.figures, judgement.cells),
        differences_table(judgement.differences, most_rows, among=judgement.cells),
    )
    failing = ((one.cycle, one.case) for one in judgement.of("failure") if one.cycle is not None)
    return Judged(
        Line(_verdict(judgement), _tone(judgement)),
        messages,
        _traces(_by_signature(failing, judgement.cells), "NEW cycle", most_traces),
        [table for table in tables if table is not None],
    )


def compared(
    differences: Sequence[Difference],
    pairs: Sequence[tuple[Cell, Cell]],
    quiet: bool = False,
    verbose: bool = False,
) -> Iterable[Block]:
    """The changes, largest first, then new and remaining cycles.

    ``quiet`` omits remaining cycles, ``verbose`` shows all changes.
    """
    for names in dict.fromkeys((one.variant, other.variant) for one, other in pairs):
        if len(set(names)) > 1:
            yield Heading("old: {}\nnew: {}\n".format(*(clip(visible(name), 60) for name in names)))
    most = len(differences) if verbose else _MOST_QUIET if quiet else _MOST_CHANGES
    among = [after.case for _, after in pairs]
    table = differences_table(differences, most, one_cell=len(pairs) == 1, among=among)
    tables = [table, *(processes_table(before, after) for before, after in pairs)]
    yield from (table for table in tables if table is not None)
    known = {cycle.signature for before, _ in pairs for cycle in before.cycles}
    alone = len(pairs) == 1  # then nobody asks where
    every = (
        (cycle, Case() if alone else after.case) for _, after in pairs for cycle in after.cycles
    )
    found = _by_signature(every, among)
    new = [(cycle, place) for cycle, place in found if cycle.signature not in known]
    remaining = [(cycle, place) for cycle, place in found if cycle.signature in known]
    yield from _traces(new, "NEW cycle")
    yield from _traces(remaining if not quiet else [], "Remaining cycle")
    worse = sum(one.worse for one in differences)
    said = f"worse, {worse} of {amount(len(differences), 'change')}"
    fine = "not worse" if differences else "no difference"
    yield Heading(f"unknot compare: {said if worse else fine}")


def _by_signature(
    found: Iterable[tuple[Cycle, Case]], among: Collection[Case]
) -> list[tuple[Cycle, str]]:
    """One cycle per signature, with where it occurs."""
    same: dict[str, list[tuple[Cycle, Case]]] = {}
    for cycle, case in found:
        same.setdefault(cycle.signature, []).append((cycle, case))
    return [(equal[0][0], where([case for _, case in equal], among)) for equal in same.values()]


def _traces(
    cycles: Sequence[tuple[Cycle, str]], title: str, most: int = _MOST_TRACES
) -> list[Trace | Line]:
    """The first ``most`` cycles, titled with where they occur, and how many more there are."""
    shown: list[Trace | Line] = [
        Trace(
            f"{title}{' in ' if place else ''}{place}", trace_of(cycle), signature=cycle.signature
        )
        for cycle, place in cycles[:most]
    ]
    if len(cycles) > most:
        shown.append(Line(f"{len(cycles) - most} more of these", "faint"))
    return shown


def _verdict(judgement: Judgement) -> str:
    """Whether the judgement passed, and what was judged."""
    cells = amount(len(judgement.cells), "cell")
    against = f", {judgement.compared} beside the baseline" if judgement.compared else ""
    against += f", {judgement.budgeted} with a budget" if judgement.budgeted else ""
    if judgement.passed and not against:
        return f"unknot check: not judged, {cells}, nothing to judge by yet"
    if judgement.passed:
        return f"unknot check: passed, {cells}{against}"
    failures = amount(len(grouped(judgement.findings, "failure", judgement.cells)), "finding")
    return f"unknot check: FAILED, {failures} in {cells}{against}"


def _tone(judgement: Judgement) -> Tone:
    """Good only if something was judged."""
    if not judgement.passed:
        return "bad"
    return "good" if judgement.compared or judgement.budgeted else "warn"

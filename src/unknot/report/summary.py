"""A result in one look: the verdict, the tables that show it, and the first finding of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from unknot.records import Result
from unknot.report.cases import headline_cells, work
from unknot.report.document import Block, Line, Trace, left_out
from unknot.report.findings import Finding, findings
from unknot.report.tables.left import per_op_table
from unknot.report.tables.live import live_table, ratio_table
from unknot.report.tables.run import errors_table, notes
from unknot.report.tables.times import brief_latency_table, collector_table
from unknot.report.verdict import verdict_lines
from unknot.text import amount

_MOST_NOTES = 5
_MOST_NAMED = 3


def summary_blocks(result: Result, claims: Mapping[str, float]) -> Iterator[Block]:
    """What the terminal shows of a result; the rest is on the page."""
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
    """The first cycle or leak of each variant; what else the page has, in a line."""
    first: dict[str, Finding] = {}
    others = [one for one in every if first.setdefault(one.variant, one) is not one]
    for one in first.values():
        yield Trace(one.subject, one.trace, one.shown)
    if others:
        yield from (Line(f"On the page too: {_brief(others)}", "faint"), Line(""))


def _brief(others: Sequence[Finding]) -> str:
    """Each by name where they are few, else how many each variant has."""
    if len(others) <= _MOST_NAMED:
        return "; ".join(f"{one.says} ({one.subject})" for one in others)
    kinds = Counter((one.name, one.kind) for one in others)
    return ", ".join(f"{amount(number, kind)} of {name}" for (name, kind), number in kinds.items())

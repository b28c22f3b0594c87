"""What GitHub shows of a job: the step summary and annotations."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from unknot.judgement import Finding, Judgement, Level
from unknot.report.gate import new_cycles, verdict_of
from unknot.report.places import grouped
from unknot.report.table import Table
from unknot.report.tables.differences import differences_table, figures_table
from unknot.report.trace import cycle_trace

__all__ = ["annotation_lines", "step_summary"]

MOST = 10
"""Annotations of one kind that GitHub shows of a step."""
MOST_ROWS = 30
LARGEST = 900_000
"""Characters; GitHub takes a MiB of summary from a step."""
_HEADINGS: dict[Level, str] = {"failure": "Fails", "warning": "Warnings", "note": "Notes"}


def step_summary(judgement: Judgement) -> str:
    """Markdown: the verdict, why, the new cycles, then the tables."""
    mark = "✅" if judgement.passed else "❌"
    parts = [f"## {mark} {_cell(verdict_of(judgement))}\n"]
    for level, heading in _HEADINGS.items():
        groups = grouped(judgement.findings, level)
        if groups:
            lines = [f"- {_cell(str(group))}" for group in groups[:MOST_ROWS]]
            parts.append("\n".join((f"**{heading}**\n", *lines)) + "\n")
    for cycle, place in new_cycles(judgement.findings)[:MOST]:
        trace = "\n".join(cycle_trace(cycle)) if cycle.steps else cycle.signature
        parts.append(f"**NEW cycle** {_cell(place)}\n\n{_fenced(trace)}\n")
    for table in (
        figures_table(judgement.figures),
        differences_table(judgement.differences, MOST_ROWS),
    ):
        if table is not None:
            parts.append(_markdown(table))
    return "\n".join(parts)[:LARGEST] + "\n"


def annotation_lines(judgement: Judgement) -> list[str]:
    """Workflow commands, one a line: an error for each failure, a warning for each warning."""
    commands = []
    levels: Sequence[tuple[Level, str]] = (("failure", "error"), ("warning", "warning"))
    for level, command in levels:
        for group in grouped(judgement.findings, level)[:MOST]:
            place = _source(group.first)
            commands.append(f"::{command} {place}title=unknot check::{_escaped(str(group))}")
    return commands


def _source(finding: Finding) -> str:
    """File and line of the code to cut in, where the cycle knows them."""
    where = finding.cycle.where if finding.cycle is not None else None
    file, _, line = (where or "").rpartition(":")
    if not file or not line.isdigit():
        return ""
    return f"file={_property(file)},line={line},"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _markdown(table: Table) -> str:
    titles = [_cell(column.text) for column in table.columns]
    rules = ["---:" if column.numeric else ":---" for column in table.columns]
    rows = [[_cell(entry.text) for entry in row] for row in table.rows]
    lines = [f"| {' | '.join(row)} |" for row in (titles, rules, *rows)]
    note = f"\n{_cell(table.note)}\n" if table.note else ""
    return "\n".join((f"**{_cell(table.caption)}**\n", *lines)) + "\n" + note


def _cell(text: str) -> str:
    """Text that stays text in Markdown."""
    safe = escape(text, quote=False).replace("\n", " ")
    for letter in "\\`*_|[]~":
        safe = safe.replace(letter, f"\\{letter}")
    return safe


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}text\n{text}\n{fence}"

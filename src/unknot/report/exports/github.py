"""What GitHub shows of a job: the step summary and annotations."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from unknot.judgement import Judgement, Level
from unknot.report.cases import grouped
from unknot.report.document import Table
from unknot.report.exports.sources import Line, Repository
from unknot.report.judgement import new_cycles, verdict_of
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
        groups = grouped(judgement.findings, level, judgement.cells)
        if groups:
            lines = [f"- {_cell(str(group))}" for group in groups[:MOST_ROWS]]
            parts.append("\n".join((f"**{heading}**\n", *lines)) + "\n")
    for cycle, place in new_cycles(judgement)[:MOST]:
        trace = "\n".join(cycle_trace(cycle)) if cycle.steps else cycle.signature
        parts.append(f"**NEW cycle** {_cell(place)}\n\n{_fenced(trace)}\n")
    for table in (
        figures_table(judgement.figures, judgement.cells),
        differences_table(judgement.differences, MOST_ROWS, among=judgement.cells),
    ):
        if table is not None:
            parts.append(_markdown(table))
    return "\n".join(parts)[:LARGEST] + "\n"


def annotation_lines(judgement: Judgement, repository: Repository) -> list[str]:
    """Workflow commands, one a line: an error for each failure, a warning for each warning."""
    commands = []
    levels: Sequence[tuple[Level, str]] = (("failure", "error"), ("warning", "warning"))
    for level, command in levels:
        for group in grouped(judgement.findings, level, judgement.cells)[:MOST]:
            place = _source(repository.locate(group.first))
            commands.append(f"::{command} {place}title=unknot check::{_escaped(str(group))}")
    return commands


def _source(place: Line | None) -> str:
    if place is None:
        return ""
    line = f"line={place.line}," if place.line else ""
    return f"file={_property(place.file)},{line}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """An annotation is for the file of exactly this name, so nothing in it becomes another."""
    escaped = _escaped(text.encode("utf-8", "replace").decode())
    return escaped.replace(":", "%3A").replace(",", "%2C")


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

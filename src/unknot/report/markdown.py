"""Renders blocks as Markdown, for GitHub's step summaries and comments."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from unknot.records.judgement import Judgement
from unknot.report.document import Block, Bullets, Line, Table, Trace
from unknot.report.summary import judged

_MOST_TRACES = 10
_MOST_ROWS = 30
_LARGEST = 900_000
"""Maximum length; GitHub accepts 1 MiB per step."""


def step_summary(judgement: Judgement) -> str:
    """The verdict, its reasons, the new cycles, then the tables."""
    found = judged(judgement, _MOST_ROWS, _MOST_TRACES)
    mark = "✅" if judgement.passed else "❌"
    return markdown(f"{mark} {found.verdict.text}", [*found.messages, *found.traces, *found.tables])


def markdown(heading: str, blocks: Iterable[Block]) -> str:
    """Blocks under a heading, of bounded size."""
    parts = [f"## {_safe(heading)}\n", *map(_part, blocks)]
    return "\n".join(filter(None, parts))[:_LARGEST] + "\n"


def _part(block: Block) -> str:
    match block:
        case Table():
            return _table(block)
        case Bullets(texts, heading):
            lines = [f"- {_safe(text)}" for text in texts[:_MOST_ROWS]]
            return "\n".join((f"**{heading}**\n", *lines)) + "\n"
        case Trace(title, text):
            return f"**{_safe(title)}**\n\n{_fenced(text)}\n"
        case Line(text):
            return f"{_safe(text)}\n"
        case _:
            return ""


def _table(table: Table) -> str:
    titles = [_safe(column.text) for column in table.columns]
    rules = ["---:" if column.numeric else ":---" for column in table.columns]
    rows = [[_safe(entry.text) for entry in row] for row in table.rows]
    lines = [f"| {' | '.join(row)} |" for row in (titles, rules, *rows)]
    note = f"\n{_safe(table.note)}\n" if table.note else ""
    return "\n".join((f"**{_safe(table.caption)}**\n", *lines)) + "\n" + note


def _safe(text: str) -> str:
    """``text`` with Markdown's special characters escaped."""
    safe = escape(text, quote=False).replace("\n", " ")
    for letter in "\\`*_|[]~":
        safe = safe.replace(letter, f"\\{letter}")
    return safe


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}text\n{text}\n{fence}"

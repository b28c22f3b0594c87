"""What the gate says, as a section of the page."""

from __future__ import annotations

from typing import NamedTuple

from unknot.judgement import Judgement, Level
from unknot.report.cases import grouped
from unknot.report.gate import new_cycles, tone_of, verdict_of
from unknot.report.page.section import MOST_ROWS, Section, shortened
from unknot.report.table import Tone
from unknot.report.tables.differences import differences_table, figures_table
from unknot.report.trace import cycle_trace
from unknot.report.verdict import Line

__all__ = ["judged", "judged_line"]

_MOST_TRACES = 8
_LEVELS: tuple[tuple[Level, str, Tone], ...] = (
    ("failure", "Fails", "bad"),
    ("warning", "Warnings", "warn"),
    ("note", "Notes", ""),
)


class Voice(NamedTuple):
    """What is said at one level."""

    heading: str
    tone: Tone
    texts: list[str]
    left_out: int


class Judged(NamedTuple):
    """All that is said, and each cycle that fails, after where it was found."""

    levels: list[Voice]
    traces: list[tuple[str, str]]


def judged_line(judgement: Judgement) -> Line:
    """The judgement in a sentence, for the top of the page."""
    said = verdict_of(judgement).removeprefix("unknot check: ")
    return Line(f"{said[0].upper()}{said[1:]}", tone_of(judgement))


def judged(judgement: Judgement | None) -> Section | None:
    """The section; ``None`` where nothing was judged."""
    if judgement is None:
        return None
    said = [
        Voice(heading, tone, [str(group) for group in groups[:MOST_ROWS]], len(groups[MOST_ROWS:]))
        for level, heading, tone in _LEVELS
        if (groups := grouped(judgement.findings, level, judgement.cells))
    ]
    traces = [
        (f"New cycle{' in ' if place else ''}{place}", "\n".join(cycle_trace(cycle)))
        for cycle, place in new_cycles(judgement)[:_MOST_TRACES]
        if cycle.steps
    ]
    changes = differences_table(judgement.differences, MOST_ROWS, among=judgement.cells)
    named = changes._replace(key="gate-differences") if changes is not None else None
    return Section(
        "gate",
        "What the gate says",
        shortened(figures_table(judgement.figures, judgement.cells), named),
        partial="gate",
        content=Judged(said, traces),
    )

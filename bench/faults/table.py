"""The table that the campaign prints, in Markdown, and the details of failed trials."""

from __future__ import annotations

from collections.abc import Sequence

from bench.faults.trial import Outcome
from unknot.text import visible

__all__ = ["details", "table"]

COLUMNS = ("hung", "lost", "left", "traceback", "exit code")


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """One row per fault, in the order of first trials; 0 means that nothing was wrong."""
    lines = [
        "| fault | trials | hung | lost | left | traceback | wrong exit code |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for fault in dict.fromkeys(outcome.fault for outcome in outcomes):
        mine = [outcome for outcome in outcomes if outcome.fault == fault]
        made = [outcome for outcome in mine if not outcome.skipped]
        if made:
            counts = [sum(column in one.faults for one in made) for column in COLUMNS]
            lines.append(f"| {fault} | {len(made):,} | {' | '.join(map(str, counts))} |")
        else:
            lines.append(f"| {fault} | skipped: {mine[0].skipped} | | | | | |")
    made = [outcome for outcome in outcomes if not outcome.skipped]
    counts = [sum(column in one.faults for one in made) for column in COLUMNS]
    lines.append(f"| **all** | **{len(made):,}** | {' | '.join(f'**{n}**' for n in counts)} |")
    return lines


def details(outcomes: Sequence[Outcome]) -> list[str]:
    """The details of each failed trial."""
    return [
        f"{outcome.fault}: {column}: {visible(text)}"
        for outcome in outcomes
        for column, text in outcome.faults.items()
    ]

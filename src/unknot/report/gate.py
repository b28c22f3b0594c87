"""A judgement as text: 80 columns, no terminal needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from unknot.judgement import Finding, Judgement, Level
from unknot.records import Cycle
from unknot.report.cases import grouped, where
from unknot.report.number import amount
from unknot.report.table import Tone
from unknot.report.tables.differences import differences_table, figures_table
from unknot.report.terminal import Trimmed, rich_table, styled
from unknot.report.trace import cycle_trace

__all__ = ["new_cycles", "print_judgement", "tone_of", "traces", "verdict_of"]

MOST_DIFFERENCES = 12
MOST_TRACES = 8
_LEVELS: dict[Level, tuple[str, str]] = {
    "failure": ("FAIL", "bold red"),
    "warning": ("warning", "yellow"),
    "note": ("note", "dim"),
}


_STYLES: dict[Tone, str] = {"good": "green", "warn": "yellow", "bad": "bold red"}


class JudgementText:
    """A rich renderable. Where the output has no Unicode, it says the same in ASCII."""

    def __init__(self, judgement: Judgement) -> None:
        self._judgement = judgement

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        yield from map(Trimmed, self._parts(options.ascii_only))

    def _parts(self, plain: bool) -> Iterator[RenderableType]:
        judgement = self._judgement
        tables = (
            figures_table(judgement.figures, judgement.cells),
            differences_table(judgement.differences, MOST_DIFFERENCES, among=judgement.cells),
        )
        for table in tables:
            if table is not None:
                yield from rich_table(table, plain)
        yield from traces(new_cycles(judgement), plain)
        for level, (word, style) in _LEVELS.items():
            for group in grouped(judgement.findings, level, judgement.cells):
                yield styled(f"{word}: ", style, plain) + styled(str(group), "", plain)
        yield styled(verdict_of(judgement), _STYLES[tone_of(judgement)], plain)


def print_judgement(judgement: Judgement, console: Console) -> None:
    """Prints the tables, each new cycle, and what fails, warns and is to be known."""
    console.print(JudgementText(judgement))


def new_cycles(judgement: Judgement) -> list[tuple[Cycle, str]]:
    """Each cycle that fails once, with where it was found."""
    found: dict[str, list[Finding]] = {}
    for finding in judgement.findings:
        if finding.cycle is not None and finding.level == "failure":
            found.setdefault(finding.cycle.signature, []).append(finding)
    return [
        (equal[0].cycle, where([one.case for one in equal], judgement.cells))
        for equal in found.values()
        if equal[0].cycle is not None
    ]


def verdict_of(judgement: Judgement) -> str:
    """The last line: whether it passed, and what was judged."""
    cells = amount(len(judgement.cells), "cell")
    against = f", {judgement.compared} beside the baseline" if judgement.compared else ""
    against += f", {judgement.budgeted} with a budget" if judgement.budgeted else ""
    if judgement.passed:
        return f"unknot check: passed, {cells}{against or ', nothing to judge by'}"
    failures = amount(len(grouped(judgement.findings, "failure", judgement.cells)), "finding")
    return f"unknot check: FAILED, {failures} in {cells}{against}"


def tone_of(judgement: Judgement) -> Tone:
    """Good only where something was judged."""
    if not judgement.passed:
        return "bad"
    return "good" if judgement.compared or judgement.budgeted else "warn"


def traces(
    cycles: Sequence[tuple[Cycle, str]], plain: bool, title: str = "NEW cycle"
) -> Iterator[RenderableType]:
    """Each cycle under a title that says where it is, the first few of them."""
    for cycle, place in cycles[:MOST_TRACES]:
        yield styled(f"{title}{' in ' if place else ''}{place}", "bold", plain)
        if cycle.steps:
            yield Trimmed(styled("\n".join(cycle_trace(cycle)), "", plain))
        yield Text()
    if len(cycles) > MOST_TRACES:
        yield styled(f"{len(cycles) - MOST_TRACES} more of these", "dim", plain)

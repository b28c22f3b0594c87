"""A judgement and a comparison as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from unknot.judgement import Finding, Judgement, Level
from unknot.records import Cell, Cycle, Difference
from unknot.report.cases import grouped, where
from unknot.report.document import Tone
from unknot.report.tables.differences import differences_table, figures_table
from unknot.report.tables.left import processes_table
from unknot.report.terminal import Trimmed, rich_table, styled
from unknot.report.trace import cycle_trace
from unknot.text import amount, clip, visible

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


MOST = 30
MOST_QUIET = 8


def print_comparison(
    differences: Sequence[Difference],
    pairs: Sequence[tuple[Cell, Cell]],
    console: Console,
    *,
    quiet: bool = False,
    verbose: bool = False,
) -> None:
    """Prints the table, biggest change first, then the cycles that are new and that remain.

    ``quiet`` leaves out what remains, ``verbose`` shows every change.
    """
    plain = console.options.ascii_only
    for names in dict.fromkeys((one.variant, other.variant) for one, other in pairs):
        if len(set(names)) > 1:
            said = "old: {}\nnew: {}\n".format(*(clip(visible(name), 60) for name in names))
            console.print(styled(said, "bold", plain))
    most = len(differences) if verbose else MOST_QUIET if quiet else MOST
    among = [after.case for _, after in pairs]
    table = differences_table(differences, most, one_cell=len(pairs) == 1, among=among)
    for part in rich_table(table, plain) if table is not None else ():
        console.print(part)
    for before, after in pairs:
        in_each = processes_table(before, after)
        for part in rich_table(in_each, plain) if in_each is not None else ():
            console.print(part)
    known = {cycle.signature for before, _ in pairs for cycle in before.cycles}
    found = _cycles([after for _, after in pairs])
    new = [(cycle, place) for cycle, place in found if cycle.signature not in known]
    remaining = [(cycle, place) for cycle, place in found if cycle.signature in known]
    for part in traces(new, plain):
        console.print(part)
    for part in traces(remaining if not quiet else [], plain, "Remaining cycle"):
        console.print(part)
    console.print(styled(_comparison_verdict(differences), "bold", plain))


def _cycles(cells: Sequence[Cell]) -> list[tuple[Cycle, str]]:
    """Each signature once, with the cells it was found in where there are several."""
    found: dict[str, tuple[Cycle, list[Cell]]] = {}
    for cell in cells:
        for cycle in cell.cycles:
            found.setdefault(cycle.signature, (cycle, []))[1].append(cell)
    several, among = len(cells) > 1, [cell.case for cell in cells]
    return [
        (cycle, where([cell.case for cell in mine], among) if several else "")
        for cycle, mine in found.values()
    ]


def _comparison_verdict(differences: Sequence[Difference]) -> str:
    worse = sum(one.worse for one in differences)
    if worse:
        return f"unknot compare: worse, {worse} of {amount(len(differences), 'change')}"
    return f"unknot compare: {'no difference' if not differences else 'not worse'}"

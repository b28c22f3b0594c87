"""What the gate says of a result, and what changed between two, as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unknot.records import Cell, Cycle, Difference
from unknot.records.judgement import GateMessage, Judgement, Level
from unknot.report.cases import grouped, where
from unknot.report.document import Block, Bullets, Heading, Line, Table, Tone, Trace
from unknot.report.tables.differences import differences_table, figures_table
from unknot.report.tables.left import processes_table
from unknot.report.trace import trace_of
from unknot.text import amount, clip, visible

_MOST, _MOST_QUIET = 30, 8
"""Changes of a comparison."""
_MOST_TRACES = 8
_LEVELS: dict[Level, tuple[str, str, Tone]] = {
    "failure": ("Fails", "FAIL", "bad"),
    "warning": ("Warnings", "warning", "warn"),
    "note": ("Notes", "note", "faint"),
}


class Judged(NamedTuple):
    """A judgement as blocks; which come first depends on where they are shown."""

    verdict: Line
    messages: list[Bullets]
    traces: list[Trace | Line]
    """Each cycle that fails, once."""
    tables: list[Table]


def judged(judgement: Judgement, most_rows: int, most_traces: int = _MOST_TRACES) -> Judged:
    """The verdict, why, the new cycles and the figures; of the changes ``most_rows``."""
    messages = []
    for level, (heading, label, tone) in _LEVELS.items():
        texts = [str(group) for group in grouped(judgement.findings, level, judgement.cells)]
        if texts:
            messages.append(Bullets(texts, heading, label, tone))
    tables = (
        figures_table(judgement.figures, judgement.cells),
        differences_table(judgement.differences, most_rows, among=judgement.cells),
    )
    return Judged(
        Line(_verdict(judgement), _tone(judgement)),
        messages,
        _traces(_new_cycles(judgement), "NEW cycle", most_traces),
        [table for table in tables if table is not None],
    )


def compared(
    differences: Sequence[Difference],
    pairs: Sequence[tuple[Cell, Cell]],
    quiet: bool = False,
    verbose: bool = False,
) -> Iterable[Block]:
    """The table, biggest change first, then the cycles that are new and that remain.

    ``quiet`` leaves out what remains, ``verbose`` shows every change.
    """
    for names in dict.fromkeys((one.variant, other.variant) for one, other in pairs):
        if len(set(names)) > 1:
            yield Heading("old: {}\nnew: {}\n".format(*(clip(visible(name), 60) for name in names)))
    most = len(differences) if verbose else _MOST_QUIET if quiet else _MOST
    among = [after.case for _, after in pairs]
    table = differences_table(differences, most, one_cell=len(pairs) == 1, among=among)
    tables = [table, *(processes_table(before, after) for before, after in pairs)]
    yield from (table for table in tables if table is not None)
    known = {cycle.signature for before, _ in pairs for cycle in before.cycles}
    found = _cycles([after for _, after in pairs])
    new = [(cycle, place) for cycle, place in found if cycle.signature not in known]
    remaining = [(cycle, place) for cycle, place in found if cycle.signature in known]
    yield from _traces(new, "NEW cycle")
    yield from _traces(remaining if not quiet else [], "Remaining cycle")
    worse = sum(one.worse for one in differences)
    said = f"worse, {worse} of {amount(len(differences), 'change')}"
    fine = "not worse" if differences else "no difference"
    yield Heading(f"unknot compare: {said if worse else fine}")


def _new_cycles(judgement: Judgement) -> list[tuple[Cycle, str]]:
    """Each cycle that fails once, with where it was found."""
    found: dict[str, list[GateMessage]] = {}
    for finding in judgement.of("failure"):
        if finding.cycle is not None:
            found.setdefault(finding.cycle.signature, []).append(finding)
    return [
        (equal[0].cycle, where([one.case for one in equal], judgement.cells))
        for equal in found.values()
        if equal[0].cycle is not None
    ]


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


def _traces(
    cycles: Sequence[tuple[Cycle, str]], title: str, most: int = _MOST_TRACES
) -> list[Trace | Line]:
    """The first few cycles, each under a title that says where it is, and how many more."""
    shown: list[Trace | Line] = [
        Trace(f"{title}{' in ' if place else ''}{place}", trace_of(cycle))
        for cycle, place in cycles[:most]
    ]
    if len(cycles) > most:
        shown.append(Line(f"{len(cycles) - most} more of these", "faint"))
    return shown


def _verdict(judgement: Judgement) -> str:
    """Whether it passed, and what was judged."""
    cells = amount(len(judgement.cells), "cell")
    against = f", {judgement.compared} beside the baseline" if judgement.compared else ""
    against += f", {judgement.budgeted} with a budget" if judgement.budgeted else ""
    if judgement.passed:
        return f"unknot check: passed, {cells}{against or ', nothing to judge by'}"
    failures = amount(len(grouped(judgement.findings, "failure", judgement.cells)), "finding")
    return f"unknot check: FAILED, {failures} in {cells}{against}"


def _tone(judgement: Judgement) -> Tone:
    """Good only where something was judged."""
    if not judgement.passed:
        return "bad"
    return "good" if judgement.compared or judgement.budgeted else "warn"

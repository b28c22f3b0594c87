"""The result as text: one look, 80 columns, no terminal needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table as RichTable
from rich.text import Text

from unknot.records import Result
from unknot.report.cases import headline_cells, work
from unknot.report.claims import NO_CLAIMS
from unknot.report.document import Entry, Table, Tone, left_out
from unknot.report.findings import Finding, findings
from unknot.report.tables.left import per_op_table
from unknot.report.tables.live import live_table, ratio_table
from unknot.report.tables.run import errors_table, notes
from unknot.report.tables.times import brief_latency_table, collector_table
from unknot.report.verdict import verdict_lines
from unknot.text import amount

__all__ = ["Summary", "Trimmed", "print_summary", "rich_table", "styled", "summary"]

_STYLES: dict[Tone, str] = {"": "", "good": "green", "bad": "bold red", "warn": "yellow"}
_MOST_NOTES = 5
_MOST_NAMED = 3
_ASCII = str.maketrans(
    {
        "→": "->",
        "×": "x",
        "µ": "u",
        "…": "..",
        "–": "-",
        "±": "+/-",
        "∞": "inf",
        "·": "|",
        "├": "|",
        "╰": "`",
        "─": "-",
        "│": "|",
    }
)


class Trimmed:
    """A renderable without the spaces that rich leaves at the ends of lines."""

    def __init__(self, part: RenderableType) -> None:
        self._part = part

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for line in console.render_lines(self._part, options, pad=False):
            kept = list(line)
            while kept and not kept[-1].text.strip():
                kept.pop()
            if kept:
                text, style, control = kept.pop()
                yield from (*kept, Segment(text.rstrip(), style, control))
            yield Segment.line()


class Summary:
    """A rich renderable. Where the output has no Unicode, it says the same in ASCII."""

    def __init__(self, result: Result, claims: Mapping[str, float]) -> None:
        self._result = result
        self._claims = claims

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        yield from map(Trimmed, self._parts(options.ascii_only))

    def _parts(self, plain: bool) -> Iterator[RenderableType]:
        errors = errors_table(self._result, 160)
        if errors is not None:
            yield from rich_table(errors, plain)
        for line in verdict_lines(self._result):
            subject = f"{line.subject}: " if line.subject else ""
            yield styled(subject, "bold", plain) + styled(line.text, _STYLES[line.tone], plain)
        odd = notes(self._result)
        for note in odd[:_MOST_NOTES]:
            yield styled(f"Note: {note}", "yellow", plain)
        if len(odd) > _MOST_NOTES:
            yield styled(left_out(len(odd) - _MOST_NOTES, "note"), "yellow", plain)
        yield Text()
        yield from self._tables(plain)
        yield from self._findings(plain)

    def _findings(self, plain: bool) -> Iterator[RenderableType]:
        """The first cycle or leak of each variant; what else the page has, in a line."""
        first: dict[str, Finding] = {}
        others = []
        for finding in findings(self._result):
            if first.setdefault(finding.variant, finding) is not finding:
                others.append(finding)
        for finding in first.values():
            yield styled(finding.subject, "bold", plain) + styled(
                f"; {finding.shown}" if finding.shown else "", "", plain
            )
            yield styled(finding.trace, "", plain)
            yield Text()
        if others:
            yield styled(f"On the page too: {_brief(others)}", "dim", plain)
            yield Text()

    def _tables(self, plain: bool) -> Iterator[RenderableType]:
        if headline_cells(self._result):
            yield styled(f"Sustained: {work(self._result)}", "", plain)
            yield Text()
        for table in (
            live_table(self._result, 3),
            per_op_table(self._result, merged=True),
            ratio_table(self._result, self._claims, 2),
            collector_table(self._result),
            brief_latency_table(self._result),
        ):
            if table is not None:
                yield from rich_table(table, plain)


def _brief(others: Sequence[Finding]) -> str:
    """Each by name where they are few, else how many each variant has."""
    if len(others) <= _MOST_NAMED:
        return "; ".join(f"{one.says} ({one.subject})" for one in others)
    kinds = Counter((one.name, one.kind) for one in others)
    return ", ".join(f"{amount(number, kind)} of {name}" for (name, kind), number in kinds.items())


def summary(result: Result, claims: Mapping[str, float] = NO_CLAIMS) -> Summary:
    """A rich renderable that answers in one look.

    ``claims`` maps a type to the ratio that was claimed for it with the collector off.
    """
    return Summary(result, claims)


def print_summary(
    result: Result, console: Console | None = None, claims: Mapping[str, float] = NO_CLAIMS
) -> None:
    """Prints :func:`summary`, by default to standard output; colour is for terminals."""
    target = console if console is not None else Console(highlight=False)
    target.print(summary(result, claims))


def rich_table(table: Table, plain: bool) -> Iterator[RenderableType]:
    """The caption, the rows, the note, and an empty line."""
    yield Trimmed(styled(table.caption, "bold", plain))
    grid = RichTable(
        box=box.ASCII2 if plain else box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in table.columns:
        grid.add_column(
            styled(column.text, "bold", plain),
            justify="right" if column.numeric else "left",
            overflow="fold",
        )
    before: tuple[Entry, ...] | None = None
    for row in table.rows:
        entries = [styled(entry.text, _STYLES[entry.tone], plain) for entry in row]
        if table.grouped and before is not None and before[0].text == row[0].text:
            entries[0] = Text()
        grid.add_row(*entries)
        before = row
    yield Trimmed(grid)
    if table.note:
        yield Trimmed(styled(table.note, "dim", plain))
    yield Text()


def styled(text: str, style: str, plain: bool) -> Text:
    if plain:
        text = text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")
    return Text(text, style)

"""Renders blocks as text of 80 columns, by rich."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table as RichTable
from rich.text import Text

from unknot.records import Allocations, Cell, Difference, Result
from unknot.records.judgement import Judgement
from unknot.report.cell_text import allocation_blocks, end_lines, head_lines
from unknot.report.document import (
    Block,
    Bullets,
    Entry,
    Heading,
    Line,
    Table,
    Tone,
    Trace,
)
from unknot.report.summary import compared, judged, summary_blocks
from unknot.report.tables.live import NO_CLAIMS
from unknot.report.tables.releases import changes_table, history_of, releases_table
from unknot.report.verdict import tone_of
from unknot.report.wording import cell_traces

_MOST_DIFFERENCES = 12
_STYLES: dict[Tone, str] = {
    "": "",
    "good": "green",
    "bad": "bold red",
    "warn": "yellow",
    "faint": "dim",
}
_CUT = re.compile(r" +(?:│ +)?~+(?: |$)")
"""Matches the line of a trace that marks the reference to cut."""
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


class Document:
    """Blocks as a rich renderable, in ASCII if the output is not Unicode."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = tuple(blocks)

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        for block in self._blocks:
            yield from map(_Trimmed, _parts(block, options.ascii_only))


def print_summary(
    result: Result, console: Console | None = None, claims: Mapping[str, float] = NO_CLAIMS
) -> None:
    """Prints the summary of a result, by default to standard output.

    ``claims`` are the ratios claimed by type, with the collector off.
    """
    target = console if console is not None else Console(highlight=False)
    target.print(Document(summary_blocks(result, claims)))


def cell_lines(
    cell: Cell, *, quiet: bool = False, verbose: bool = False, interpreter: bool = False
) -> list[str]:
    """A cell in full; see :func:`~unknot.report.cell_text.head_lines`."""
    head = head_lines(cell, quiet=quiet, verbose=verbose, interpreter=interpreter)
    if cell.verdict is None:
        return head
    return [*head, *cell_traces(cell), *end_lines(cell, interpreter=interpreter)]


def print_cell(
    cell: Cell,
    console: Console,
    *,
    quiet: bool = False,
    verbose: bool = False,
    interpreter: bool = False,
) -> None:
    """Prints a cell in full, in ASCII if the output is not Unicode."""
    plain = console.options.ascii_only
    lines = cell_lines(cell, quiet=quiet, verbose=verbose, interpreter=interpreter)
    for number, line in enumerate(lines):
        text = styled(line, "", plain)
        if number == 0:  # the verdict, or what kind of error
            said = cell.verdict or line.rpartition(": ")[2]
            text.stylize(_STYLES[tone_of(cell)], len(text) - len(said))
        elif _CUT.match(line):
            text.stylize(_STYLES["bad"])
        console.print(text, highlight=False, soft_wrap=True)


def print_allocations(allocations: Allocations, console: Console) -> None:
    """Prints the first places that left memory behind, or why there are none."""
    plain = console.options.ascii_only
    for block in allocation_blocks(allocations):
        if isinstance(block, Line):
            text = styled(block.text, _STYLES[block.tone], plain)
            console.print(text, soft_wrap=True)
        else:
            console.print(Document([block]))


def print_judgement(judgement: Judgement, console: Console) -> None:
    """Prints tables, new cycles, failures, warnings and notes, and the verdict."""
    found = judged(judgement, _MOST_DIFFERENCES)
    console.print(Document([*found.tables, *found.traces, *found.messages, found.verdict]))


def print_comparison(
    differences: Sequence[Difference],
    pairs: Sequence[tuple[Cell, Cell]],
    console: Console,
    *,
    quiet: bool = False,
    verbose: bool = False,
) -> None:
    """Prints the changes, largest first, then new and remaining cycles.

    ``quiet`` omits remaining cycles, ``verbose`` shows all changes.
    """
    console.print(Document(compared(differences, pairs, quiet, verbose)))


def print_releases(result: Result, changes: Mapping[str, str], console: Console) -> None:
    """Prints what an operation leaves behind in each release, and what changed."""
    history = history_of(result, changes)
    tables = releases_table(history), changes_table(history)
    console.print(Document(table for table in tables if table is not None))


def styled(text: str, style: str, plain: bool) -> Text:
    """``text`` in a rich style; with ``plain`` in ASCII."""
    if plain:
        text = text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")
    return Text(text, style)


class _Trimmed:
    """A renderable without trailing spaces."""

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


def _parts(block: Block, plain: bool) -> Iterator[RenderableType]:
    match block:
        case Table():
            yield from _table(block, plain)
        case Line(text, tone, subject):
            said = styled(text, _STYLES[tone], plain)
            yield styled(f"{subject}: ", "bold", plain) + said if subject else said
        case Heading(text):
            yield styled(text, "bold", plain)
        case Trace(title, text, note):
            yield styled(title, "bold", plain) + styled(f"; {note}" if note else "", "", plain)
            yield styled(text, "", plain)
            yield Text()
        case Bullets(texts, label=label, tone=tone):
            for text in texts:
                before = styled(f"{label}: ", _STYLES[tone], plain)
                yield before + styled(text, "", plain)


def _table(table: Table, plain: bool) -> Iterator[RenderableType]:
    yield styled(table.caption, "bold", plain)
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
    yield grid
    if table.note:
        yield styled(table.note, "dim", plain)
    yield Text()

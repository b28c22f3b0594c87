"""The content of a report as a sequence of blocks, before it becomes text, HTML or Markdown.

Blocks are values, rendered by ``terminal``, ``page`` and ``markdown``. A table's entry keeps the
number that it shows, so no renderer parses text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, TypeAlias

from unknot.report.rings.geometry import Ring
from unknot.text import amount, clip, rate, visible

Tone = Literal["", "good", "bad", "warn", "faint"]

NOTHING = "–"
"""Shown for a missing figure; a measured zero is ``0``."""
MOST_ROWS = 60
"""Maximum rows of a table on a page; thousands would open slowly."""


class Column(NamedTuple):
    """``numeric`` aligns right; ``heads`` makes each entry its row's header."""

    text: str
    numeric: bool = False
    heads: bool = False
    title: str = ""
    """The full name, if ``text`` is a short one."""


class Entry(NamedTuple):
    """``title`` is the full text if ``text`` is clipped; ``variant`` adds that variant's mark."""

    text: str
    number: float | None = None
    """The figure in ``text``, the later one of two; ``None`` if there is none."""
    title: str = ""
    tone: Tone = ""
    variant: str | None = None


class Table(NamedTuple):
    """Rows of entries under a caption; ``grouped`` joins rows with equal first entries."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Entry, ...], ...]
    grouped: bool = False
    note: str = ""

    def shortened(self, most: int = MOST_ROWS) -> Table:
        """The first ``most`` rows, and how many were left out in the note."""
        others = len(self.rows) - most
        if others <= 0:
            return self
        note = f"{left_out(others, 'row')} {self.note}".strip()
        return self._replace(rows=self.rows[:most], note=note)


class Line(NamedTuple):
    """``text`` about ``subject``, which is empty for the whole run."""

    text: str
    tone: Tone = ""
    subject: str = ""
    variant: str | None = None


class Trace(NamedTuple):
    """A finding as text under a title; on a page also its drawing. ``key`` is its anchor."""

    title: str
    text: str
    note: str = ""
    """Where the finding occurs, and which case the figures are from."""
    ring: Ring | None = None
    signature: str = ""
    source: str = ""
    """The source lines at the cut, if available."""
    key: str = ""


class Picture(NamedTuple):
    """A picture in ``source`` or ``svg``; if both are empty, ``absent`` says why."""

    alternative: str
    """Alternative text."""
    source: str = ""
    """The picture as a data URI."""
    svg: str = ""
    """The picture as an element of the page."""
    absent: str = ""
    title: str = ""
    kind: str = ""
    """``graph`` if it must not be stretched to the width of the page."""


class Bullets(NamedTuple):
    """A list of sentences; ``label`` precedes each where headings are not shown."""

    texts: list[str]
    heading: str = ""
    label: str = ""
    tone: Tone = ""
    more: str = ""
    """What was left out."""


class Heading(NamedTuple):
    """A heading with the mark of a variant."""

    text: str
    variant: str = ""


class Command(NamedTuple):
    """A command to paste into a shell."""

    text: str


class Fold(NamedTuple):
    """Blocks or preformatted text, folded under a summary."""

    summary: str
    blocks: tuple[Block, ...] = ()
    text: str = ""


class Link(NamedTuple):
    """``address`` is a file beside the page or an anchor on it; plain text without one."""

    text: str
    address: str = ""


class Links(NamedTuple):
    """Links after a lead."""

    lead: str
    links: list[Link]


class Branch(NamedTuple):
    """A row of a tree; ``figures`` are the columns after the first."""

    name: Entry
    figures: tuple[Entry, ...]
    branches: tuple[Branch, ...] = ()


class Tree(NamedTuple):
    """Rows under a caption that unfold into the rows below them."""

    key: str
    caption: str
    columns: tuple[str, ...]
    branches: tuple[Branch, ...]
    note: str = ""


Block: TypeAlias = (
    Table | Line | Trace | Picture | Bullets | Heading | Command | Fold | Links | Tree
)


class Section(NamedTuple):
    """Blocks under a heading; ``key`` is its anchor."""

    key: str
    heading: str
    blocks: tuple[Block, ...]
    lead: str = ""


def heads(*names: str) -> tuple[Column, ...]:
    """Columns of row headers."""
    return tuple(Column(name, heads=True) for name in names)


def figures(*names: str) -> tuple[Column, ...]:
    """Numeric columns."""
    return tuple(Column(name, numeric=True) for name in names)


def texts(*names: str) -> tuple[Column, ...]:
    """Text columns."""
    return tuple(map(Column, names))


def table(
    key: str,
    caption: str,
    columns: Iterable[Column],
    rows: Iterable[Iterable[Entry]],
    grouped: bool = False,
    note: str = "",
) -> Table | None:
    """A table; ``None`` if it has no rows."""
    found = tuple(map(tuple, rows))
    return Table(key, caption, tuple(columns), found, grouped, note) if found else None


def number(value: float | None, show: Callable[..., str] = rate, tone: Tone = "") -> Entry:
    """An entry for a figure, or :data:`NOTHING`."""
    return Entry(show(value), value, tone=tone) if value is not None else Entry(NOTHING)


def named(text: str, limit: int, variant: bool = False) -> Entry:
    """An entry for a name from the result: safe, clipped, with the full name as its title."""
    safe = visible(text)
    short = clip(safe, limit)
    title = safe if short != safe else ""
    return Entry(short, title=title, variant=text if variant else None)


def message(text: str, limit: int, tone: Tone = "") -> Entry:
    """An entry for a program's message, which must be safe already."""
    title = text if len(text) > limit else ""
    return Entry(clip(text, limit) or NOTHING, title=title, tone=tone)


def left_out(number: int, noun: str) -> str:
    """``3 more types are in result.json.``; empty if ``number`` is 0."""
    if number <= 0:
        return ""
    verb = "is" if number == 1 else "are"
    return f"{amount(number, f'more {noun}')} {verb} in result.json."

"""What a report says, before it is a terminal's text, a page or Markdown: a sequence of blocks.

Blocks are values. ``terminal``, ``page`` and ``markdown`` show them; none of them reads a number
back from a text, as an entry of a table keeps the number that it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, TypeAlias

from unknot.report.rings.geometry import Ring
from unknot.text import amount, clip, rate, visible

Tone = Literal["", "good", "bad", "warn", "faint"]

NOTHING = "–"
"""Stands where there is no figure; a measured zero is ``0``."""
MOST_ROWS = 60
"""Rows of a table on a page: one of thousands opens slowly and is read by nobody."""


class Column(NamedTuple):
    """``numeric`` aligns to the right, ``heads`` makes each entry the header of its row."""

    text: str
    numeric: bool = False
    heads: bool = False
    title: str = ""
    """The full name, where ``text`` is a short one."""


class Entry(NamedTuple):
    """``title`` is the full text where ``text`` is clipped; ``variant`` asks for its mark."""

    text: str
    number: float | None = None
    """The figure that ``text`` shows; of two, what the first became; ``None`` without one."""
    title: str = ""
    tone: Tone = ""
    variant: str | None = None


class Table(NamedTuple):
    """Rows of entries under a caption; with ``grouped`` equal first entries belong together."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Entry, ...], ...]
    grouped: bool = False
    note: str = ""

    def shortened(self, most: int = MOST_ROWS) -> Table:
        """The first ``most`` rows; the note says how many were left out."""
        others = len(self.rows) - most
        if others <= 0:
            return self
        note = f"{left_out(others, 'row')} {self.note}".strip()
        return self._replace(rows=self.rows[:most], note=note)


class Line(NamedTuple):
    """``text`` about ``subject``; a line about the whole run has no subject."""

    text: str
    tone: Tone = ""
    subject: str = ""
    variant: str | None = None


class Trace(NamedTuple):
    """A finding as text under a title, and on a page with its drawing, at the address ``key``."""

    title: str
    text: str
    note: str = ""
    """Where it was found, and whose figures it has."""
    ring: Ring | None = None
    signature: str = ""
    source: str = ""
    """The source lines at the cut, where they are at hand."""
    key: str = ""


class Picture(NamedTuple):
    """A picture; without ``source`` there is none, and ``absent`` says why."""

    alternative: str
    """The picture in words."""
    source: str = ""
    """The picture as a data URI."""
    svg: str = ""
    """The picture as an element of the page, instead."""
    absent: str = ""
    title: str = ""
    kind: str = ""
    """``graph`` where it is not to be stretched to the width of the page."""


class Bullets(NamedTuple):
    """Sentences, one below the other; ``label`` is before each where they have no heading."""

    texts: list[str]
    heading: str = ""
    label: str = ""
    tone: Tone = ""
    more: str = ""
    """What of them is left out."""


class Heading(NamedTuple):
    """Above other blocks, with the mark of a variant."""

    text: str
    variant: str = ""


class Command(NamedTuple):
    """A command to paste into a shell."""

    text: str


class Fold(NamedTuple):
    """Blocks, or text as it was printed, that are folded away under a summary."""

    summary: str
    blocks: tuple[Block, ...] = ()
    text: str = ""


class Link(NamedTuple):
    """``text`` that leads to an address: of a file beside the page, or on it."""

    text: str
    address: str


class Links(NamedTuple):
    """What there is more of elsewhere."""

    lead: str
    links: list[Link]


class Branch(NamedTuple):
    """One row of a tree; ``figures`` as many as the tree has columns after the first."""

    name: Entry
    figures: tuple[Entry, ...]
    branches: tuple[Branch, ...] = ()


class Tree(NamedTuple):
    """Rows under a caption of which each opens onto those below it."""

    key: str
    caption: str
    columns: tuple[str, ...]
    branches: tuple[Branch, ...]
    note: str = ""


Block: TypeAlias = (
    Table | Line | Trace | Picture | Bullets | Heading | Command | Fold | Links | Tree
)


class Section(NamedTuple):
    """Blocks under a heading, whose address on a page is ``key``."""

    key: str
    heading: str
    blocks: tuple[Block, ...]
    lead: str = ""


def heads(*names: str) -> tuple[Column, ...]:
    """Columns whose entries are the headers of their rows."""
    return tuple(Column(name, heads=True) for name in names)


def figures(*names: str) -> tuple[Column, ...]:
    """Columns of numbers."""
    return tuple(Column(name, numeric=True) for name in names)


def texts(*names: str) -> tuple[Column, ...]:
    """Columns of words."""
    return tuple(map(Column, names))


def table(
    key: str,
    caption: str,
    columns: Iterable[Column],
    rows: Iterable[Iterable[Entry]],
    grouped: bool = False,
    note: str = "",
) -> Table | None:
    """A table; ``None`` where it has no rows."""
    found = tuple(map(tuple, rows))
    return Table(key, caption, tuple(columns), found, grouped, note) if found else None


def number(value: float | None, show: Callable[..., str] = rate, tone: Tone = "") -> Entry:
    """An entry for a figure; :data:`NOTHING` where there is none."""
    return Entry(show(value), value, tone=tone) if value is not None else Entry(NOTHING)


def named(text: str, limit: int, variant: bool = False) -> Entry:
    """An entry for a name from the result: made safe, clipped, with the whole in its title."""
    safe = visible(text)
    short = clip(safe, limit)
    title = safe if short != safe else ""
    return Entry(short, title=title, variant=text if variant else None)


def message(text: str, limit: int, tone: Tone = "") -> Entry:
    """An entry for a line that a program wrote, already safe."""
    title = text if len(text) > limit else ""
    return Entry(clip(text, limit) or NOTHING, title=title, tone=tone)


def left_out(number: int, noun: str) -> str:
    """``3 more types are in result.json.``: the note below a table; empty where none is."""
    if number <= 0:
        return ""
    verb = "is" if number == 1 else "are"
    return f"{amount(number, f'more {noun}')} {verb} in result.json."

"""Where the memory comes from that operations leave behind, and memray's own pages of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from unknot.records import Allocations, Result, Site
from unknot.report.document import NOTHING, Column, Entry, Table, left_out, named
from unknot.text import clip, one_line, rate, size, visible

_SITES = (
    Column("Variant", heads=True),
    Column("Bytes per op", numeric=True),
    Column("Allocations per op", numeric=True),
    Column("Place"),
    Column("Function"),
)
_TOTALS = (
    Column("Variant", heads=True),
    Column("Operations", numeric=True),
    Column("Left per op", numeric=True),
    Column("Allocations left per op", numeric=True),
    Column("High water", numeric=True, title="The most that was allocated at one time"),
)
_BRIEF_SITES = (
    Column("Bytes/op", numeric=True),
    Column("Allocations/op", numeric=True),
    Column("Place"),
    Column("Function"),
)
_NO_FRAME = "outside of Python"


def allocations_tables(result: Result, most: int = 12) -> list[Table]:
    """Totals by variant, then the first ``most`` places of each: what is left, and high water.

    Empty where no allocations were traced or were to be.
    """
    tables = [
        _totals_table(_traced(result)),
        left_table(result, most),
        _high_water_table(result, most),
        _failed_table([one for one in result.allocations if one.error is not None]),
    ]
    return [table for table in tables if table is not None]


def left_table(result: Result, most: int) -> Table | None:
    """The first ``most`` places of each variant that allocated what is left."""
    traced = _traced(result)
    return _sites_table("left-sites", "What is left, by place", traced, most, lambda one: one.left)


def brief_allocations_table(allocations: Allocations, most: int = 5) -> Table | None:
    """The first ``most`` places that left memory behind, for a terminal; ``None`` without any."""
    rows = tuple(
        (
            Entry(rate(site.bytes_per_op)),
            Entry(rate(site.allocations_per_op)),
            place(site, 30),
            named(site.function, 24),
        )
        for site in allocations.left[:most]
    )
    return Table("left-sites", _totals_line(allocations), _BRIEF_SITES, rows) if rows else None


def place(site: Site, limit: int) -> Entry:
    """``folder/file.py:12``, with the whole path in its title."""
    if not site.file:
        return Entry(_NO_FRAME)
    line = f":{site.line}" if site.line else ""  # older interpreters do not always tell it
    whole = f"{visible(site.file)}{line}"
    short = clip(f"{'/'.join(visible(site.file).split('/')[-2:])}{line}", limit)
    return Entry(short, whole if short != whole else "")


def _totals_table(traced: Sequence[Allocations]) -> Table | None:
    rows = tuple(
        (
            _who(one, traced),
            Entry(f"{one.ops:,}"),
            Entry(size(round(one.left_bytes / one.ops))),
            Entry(rate(one.left_allocations / one.ops)),
            Entry(size(one.high_water_bytes)),
        )
        for one in traced
        if one.ops
    )
    note = (
        "Left: allocated by the operations and not freed when they had settled, collector off and "
        "nothing collected, by memray. Free lists and full caches keep some of it for reuse. "
        "The main process alone."
    )
    caption = "Memory that operations allocate"
    return Table("allocations", caption, _TOTALS, rows, note=note) if rows else None


def _high_water_table(result: Result, most: int) -> Table | None:
    caption = "What was allocated at high water, by place"
    traced = _traced(result)
    return _sites_table("high-water-sites", caption, traced, most, lambda one: one.high_water)


def _traced(result: Result) -> list[Allocations]:
    return [one for one in result.allocations if one.error is None]


def _sites_table(
    key: str,
    caption: str,
    traced: Sequence[Allocations],
    most: int,
    of: Callable[[Allocations], Sequence[Site]],
) -> Table | None:
    rows = [(_who(one, traced), *_site(site)) for one in traced for site in of(one)[:most]]
    others = sum(len(of(one)[most:]) for one in traced)
    note = left_out(others, "place")
    return Table(key, caption, _SITES, tuple(rows), grouped=True, note=note) if rows else None


def _who(one: Allocations, among: Sequence[Allocations]) -> Entry:
    """The variant, and the Python where that is not the same for all."""
    entry = named(one.variant, 24, variant=True)
    if len({other.python for other in among}) == 1:
        return entry
    return entry._replace(text=f"{entry.text}, Python {visible(one.python)}")


def _site(site: Site) -> tuple[Entry, ...]:
    return (
        Entry(rate(site.bytes_per_op)),
        Entry(rate(site.allocations_per_op)),
        place(site, 48),
        named(site.function, 40),
    )


def _failed_table(failed: Sequence[Allocations]) -> Table | None:
    rows = tuple((_who(one, failed), _message(one.error or "")) for one in failed)
    columns = (Column("Variant", heads=True), Column("Why"))
    caption = "Allocations that were not traced"
    return Table("allocations-failed", caption, columns, rows) if rows else None


def _message(error: str) -> Entry:
    message = one_line(error)
    return Entry(clip(message, 200) or NOTHING, message if len(message) > 200 else "", tone="bad")


def _totals_line(allocations: Allocations) -> str:
    left = size(round(allocations.left_bytes / max(allocations.ops, 1)))
    high = size(allocations.high_water_bytes)
    return f"Allocated and left: {left} per operation; high water {high}; most at"


_LONGEST = 255
"""Bytes of a file's name; a file system refuses to look for one that is longer."""


class Flame(NamedTuple):
    """A flame graph, and whose it is."""

    variant: str
    file: str


def flames(result: Result, folder: Path) -> list[Flame]:
    """Those whose file is in ``folder``."""
    return [
        Flame(visible(one.variant) or "workload", name)
        for one in result.allocations
        if (name := _file(one.flame_graph)) and (folder / name).is_file()
    ]


def flame_files(result: Result) -> list[str]:
    """The names of all that the result has."""
    return [name for one in result.allocations if (name := _file(one.flame_graph))]


def _file(name: str | None) -> str:
    """``name`` where it is a file's and nothing else; a result could name any path or address."""
    if not name or name != visible(name) or name != Path(name).name or not name.endswith(".html"):
        return ""
    if len(name.encode()) > _LONGEST:
        return ""
    return "" if name == "index.html" or set(name) & set(':\\?#%"<>|*') else name

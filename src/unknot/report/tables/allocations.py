"""Where operations allocate the memory that they leave behind, and memray's own pages."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path
from typing import Literal

from unknot.records import Allocations, Result, Site
from unknot.report.document import (
    Entry,
    Table,
    figures,
    heads,
    left_out,
    message,
    named,
    number,
    table,
    texts,
)
from unknot.text import clip, count, one_line, size, visible

_LONGEST = 255
"""Maximum length of a file name in bytes; file systems reject longer ones."""


def allocations_tables(result: Result, most: int = 12) -> list[Table]:
    """Totals by variant, then the first ``most`` places: memory left, and high water.

    Empty if no allocations were to be traced.
    """
    caption = "What was allocated at high water, by place"
    tables = [
        _totals_table(_traced(result)),
        left_table(result, most),
        _sites_table("high-water-sites", caption, _traced(result), most, "high_water"),
        _failed_table([one for one in result.allocations if one.error is not None]),
    ]
    return [table for table in tables if table is not None]


def left_table(result: Result, most: int) -> Table | None:
    """The first ``most`` places of each variant that left memory behind."""
    return _sites_table("left-sites", "What is left, by place", _traced(result), most, "left")


def brief_allocations_table(allocations: Allocations, most: int = 5) -> Table | None:
    """The first ``most`` places that left memory behind, for the terminal; ``None`` if none did."""
    rows = [_site(site, 30, 24) for site in allocations.left[:most]]
    columns = figures("Bytes/op", "Allocations/op") + texts("Place", "Function")
    left = size(round(allocations.left_bytes / max(allocations.ops, 1)))
    high = size(allocations.high_water_bytes)
    caption = f"Allocated and left: {left} per operation; high water {high}; most at"
    return table("left-sites", caption, columns, rows)


def place(site: Site, limit: int) -> Entry:
    """``folder/file.py:12``, with the full path as its title."""
    if not site.file:
        return Entry("outside of Python")
    line = f":{site.line}" if site.line else ""  # older interpreters do not always tell it
    whole = f"{visible(site.file)}{line}"
    short = clip(f"{'/'.join(visible(site.file).split('/')[-2:])}{line}", limit)
    return Entry(short, title=whole if short != whole else "")


def flames(result: Result, folder: Path) -> list[tuple[str, str]]:
    """Variant and file name of memray's pages that exist in ``folder``."""
    return [
        (visible(one.variant) or "workload", name)
        for one in result.allocations
        if (name := _file(one.flame_graph)) and (folder / name).is_file()
    ]


def flame_files(result: Result) -> list[str]:
    """The file names of memray's pages in the result."""
    return [name for one in result.allocations if (name := _file(one.flame_graph))]


def _file(name: str | None) -> str:
    """``name`` if it is a plain file name; a result could contain any path or URL."""
    if not name or name != visible(name) or name != Path(name).name or not name.endswith(".html"):
        return ""
    if len(name.encode()) > _LONGEST:
        return ""
    return "" if name == "index.html" or set(name) & set(':\\?#%"<>|*') else name


def _totals_table(traced: Sequence[Allocations]) -> Table | None:
    rows = [
        (
            _who(one, traced),
            number(one.ops, count),
            number(round(one.left_bytes / one.ops), size),
            number(one.left_allocations / one.ops),
            number(one.high_water_bytes, size),
        )
        for one in traced
        if one.ops
    ]
    *others, high = figures("Operations", "Left per op", "Allocations left per op", "High water")
    high = high._replace(title="The most that was allocated at one time")
    note = (
        "Left: allocated by the operations and not freed when they had settled, collector off and "
        "nothing collected, by memray. Free lists and full caches keep some of it for reuse. "
        "The main process alone."
    )
    caption = "Memory that operations allocate"
    return table("allocations", caption, (*heads("Variant"), *others, high), rows, note=note)


def _traced(result: Result) -> list[Allocations]:
    return [one for one in result.allocations if one.error is None]


def _sites_table(
    key: str,
    caption: str,
    traced: Sequence[Allocations],
    most: int,
    which: Literal["left", "high_water"],
) -> Table | None:
    sites = attrgetter(which)
    rows = [
        (_who(one, traced), *_site(site, 48, 40)) for one in traced for site in sites(one)[:most]
    ]
    note = left_out(sum(len(sites(one)[most:]) for one in traced), "place")
    columns = (
        heads("Variant")
        + figures("Bytes per op", "Allocations per op")
        + texts("Place", "Function")
    )
    return table(key, caption, columns, rows, grouped=True, note=note)


def _who(one: Allocations, among: Sequence[Allocations]) -> Entry:
    """The variant, with its Python if that differs within ``among``."""
    entry = named(one.variant, 24, variant=True)
    if len({other.python for other in among}) == 1:
        return entry
    return entry._replace(text=f"{entry.text}, Python {visible(one.python)}")


def _site(site: Site, longest_place: int, longest_name: int) -> tuple[Entry, ...]:
    return (
        number(site.bytes_per_op),
        number(site.allocations_per_op),
        place(site, longest_place),
        named(site.function, longest_name),
    )


def _failed_table(failed: Sequence[Allocations]) -> Table | None:
    rows = [(_who(one, failed), message(one_line(one.error or ""), 200, "bad")) for one in failed]
    columns = heads("Variant") + texts("Why")
    return table("allocations-failed", "Allocations that were not traced", columns, rows)

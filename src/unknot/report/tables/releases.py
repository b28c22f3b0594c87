"""Releases of a package, and what one operation leaves behind in each."""

from __future__ import annotations

from collections.abc import Callable

from unknot.report.history import OBJECTS, History, Left, Release
from unknot.report.number import rate
from unknot.report.table import NOTHING, Column, Entry, Table, Tone, named
from unknot.report.verdict import VERDICT_TONES
from unknot.text import clip, one_line

__all__ = ["changes_table", "releases_table"]

_MOST_SUBJECTS = 4
_DIGITS = 2
_PARTS: tuple[tuple[str, Callable[[Left], float], Tone], ...] = (
    ("retained", lambda left: left.retained, ""),
    ("cyclic", lambda left: left.cyclic, ""),
    ("leaked", lambda left: left.leaked, "bad"),
)


def releases_table(history: History) -> Table | None:
    """Three rows a release: retained, cyclic, leaked; ``None`` where there are no releases."""
    if not history.releases:
        return None
    subjects = [*history.subjects[:-1][: _MOST_SUBJECTS - 1], OBJECTS]
    columns = (
        Column("Release", heads=True),
        Column("Left", heads=True, title="objects per operation"),
        *(Column(clip(name, 16), numeric=True, title=name) for name in subjects),
        Column("Verdict"),
    )
    rows = [row for release in history.releases for row in _rows(release, subjects)]
    note = f"Counted in {history.place}. Verdict: of all processes together."
    caption = "What one operation leaves behind, in objects, release by release"
    return Table("releases", caption, columns, tuple(rows), grouped=True, note=note)


def changes_table(history: History) -> Table | None:
    """What changed in which release, or why it was not measured; ``None`` where nothing did."""
    rows = [
        (named(release.name, 16), Entry(said, tone="bad" if release.error else ""))
        for release in history.releases
        for said in (release.change, clip(one_line(release.error), 160))
        if said
    ]
    columns = (Column("Release", heads=True), Column("What changed"))
    return Table("changes", "What changed", columns, tuple(rows)) if rows else None


def _rows(release: Release, subjects: list[str]) -> list[tuple[Entry, ...]]:
    name = named(release.name, 16)
    if not release.left:
        failed = Entry("not measured", release.error, "bad")
        return [(name, Entry(NOTHING), *(Entry(NOTHING) for _ in subjects), failed)]
    verdict = Entry(release.verdict or NOTHING, tone=VERDICT_TONES[release.verdict])
    rows: list[tuple[Entry, ...]] = []
    for part, of, tone in _PARTS:
        values = [round(of(release.left[subject]), _DIGITS) for subject in subjects]
        entries = [Entry(rate(value), tone=tone if value else "") for value in values]
        rows.append((name, Entry(part), *entries, verdict if not rows else Entry("")))
    return rows

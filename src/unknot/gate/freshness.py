"""Whether a result is of the workload as it is now: an older one says nothing of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from unknot.records import Cell, Result
from unknot.records.judgement import Finding

__all__ = ["Source", "check_freshness"]

SECOND = timedelta(seconds=1)
"""As exactly as a result knows when it was begun."""


class Source(NamedTuple):
    """The file of a workload as it is now."""

    digest: str
    modified: datetime


def check_freshness(result: Result, sources: Mapping[str, Source]) -> Iterator[Finding]:
    """A failure for each cell whose workload has changed. ``sources`` are by workload.

    Where its file is not at hand, as on a machine that only judges, nothing can be said.
    """
    begun = _moment(result.environment.started)
    for cell in result.cells:
        source = sources.get(cell.workload)
        if source is not None and (why := _why_stale(cell, source, begun)):
            text = f"{why}: measure it again"
            yield Finding(level="failure", kind="stale", case=cell.case, text=text)


def _why_stale(cell: Cell, source: Source, begun: datetime | None) -> str:
    """By its content; of a result that does not know it, by the time of the last change."""
    if cell.workload_digest is not None:
        stale = cell.workload_digest != source.digest
        return "the workload has changed since this was measured" if stale else ""
    if begun is None or source.modified > begun + SECOND:
        return "the workload's file is newer than this result"
    return ""


def _moment(started: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None

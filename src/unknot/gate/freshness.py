"""Finds cells whose workload has changed since they were measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from unknot.records import Cell, Result
from unknot.records.judgement import GateMessage

__all__ = ["Source", "check_freshness"]

SECOND = timedelta(seconds=1)
"""The resolution of a result's start time."""


class Source(NamedTuple):
    """The current file of a workload."""

    digest: str
    modified: datetime


def check_freshness(result: Result, sources: Mapping[str, Source]) -> Iterator[GateMessage]:
    """A failure for each cell whose workload has changed. ``sources`` are by workload.

    Workloads without a source, as on a machine that only judges, are not checked.
    """
    begun = _moment(result.environment.started)
    for cell in result.cells:
        source = sources.get(cell.workload)
        if source is not None and (why := _why_stale(cell, source, begun)):
            text = f"{why}: measure it again"
            yield GateMessage(level="failure", kind="stale", case=cell.case, text=text)


def _why_stale(cell: Cell, source: Source, begun: datetime | None) -> str:
    """Why a cell is stale, by the file's digest or, without one, by its time; empty if not."""
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

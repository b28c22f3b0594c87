"""The process that this code runs in, looked at by a forked copy of it."""

from __future__ import annotations

from unknot.attach.capture import capture
from unknot.attach.dump import Dump
from unknot.attach.explain import explain
from unknot.attach.landing import Landing
from unknot.errors import UnknotError
from unknot.records.look import Look

__all__ = ["dump_own", "snapshot"]

PATIENCE = 60.0
"""Seconds in which the copy has to call."""


def snapshot(*, keys: bool = False) -> Look:
    """What this process holds: types, tasks, cycles that wait for the collector, suspects.

    The process stands still while it is forked; then its copy is looked at, by numpy in this
    process. ``keys`` tells keys of dicts. Nothing is collected. Raises
    :class:`~unknot.errors.UnknotError` where the process cannot be forked.
    """
    return explain(dump_own(keys=keys))


def dump_own(*, keys: bool = False, before: Dump | None = None) -> Dump:
    """This process as a dump."""
    with Landing() as landing:
        exec(landing.statement, {})
        said = landing.said()
        if said is None:
            raise UnknotError("this process could not be copied")
        with landing.wait(PATIENCE) as visit:
            return capture(visit, keys=keys, before=before)

"""Looks at the current process, by means of a forked copy.

This module stays light: the analysis of the heap is imported when needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unknot.loading import load

if TYPE_CHECKING:
    from unknot.attach.dump import Dump
    from unknot.records.look import Look

__all__ = ["dump_own", "snapshot"]

LOOK = (
    "importlib.readers",
    "numpy.ma",
    "rustworkx",
    "unknot.attach.capture",
    "unknot.attach.explain",
    "unknot.attach.landing",
)
"""Modules that a look needs. If imported later, their garbage would be in the next look."""
PATIENCE = 60.0
"""Seconds within which the copy must connect."""


def snapshot(*, keys: bool = False) -> Look:
    """What this process holds: types, tasks, cycles that wait for the collector, suspects.

    The process is paused while it is forked; then its copy is examined, by numpy in this
    process. ``keys`` shows keys of dicts. Nothing is collected. Raises
    :class:`~unknot.errors.UnknotError` if the process cannot be forked.
    """
    load(*LOOK)
    from unknot.attach.explain import explain

    return explain(dump_own(keys=keys))


def dump_own(*, keys: bool = False, before: Dump | None = None) -> Dump:
    """This process as a dump, with names of what grew since ``before``."""
    from unknot.attach.capture import capture
    from unknot.attach.landing import Landing

    with Landing() as landing:
        exec(landing.statement, {})
        with landing.wait(PATIENCE) as visit:
            return capture(visit, keys=keys, before=before)

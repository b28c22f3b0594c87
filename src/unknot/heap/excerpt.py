"""Shortens a long cycle for display and for records: its start, its end, and where to cut."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from unknot.heap.paths import PathStep

__all__ = ["excerpt"]

LONGEST = 24
"""Number of steps up to which a cycle is shown in full."""
ENDS = 8
"""Number of steps shown at each end of a longer cycle."""


def excerpt(path: Sequence[PathStep], cut: Collection[int] = ()) -> list[tuple[PathStep, bool]]:
    """The steps to show, each with whether the cut removes it. The first cut step is always shown.

    Omitted steps are replaced by one step without a source, whose label says how many there are.
    """
    if len(path) <= LONGEST:
        return [(step, at in cut) for at, step in enumerate(path)]
    wanted = {*range(ENDS), *range(len(path) - ENDS, len(path)), *sorted(cut)[:1]}
    found = []
    following = 0
    for at in sorted(wanted):
        if at > following:
            missing = PathStep("", f"… {at - following:,} more …", path[at].source)
            found.append((missing, False))
        found.append((path[at], at in cut))
        following = at + 1
    return found

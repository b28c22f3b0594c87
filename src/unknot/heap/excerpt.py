"""A long cycle shortened for people and for records: its begin, its end, and where to cut."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from unknot.heap.naming import PathStep

__all__ = ["excerpt"]

LONGEST = 24
"""Steps of a cycle that are shown whole."""
ENDS = 8
"""Steps at each end of a longer one."""


def excerpt(path: Sequence[PathStep], cut: Collection[int] = ()) -> list[tuple[PathStep, bool]]:
    """The steps to show, and whether the cut removes each. The first one to cut always is.

    Those left out are one step, without a source, whose label says how many they are.
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

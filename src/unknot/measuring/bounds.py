"""Tells growth from caches with a known bound that are still filling."""

from __future__ import annotations

import math
from typing import NamedTuple

from unknot.measuring.heap_duties import MeasureBounds
from unknot.measuring.processes import Processes

__all__ = ["Bounds"]

MOST_OPS = 200_000
"""Maximum number of operations run to fill a cache."""

LEAST = 0.01
"""Minimum number of entries per operation that a filling cache gains."""

MOST_NAMED = 3

REHEARSALS = 4


class Bounded(NamedTuple):
    """A container, its number of entries, and its bound."""

    name: str
    length: int
    bound: int


class Bounds:
    """Follows the containers that expose their bound, from one look to the next."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self.begin()

    def begin(self) -> None:
        """Forget what was seen."""
        self._before: dict[tuple[int, int], Bounded] | None = None
        self._at = 0
        self._filling: dict[tuple[int, int], Bounded] = {}

    def rehearse(self) -> None:
        """Look repeatedly before anything is counted, until another look allocates nothing.

        Reading an object's attributes may give it a dict; before Python 3.11, a function called
        1,024 times gets a cache.
        """
        for _ in range(REHEARSALS):
            self._look()

    @property
    def filling(self) -> list[str]:
        """Notes on the caches that gained entries and have room for more, widest bound first."""
        return [
            f"{one.name} is still filling: {one.length:,} entries, bounded at {one.bound:,}"
            for one in sorted(self._filling.values(), key=lambda one: -one.bound)[:MOST_NAMED]
        ]

    def missing(self, ops: int) -> int:
        """Operations until all filling caches are full, after ``ops`` so far; 0 if too many.

        The first call returns 0: a cache is seen to fill by what it gained since the last call.
        """
        now = self._look()
        before, passed = self._before, ops - self._at
        self._before, self._at = now, ops
        if before is None or passed <= 0:
            return 0
        rates = {
            key: (one.length - before[key].length) / passed
            for key, one in now.items()
            if key in before and one.length < one.bound
        }
        self._filling = {key: now[key] for key, rate in rates.items() if rate >= LEAST}
        needed = [(now[key].bound - now[key].length) / rates[key] for key in self._filling]
        longest = math.ceil(1.1 * max(needed, default=0.0))
        return longest if longest <= MOST_OPS else 0

    def _look(self) -> dict[tuple[int, int], Bounded]:
        found: dict[tuple[int, int], Bounded] = {}
        for number, (answer, _) in self._processes.ask_all(MeasureBounds()).items():
            for identity, name, length, bound in answer["bounds"]:
                found[number, identity] = Bounded(name, length, bound)
        return found

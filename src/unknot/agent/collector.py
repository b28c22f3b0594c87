"""The collector's modes, the log of its passes, and the normal form for counting.

Modes: ``off`` (disabled), ``auto`` (as the interpreter starts), ``forced`` (disabled, and a full
collection every so many operations, which :mod:`.service` calls for).
"""

from __future__ import annotations

import sys
from array import array
from typing import Any, Callable, Dict, Tuple

from .bound import callbacks, collect, get_objects, get_stats, perf_counter
from .census import census

__all__ = [
    "PassLog",
    "collector_name",
    "count_passes",
    "forget_logs",
    "is_free_threaded",
    "normalise",
]

BUDGET = 5.0
"""Seconds that a log may count for the peak. In a large heap with many passes the peak of what is
left then comes from the samples between operations alone."""


def collector_name() -> str:
    """``incremental`` in CPython 3.14.0 to 3.14.4, ``generational`` before and after."""
    incremental = (3, 14, 0) <= sys.version_info[:3] < (3, 14, 5)
    return "incremental" if incremental else "generational"


def is_free_threaded() -> bool:
    """Whether the interpreter was built without the GIL, though it may run with it."""
    return "t" in getattr(sys, "abiflags", "")


def normalise() -> int:
    """Bring the tracked objects into the form a collection leaves them in, freeing none.

    A collection untracks tuples and dicts that hold nothing trackable, so a count before it and
    one after it do not compare: living objects would read as freed (``METHOD.md``). While a list
    holds every tracked object nothing is unreachable: a collection finalizes and frees nothing,
    but untracks what it would untrack. Nested containers need more passes than one.

    Returns the number of tracked objects.
    """
    before = -1
    while True:
        held = get_objects()
        # A list is traversed from its end, and what only this one holds is put in that order: so it
        # stays the order in which objects were made, which tells a reference back to an owner.
        held.reverse()
        collect()
        if len(held) == before:
            return before
        before = len(held)
        del held


def count_passes() -> int:
    """How often the collector has run in this process."""
    return sum(generation["collections"] for generation in get_stats())


class PassLog:
    """While entered, logs each pass of the collector, and the peak of every type before it.

    ``position`` tells how many operations have begun; each pass notes how many since the log
    began. Pauses are seconds, this log's own counting excluded; ``seconds`` is what that counting
    took. ``candidates`` are the objects that a pass looked at, or -1 where the interpreter does not
    tell; it does since 3.15, and how long the pass took. While ``paused`` it logs nothing. It is
    made once, so that it does not appear between counts.
    """

    def __init__(self, position: Callable[[], int]) -> None:
        self._position = position
        self._at = array("q")
        self._generations = array("b")
        self._pauses = array("d")
        self._collected = array("q")
        self._candidates = array("q")
        self._peak: Dict[str, int] = {}
        self.paused = False
        self.clear()

    def clear(self) -> None:
        """Forget everything that was logged."""
        for column in self._columns():
            del column[:]
        self._peak.clear()
        self._uncollectable = 0
        self._started = 0.0
        self.seconds = 0.0
        self._origin = self._position()

    def __enter__(self) -> PassLog:
        self.clear()
        callbacks.append(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self._note in callbacks:  # a process that came late was not asked to begin
            callbacks.remove(self._note)

    @property
    def operations(self) -> int:
        """Operations begun since the log began."""
        return self._position() - self._origin

    def report(self) -> Dict[str, Any]:
        """The log as lists of equal length, one entry a pass."""
        return {
            "ops": self._at.tolist(),
            "generations": self._generations.tolist(),
            "pauses": self._pauses.tolist(),
            "collected": self._collected.tolist(),
            "candidates": self._candidates.tolist(),
            "uncollectable": self._uncollectable,
            "peak": self._peak,
        }

    def _columns(self) -> Tuple[array[Any], ...]:
        numbers = (self._at, self._generations, self._collected, self._candidates)
        return (*numbers, self._pauses)

    def _note(self, phase: str, info: Dict[str, Any]) -> None:
        if self.paused:
            return
        if phase == "start":
            self._note_peak()
            return
        took = perf_counter() - self._started
        self._pauses.append(info.get("duration", took))
        self._at.append(self.operations)
        self._generations.append(info["generation"])
        self._collected.append(info["collected"])
        self._candidates.append(info.get("candidates", -1))
        self._uncollectable += info["uncollectable"]

    def _note_peak(self) -> None:
        began = perf_counter()
        if self.seconds < BUDGET:
            peak = self._peak
            for name, count in census().items():
                if count > peak.get(name, 0):
                    peak[name] = count
        self._started = perf_counter()
        self.seconds += self._started - began


def forget_logs() -> None:
    """End every log: in a forked process those that were inherited are the parent's."""
    callbacks[:] = [
        callback
        for callback in callbacks
        if not isinstance(getattr(callback, "__self__", None), PassLog)
    ]

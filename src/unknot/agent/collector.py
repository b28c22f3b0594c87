"""The collector's modes, a log of its passes, and the normal form for counting.

The modes are ``off`` (disabled), ``auto`` (as the interpreter starts) and ``forced`` (disabled,
with a full collection every so many operations, triggered by the controller).
"""

from __future__ import annotations

import sys
from array import array
from typing import Any, Callable, Dict, Tuple

from .census import census
from .originals import callbacks, collect, get_objects, get_stats, perf_counter

__all__ = [
    "PassLog",
    "collector_name",
    "count_passes",
    "forget_logs",
    "is_free_threaded",
    "normalise",
]

BUDGET = 5.0
"""Seconds that a log may spend on counting peaks. After that, as in a large heap with many passes,
peaks come only from the samples between operations."""


def collector_name() -> str:
    """``incremental`` in CPython 3.14.0 to 3.14.4, ``generational`` before and after."""
    incremental = (3, 14, 0) <= sys.version_info[:3] < (3, 14, 5)
    return "incremental" if incremental else "generational"


def is_free_threaded() -> bool:
    """Whether the interpreter was built without the GIL, though it may run with it."""
    return "t" in getattr(sys, "abiflags", "")


def normalise() -> int:
    """Bring the tracked objects into the form in which a collection leaves them, freeing none.

    A collection untracks tuples and dicts that hold nothing trackable, so counts before and after
    it are not comparable: live objects would read as freed. While a list holds every tracked
    object, nothing is unreachable, so a collection finalizes and frees nothing but still untracks.
    Nested containers need several passes.

    Returns the number of tracked objects.
    """
    before = -1
    while True:
        held = get_objects()
        if len(held) == before:  # the last pass changed nothing
            return before
        # The collector traverses a list from its end and appends what only the list holds in that
        # order. Reversed, objects stay in order of creation, which shows references back to owners.
        held.reverse()
        collect()
        before = len(held)
        del held


def count_passes() -> int:
    """Number of passes of the collector in this process so far."""
    return sum(generation["collections"] for generation in get_stats())


class PassLog:
    """While entered, logs each pass of the collector and the peak of every type before it.

    ``position`` returns how many operations have begun; each pass is logged with the number since
    the log began. Pauses are in seconds, without this log's own counting, which took ``seconds``.
    ``candidates`` is the number of objects that a pass examined, or -1 before 3.15. While
    ``paused`` nothing is logged. The log is created once, so that it is not part of any growth.
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
        """Discard everything logged."""
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
        if self._note in callbacks:  # a process that started late was not asked to log
            callbacks.remove(self._note)

    @property
    def operations(self) -> int:
        """Number of operations begun since the log began."""
        return self._position() - self._origin

    def report(self) -> Dict[str, Any]:
        """The log as lists of equal length with one entry per pass, and totals."""
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
    """Remove every log from the collector's callbacks: a forked process inherits its parent's."""
    callbacks[:] = [
        callback
        for callback in callbacks
        if not isinstance(getattr(callback, "__self__", None), PassLog)
    ]

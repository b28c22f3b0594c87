"""Finds the lines at which a figure of the process grows: a trace function reads it at each line.

This makes operations many times slower, so it is for processes that are not counted. Growth caused
by threads that started before is attributed to whichever line runs meanwhile.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Tuple

from .c_heap import c_heap_in_use

__all__ = ["GAUGES", "GainingLines", "Stack"]

Stack = Tuple[Tuple[str, int], ...]
"""Files and lines, the innermost first."""
DEEPEST = 40
"""Maximum number of frames kept of a stack."""


class Amount:
    """Bytes: those that each stack adds, less those that it releases."""

    def __init__(self, read: Callable[[], int]) -> None:
        self.read = read
        self.gains: Dict[Stack, int] = {}

    def note(self, before: int, after: int, stack: Stack) -> None:
        self.gains[stack] = self.gains.get(stack, 0) + after - before


class Things:
    """Things with an identity: the stack at which each of those that still exist appeared."""

    def __init__(self, read: Callable[[], FrozenSet[Any]]) -> None:
        self.read = read
        self._came: Dict[Any, Stack] = {}

    def note(self, before: FrozenSet[Any], after: FrozenSet[Any], stack: Stack) -> None:
        self._came.update(dict.fromkeys(after - before, stack))
        for one in before - after:
            self._came.pop(one, None)

    @property
    def gains(self) -> Dict[Stack, int]:
        found: Dict[Stack, int] = {}
        for stack in self._came.values():
            found[stack] = found.get(stack, 0) + 1
        return found


class GainingLines:
    """A context manager that traces the lines run within it; ``gauge`` then contains their gains.

    Frames that exist before are not traced; coroutines resumed within it are.
    """

    def __init__(self, gauge: Any) -> None:
        self._gauge = gauge

    def __enter__(self) -> GainingLines:
        self._before = self._gauge.read()
        sys.settrace(self._enter_frame)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def most(self, number: int) -> List[Tuple[int, Stack]]:
        """At most ``number`` stacks with their gains, the largest gain first."""
        gains = [(gained, stack) for stack, gained in self._gauge.gains.items() if gained > 0]
        return sorted(gains, key=lambda one: -one[0])[:number]

    def see(self, frame: Any, line: Optional[int]) -> None:
        """Attribute changes since the last call to ``line`` of ``frame``, or its current line."""
        now = self._gauge.read()
        if now != self._before:
            self._gauge.note(self._before, now, stack_of(frame, line))
        self._before = self._gauge.read()  # excludes what the note itself allocates

    def _enter_frame(self, frame: Any, event: str, argument: Any) -> Any:
        self.see(frame.f_back, None)
        return Lines(self, frame.f_lineno)


class Lines:
    """The trace function of one frame. Each event means that the previous line has finished."""

    __slots__ = ("_line", "_lines")

    def __init__(self, lines: GainingLines, line: int) -> None:
        self._lines = lines
        self._line = line

    def __call__(self, frame: Any, event: str, argument: Any) -> Any:
        self._lines.see(frame, self._line)
        self._line = frame.f_lineno
        return self


def stack_of(frame: Any, line: Optional[int] = None) -> Stack:
    """``frame``, at ``line`` if given, and its callers."""
    stack: List[Tuple[str, int]] = []
    while frame is not None and len(stack) < DEEPEST:
        at = frame.f_lineno if line is None else line
        stack.append((frame.f_code.co_filename, at or 0))
        frame, line = frame.f_back, None
    return tuple(stack)


def read_c_heap() -> int:
    return c_heap_in_use() or 0


def read_resident() -> int:
    """Resident bytes that are not shared with a file."""
    with open("/proc/self/statm", "rb") as file:
        _, resident, shared, *_ = map(int, file.read().split())
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")


def read_descriptors() -> FrozenSet[str]:
    free = os.dup(0)  # the number that listing the directory will use
    os.close(free)
    return frozenset(os.listdir("/proc/self/fd")) - {str(free)}


def read_threads() -> FrozenSet[str]:
    return frozenset(os.listdir("/proc/self/task"))


def read_children() -> FrozenSet[bytes]:
    found: List[bytes] = []
    for thread in os.listdir("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{thread}/children", "rb") as file:
                found += file.read().split()
        except FileNotFoundError:  # the thread has ended
            pass
    return frozenset(found)


def read_mappings() -> FrozenSet[bytes]:
    with open("/proc/self/maps", "rb") as file:
        return frozenset(line.partition(b"-")[0] for line in file)


GAUGES: Dict[str, Callable[[], Any]] = {
    "c heap": lambda: Amount(read_c_heap),
    "unique memory": lambda: Amount(read_resident),
    "mappings": lambda: Things(read_mappings),
    "file descriptors": lambda: Things(read_descriptors),
    "threads": lambda: Things(read_threads),
    "child processes": lambda: Things(read_children),
}
"""Gauges by kind of growth. Each raises :class:`OSError` on a system without that figure."""

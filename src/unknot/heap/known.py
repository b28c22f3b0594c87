"""Cycles of the standard library's own that are known upstream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unknot.heap.labels import LabelledObject, Who
from unknot.heap.naming import Cycle

__all__ = ["find_known"]

CPYTHON = "https://github.com/python/cpython/issues/"

TRANSPORT = "asyncio.selector_events._SelectorSocketTransport"


class Issue(NamedTuple):
    """One that was read, and is about the cycle."""

    number: int
    first: tuple[int, int] = (3, 8)
    """The release from which on the cycle is there."""
    fixed: tuple[int, int] | None = None
    """The release that has it no more; what shows the same step there is another cycle."""

    @property
    def link(self) -> str:
        return f"{CPYTHON}{self.number}"

    def concerns(self, python: tuple[int, ...]) -> bool:
        """Whether that release has it; where none is known, any may."""
        if not python:
            return True
        return self.first <= python[:2] and (self.fixed is None or python[:2] < self.fixed)


KNOWN: dict[tuple[str, str], Issue] = {
    (TRANSPORT, "._read_ready_cb.__self__"): Issue(100348, fixed=(3, 12)),
    ("asyncio.taskgroups.TaskGroup", "._parent_task"): Issue(128552, fixed=(3, 14)),
    ("frame BaseEventLoop.create_task", "local task"): Issue(128552, fixed=(3, 14)),
    ("frame BaseProxy._callmethod", "local result"): Issue(106558, fixed=(3, 13)),
    ("frame TaskGroup.__aexit__", "local exc"): Issue(124958, fixed=(3, 14)),
    ("frame TaskGroup.__aexit__", "local me"): Issue(124958, fixed=(3, 14)),
    ("frame TaskGroup.__aexit__", "local propagate_cancellation_error"): Issue(
        124958, fixed=(3, 14)
    ),
    ("frame _GeneratorContextManager.__exit__", "local value"): Issue(129280, (3, 12), (3, 14)),
    ("frame staggered_race.<locals>.run_one_coro", "local exceptions"): Issue(
        124858, fixed=(3, 14)
    ),
    ("function _make_iterencode.<locals>._iterencode", "closure _iterencode"): Issue(
        141686, fixed=(3, 15)
    ),
    ("generator iterparse.<locals>.iterator", "local it"): Issue(101438, fixed=(3, 13)),
    ("gzip._WriteBufferStream", ".gzip_file"): Issue(129640, (3, 12), (3, 14)),
    ("sqlite3.Connection", "?"): Issue(144345),
    ("tarfile.TarInfo", "._tarfile"): Issue(115256),
    ("tarfile.TarInfo", ".tarfile"): Issue(115256),
    ("unittest.mock.MagicProxy", ".parent"): Issue(133423, fixed=(3, 14)),
}
"""The step of a cycle that tells it, and the issue.

``tests/heap/test_known.py`` shows each in an operation of ``bench/workloads/stdlib``.
"""


def find_known(
    cycles: Iterable[Cycle], objects: Sequence[LabelledObject], python: tuple[int, ...] = ()
) -> str | None:
    """The upstream issue of the first of these cycles that is known in that release.

    An application's own ``TaskGroup`` is called as the standard library's, and is none.
    """
    for cycle in cycles:
        for step, number in zip(cycle.path, cycle.objects, strict=True):
            issue = KNOWN.get((step.source, step.label))
            if issue is None or not issue.concerns(python):
                continue
            if objects[number].who >= Who.STANDARD:
                return issue.link
    return None

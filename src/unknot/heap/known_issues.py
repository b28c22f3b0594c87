"""Cycles of the standard library that have an upstream issue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unknot.heap.labels import CodeOrigin, LabelledObject
from unknot.heap.paths import CyclePath

__all__ = ["find_known_issue"]

CPYTHON = "https://github.com/python/cpython/issues/"

TRANSPORT = "asyncio.selector_events._SelectorSocketTransport"


class Issue(NamedTuple):
    """An issue in CPython's tracker, and the releases that it affects."""

    number: int
    first: tuple[int, int] = (3, 8)
    """The first release with the cycle."""
    fixed: tuple[int, int] | None = None
    """The first release without it; the same step in a later release is another cycle."""

    @property
    def link(self) -> str:
        return f"{CPYTHON}{self.number}"

    def concerns(self, python: tuple[int, ...]) -> bool:
        """Whether the release has the cycle; true if the release is not known."""
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
"""The issue by the step that identifies the cycle.

``tests/heap/test_known_issues.py`` shows each in an operation of ``bench/workloads/stdlib``.
"""


def find_known_issue(
    cycles: Iterable[CyclePath], objects: Sequence[LabelledObject], python: tuple[int, ...] = ()
) -> str | None:
    """The link to the issue of the first cycle that has one in that release.

    Steps of the application's or a library's objects are not matched: their classes may have the
    same names.
    """
    for cycle in cycles:
        for step, number in zip(cycle.path, cycle.objects, strict=True):
            issue = KNOWN.get((step.source, step.label))
            if issue is None or not issue.concerns(python):
                continue
            if objects[number].origin >= CodeOrigin.STANDARD:
                return issue.link
    return None

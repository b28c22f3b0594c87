"""Cycles of the standard library's own that are known upstream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unknot.heap.labels import LabelledObject, Who
from unknot.heap.naming import Cycle

__all__ = ["find_known"]

CPYTHON = "https://github.com/python/cpython/issues/"

TRANSPORT = "asyncio.selector_events._SelectorSocketTransport"

KNOWN: dict[tuple[str, str], str] = {
    (TRANSPORT, "._read_ready_cb.__self__"): CPYTHON + "100348",
    ("asyncio.taskgroups.TaskGroup", "._parent_task"): CPYTHON + "128552",
    ("frame BaseEventLoop.create_task", "local task"): CPYTHON + "128552",
    ("frame BaseProxy._callmethod", "local result"): CPYTHON + "106558",
    ("frame TaskGroup.__aexit__", "local exc"): CPYTHON + "124958",
    ("frame TaskGroup.__aexit__", "local me"): CPYTHON + "124958",
    ("frame TaskGroup.__aexit__", "local propagate_cancellation_error"): CPYTHON + "124958",
    ("frame _GeneratorContextManager.__exit__", "local value"): CPYTHON + "129280",
    ("frame staggered_race.<locals>.run_one_coro", "local exceptions"): CPYTHON + "124858",
    ("function _make_iterencode.<locals>._iterencode", "closure _iterencode"): CPYTHON + "141686",
    ("generator iterparse.<locals>.iterator", "local it"): CPYTHON + "101438",
    ("gzip._WriteBufferStream", ".gzip_file"): CPYTHON + "129640",
    ("sqlite3.Connection", "?"): CPYTHON + "144345",
    ("tarfile.TarInfo", "._tarfile"): CPYTHON + "115256",
    ("tarfile.TarInfo", ".tarfile"): CPYTHON + "115256",
    ("unittest.mock.MagicProxy", ".parent"): CPYTHON + "133423",
}
"""The step of a cycle that tells it, and the issue: one that was read, and is about this cycle.

``tests/heap/test_known.py`` shows each in an operation of ``bench/workloads/stdlib``.
"""


def find_known(cycles: Iterable[Cycle], objects: Sequence[LabelledObject]) -> str | None:
    """The upstream issue of the first of these cycles that is known.

    An application's own ``TaskGroup`` is called as the standard library's, and is none.
    """
    for cycle in cycles:
        for step, number in zip(cycle.path, cycle.objects, strict=True):
            link = KNOWN.get((step.source, step.label))
            if link is not None and objects[number].who >= Who.STANDARD:
                return link
    return None

"""Cycles of the standard library's own that are known upstream."""

from __future__ import annotations

from collections.abc import Iterable

from unknot.heap.naming import PathStep

__all__ = ["find_known"]

CPYTHON = "https://github.com/python/cpython/issues/"

KNOWN: dict[tuple[str, str], str] = {
    ("frame Future.__get_result", "local self"): CPYTHON + "80111",
    ("frame TaskGroup.__aexit__", "local me"): CPYTHON + "124958",
    ("frame TaskGroup.__aexit__", "local exc"): CPYTHON + "124958",
    ("coroutine TaskGroup.__aexit__", "local exc"): CPYTHON + "124958",
    ("asyncio.taskgroups.TaskGroup", "._parent_task"): CPYTHON + "128552",
}
"""The step of a cycle that tells it, and the issue."""


def find_known(path: Iterable[PathStep]) -> str | None:
    """The upstream issue of a cycle, if it is one that is known."""
    links = (KNOWN.get((step.source, step.label)) for step in path)
    return next((link for link in links if link is not None), None)

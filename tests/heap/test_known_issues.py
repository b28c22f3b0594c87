"""Every cycle that has its upstream issue is there, in an operation of the standard library's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.heap.made import Heap
from tests.heap.test_versions import reports_of
from tests.interpreters import need_interpreter
from unknot.heap import CycleReport, describe_all, find_garbage, find_kinds
from unknot.heap.known_issues import KNOWN, TRANSPORT

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]

SHOWN = {
    (TRANSPORT, "._read_ready_cb.__self__"): ("3.11", "network.streams"),
    ("asyncio.taskgroups.TaskGroup", "._parent_task"): ("3.13", "tasks.group_body_raises"),
    ("frame BaseEventLoop.create_task", "local task"): ("3.13", "tasks.eager_task_raises"),
    ("frame BaseProxy._callmethod", "local result"): ("3.11", "tasks.queue_of_a_manager"),
    ("frame TaskGroup.__aexit__", "local exc"): ("3.13", "tasks.group_too_late"),
    ("frame TaskGroup.__aexit__", "local me"): ("3.13", "tasks.group_task_raises"),
    ("frame TaskGroup.__aexit__", "local propagate_cancellation_error"): (
        "3.13",
        "tasks.group_times_out",
    ),
    ("frame _GeneratorContextManager.__exit__", "local value"): (
        "3.13",
        "programs.context_handles",
    ),
    ("frame staggered_race.<locals>.run_one_coro", "local exceptions"): (
        "3.13",
        "network.connection_refused_with_delay",
    ),
    ("function _make_iterencode.<locals>._iterencode", "closure _iterencode"): (
        "3.13",
        "formats.dump_json",
    ),
    ("generator iterparse.<locals>.iterator", "local it"): (
        "3.11",
        "formats.etree_iterated_in_part",
    ),
    ("gzip._WriteBufferStream", ".gzip_file"): ("3.13", "formats.gzip_written"),
    ("sqlite3.Connection", "?"): ("3.13", "formats.sqlite_not_closed"),
    ("tarfile.TarInfo", "._tarfile"): ("3.13", "formats.tar_written"),
    ("tarfile.TarInfo", ".tarfile"): ("3.11", "formats.tar_written"),
    ("unittest.mock.MagicProxy", ".parent"): ("3.13", "programs.mock_magic"),
}
"""By the step that tells it: the interpreter and the operation."""

TWINS = [
    ("3.13", "network.streams"),
    ("3.13", "tasks.group"),
    ("3.11", "tasks.eager_task_raises"),
    ("3.13", "tasks.queue_of_a_manager"),
    ("3.13", "tasks.timeout"),
    ("3.11", "programs.context_handles"),
    ("3.13", "network.connection_refused"),
    ("3.13", "formats.dumps_json"),
    ("3.13", "formats.etree_iterated"),  # which leaves another cycle
    ("3.13", "formats.gzip_compressed"),
    ("3.13", "formats.sqlite"),
    ("3.13", "formats.tar_read"),
    ("3.13", "programs.mock_called"),  # which leaves other cycles
]
"""The like of an operation above, that does not leave its cycle."""


def reports(version: str, operation: str) -> list[CycleReport]:
    module, _, name = operation.partition(".")
    return reports_of(need_interpreter(version), name, f"bench.workloads.stdlib.{module}", ROOT)


def test_each_entry_has_an_operation() -> None:
    assert SHOWN.keys() == KNOWN.keys()


@pytest.mark.parametrize("entry", KNOWN, ids=" ".join)
def test_a_known_cycle_is_the_library_s_and_has_its_issue(entry: tuple[str, str]) -> None:
    shown = [
        report
        for report in reports(*SHOWN[entry])
        for path in (report.path, *report.also)
        if entry in [(step.source, step.label) for step in path]
    ]
    assert max(report.copies for report in shown) >= 2
    assert {(report.origin, report.known) for report in shown} == {("library", KNOWN[entry].link)}


@pytest.mark.parametrize(("version", "operation"), TWINS)
def test_what_does_not_leave_a_known_cycle_has_no_issue(version: str, operation: str) -> None:
    assert [report.known for report in reports(version, operation) if report.known] == []


@pytest.mark.parametrize("entry", KNOWN, ids=" ".join)
def test_the_issue_concerns_the_release_that_shows_it_and_none_that_has_the_fix(
    entry: tuple[str, str],
) -> None:
    issue = KNOWN[entry]
    shown = tuple(map(int, SHOWN[entry][0].split(".")))
    assert issue.concerns(shown)
    assert issue.fixed is None or not issue.concerns(issue.fixed)
    assert not issue.concerns((issue.first[0], issue.first[1] - 1))


def aborted(python: tuple[int, int], owner: str = "library") -> CycleReport:
    """A transport whose callback leads back to it, and who keeps it."""
    heap = Heap()
    transport = heap.add(TRANSPORT, "library", package="asyncio")
    method = heap.add("builtins.method", "library", package="asyncio", name="_read_ready__data")
    session = heap.add("app.Session", owner, package="asyncio" if owner == "library" else "")
    heap.refer(transport, method, "attribute", "_read_ready_cb")
    heap.refer(method, transport if owner == "library" else session, "attribute", "__self__")
    heap.refer(session, transport, "attribute", "transport")
    snapshot = replace(heap.snapshot(), python=python)
    kinds = find_kinds(snapshot, find_garbage(snapshot))
    places = [place for kind in kinds for place in kind.places()]
    (report,) = describe_all(kinds, heap.labels(places))
    return report


def test_a_release_that_has_the_fix_has_no_link_to_its_issue() -> None:
    link = "https://github.com/python/cpython/issues/100348"
    assert [aborted(python).known for python in ((3, 11), (3, 12), (3, 13))] == [link, None, None]


def test_an_application_s_cycle_through_a_known_step_has_no_issue() -> None:
    report = aborted((3, 11), "application")
    assert "._read_ready_cb.__self__" in {step.label for step in report.path}
    assert (report.origin, report.known) == ("application", None)

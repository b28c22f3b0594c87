"""Real cycles, from a live heap to the report: the path, and the cut a person would make."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from tests.heap import leftovers
from tests.heap.live import reports_of
from unknot.heap import CycleReport

OPERATIONS: dict[str, tuple[Callable[[], object], list[str], str, str]] = {
    "a task in the context it runs in": (
        leftovers.dispatch,
        ["Session.worker_task", "Task._context", "Context[current]"],
        "Session.worker_task",
        "Set `Session.worker_task` to None in a done-callback of the task",
    ),
    "an exception kept in a local": (
        leftovers.error_in_local,
        ["frame error_in_local local error", "ValueError.__traceback__", "traceback.tb_frame"],
        "frame error_in_local local error",
        "`del error` in a `finally` of `error_in_local`",
    ),
    "a closure on itself": (
        leftovers.closure_on_itself,
        ["function closure_on_itself.<locals>.countdown closure countdown"],
        "function closure_on_itself.<locals>.countdown closure countdown",
        "Move `countdown` out of the function that makes it",
    ),
    "an abandoned async generator on its owner": (
        leftovers.abandon_stored_generator,
        ["Source.numbers", "async generator Source.count local self"],
        "Source.numbers",
        "`await self.numbers.aclose()`",
    ),
    "an abandoned generator on its owner": (
        leftovers.Reader,
        ["Reader.lines", "generator Reader.read local self"],
        "Reader.lines",
        "Call `self.lines.close()`",
    ),
    "a doubly linked tree": (
        leftovers.tree,
        ["TreeNode.children", "list[…]", "TreeNode.parent"],
        "TreeNode.parent",
        "Make `TreeNode.parent` a weak reference",
    ),
    "a callback over its object": (
        leftovers.callback_over_its_object,
        [
            "Button.callbacks",
            "list[…]",
            "function callback_over_its_object.<locals>.clicked closure button",
        ],
        "Button.callbacks[…]",
        "Remove the callback from `Button.callbacks[…]`",
    ),
    "a future whose result holds it": (
        leftovers.future_in_its_result,
        ["Answer.future", "Future._result"],
        "Answer.future",
        "Set `Answer.future` to None",
    ),
    "a bound method on its instance": (
        leftovers.Handler,
        ["Handler.handle.__self__"],
        "Handler.handle",
        "Do not store a bound method in `Handler.handle`",
    ),
    "a partial on its argument": (
        leftovers.Timer,
        ["Timer.fire.args[…]"],
        "Timer.fire",
        "Set `Timer.fire` to None",
    ),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_cycle_is_named_and_its_cut_is_proven(name: str) -> None:
    op, path, edge, instruction = OPERATIONS[name]
    (report,) = reports_of(op, times=10)
    assert [step.text for step in report.path] == path
    assert report.cut.edges == (edge,)
    assert report.cut.instruction.startswith(instruction)
    assert report.copies == 10
    assert_freed(report)


def assert_freed(report: CycleReport) -> None:
    assert report.cut.sufficient
    assert report.cut.frees == report.cut.of == report.objects
    assert report.cut.copies == report.copies
    assert report.cut.possible
    assert report.origin == "application"
    assert report.where is not None
    assert "leftovers.py" in report.where


def test_a_class_made_per_call_is_to_be_made_once() -> None:
    (report,) = reports_of(leftovers.class_per_call, times=5)
    assert report.cut.edges == ("class class_per_call.<locals>.Row made anew",)
    assert report.cut.instruction.startswith("Create `class_per_call.<locals>.Row` once")
    assert_freed(report)


def test_a_task_that_is_an_attribute_of_what_it_ran_is_cleared_when_it_is_done() -> None:
    (report,) = reports_of(leftovers.task_of_what_it_runs, times=5)
    assert report.cut.edges == ("Job.task",)
    assert "frame Job.run local self" in [step.text for step in report.path]
    assert_freed(report)


def test_three_kinds_in_one_operation_are_three_reports() -> None:
    reports = reports_of(leftovers.three_kinds, times=7)
    assert [report.copies for report in reports] == [7, 7, 7]
    assert len({report.signature for report in reports}) == 3
    assert all(report.cut.sufficient for report in reports)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("scope.self", "['scope.self']"),
        ("it's me", '["it\'s me"]'),
        (7, "[7]"),
        (b"self", "[b'self']"),
        (None, "[None]"),
        (("self", 2), "[('self', 2)]"),
        (leftovers.Scope, "[Scope]"),
        ("x " * 50, "[…]"),
        (frozenset(), "[…]"),
    ],
)
def test_a_key_is_shown_whatever_it_is_if_it_is_short(key: object, shown: str) -> None:
    (report,) = reports_of(lambda: leftovers.Scope(key), times=4)
    assert [step.text for step in report.path] == ["Scope.values", f"dict{shown}"]
    assert report.cut.edges == (f"Scope.values{shown}",)


def test_keys_that_differ_from_copy_to_copy_are_not_shown_and_tell_nothing_apart() -> None:
    numbers = count()
    (differing,) = reports_of(lambda: leftovers.Scope(f"scope {next(numbers)}"), times=4)
    (numbered,) = reports_of(lambda: leftovers.Scope(next(numbers)), times=4)
    (fixed,) = reports_of(lambda: leftovers.Scope("scope.self"), times=4)
    assert differing.cut.edges == numbered.cut.edges == ("Scope.values[…]",)
    assert differing.copies == 4
    assert differing.signature == numbered.signature == fixed.signature


def test_ten_thousand_objects_in_one_component_still_give_a_short_cycle() -> None:
    (report,) = reports_of(leftovers.tangle)
    assert (report.size, report.objects) == (10_000, 10_000)
    assert [step.text for step in report.path] == ["Peer.links", "list[…]"]
    assert report.cut.edges == ("Peer.links[…]",)
    assert report.cut.sufficient


def test_without_a_cycle_there_is_no_report() -> None:
    assert reports_of(leftovers.Session) == []

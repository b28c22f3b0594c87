"""The advice names what its reader can change, in the order in which it breaks least."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.heap import advised
from tests.heap.live import reports_of

# name: the references to cut, and how the instruction begins
ADVICE: dict[str, tuple[Callable[[], object], set[str], str]] = {
    "an argument and a local variable": (
        advised.argument_and_local,
        {"frame remember local note", "frame remember local seen"},
        "`del note, seen` in a `finally` of `remember`: the exception's traceback holds the frame",
    ),
    "one object in three frames": (
        advised.outermost,
        {
            "frame outermost local promise",
            "frame middle local promised",
            "frame innermost local answer",
        },
        "`del promise` in a `finally` of `outermost`",
    ),
    "an exception in a container": (
        advised.in_a_container,
        {"frame in_a_container local problems"},
        "`del problems` in a `finally` of `in_a_container`",
    ),
    "a variable that a function closes over": (
        advised.closed_over,
        {"frame closed_over local problem"},
        "`del problem` in a `finally` of `closed_over`",
    ),
    "a subclass of a library's class": (
        advised.subclass_of_a_library_s,
        {"frame subclass_of_a_library_s local kept"},
        "`del kept` in a `finally` of `subclass_of_a_library_s`",
    ),
    "a method that stores the exception": (
        advised.method,
        {"Runner.problem"},
        "Set `Runner.problem` to None once the exception is handled",
    ),
    "a part that was handed its owner": (
        advised.handed_to_a_part,
        {"Ape.a"},
        "Set `Ape.a` to None when its owner is done with it",
    ),
    "a part made by its owner": (
        advised.made_by_its_owner,
        {"Wheel.turns_with"},
        "Set `Wheel.turns_with` to None when its owner is done with it",
    ),
    "an object that hands itself over": (
        advised.hands_itself_over,
        {"Picture.hung"},
        "Make `Picture.hung` a weak reference",
    ),
    "an attribute of a library's object": (
        advised.set_on_a_library_s_object,
        {"Event.keeper"},
        "Set `Event.keeper` to None when its owner is done with it",
    ),
    "an entry of a named tuple": (
        advised.immutable,
        {"Walker.table"},
        "Clear `Walker.table` when its owner is done with it",
    ),
    "an attribute of a frozen dataclass": (
        advised.frozen,
        {"Frozen.fixed"},
        "Set `Frozen.fixed` to None when its owner is done with it",
    ),
    "a method that is made once and kept": (
        advised.cached_method,
        {"Logger.warn"},
        "Do not keep a callable that leads to `Logger` in `Logger.warn`",
    ),
    "a table of its own methods": (
        advised.own_method_in_a_table,
        {"Application._handlers[LookupError]"},
        "Do not store a bound method of `Application`",
    ),
    "a method handed to a library's base class": (
        advised.handed_to_a_library,
        {"Job._target"},
        "Do not pass a callable that refers to `Job` to the library that keeps it in `Job._target`",
    ),
    "a partial handed to a library's base class": (
        advised.partial_handed_to_a_library,
        {"Alarm.function"},
        "Do not pass a callable that refers to `Alarm` to the library",
    ),
}


@pytest.mark.parametrize("name", ADVICE)
def test_the_advice_is_one_that_its_reader_can_follow(name: str) -> None:
    op, edges, instruction = ADVICE[name]
    (report,) = reports_of(op, times=5)
    cut = report.cut
    assert {
        edge.removesuffix(".func.__self__").removesuffix(".__self__") for edge in cut.edges
    } == (edges)
    assert cut.instruction.startswith(instruction)
    assert (cut.sufficient, cut.possible, cut.copies) == (True, True, 5)
    assert f"{Path(advised.__file__).name}:" in cut.instruction


@pytest.mark.parametrize("name", ADVICE)
def test_after_the_advice_nothing_is_left(name: str) -> None:
    after = getattr(advised, f"{ADVICE[name][0].__name__}_after")
    assert reports_of(after, times=5) == []


def test_what_a_library_keeps_is_shown_where_it_was_handed_over() -> None:
    (report,) = reports_of(advised.handed_to_a_library, times=3)
    assert report.where is not None
    assert Path(advised.__file__).name in report.where


def test_every_variable_is_named_with_its_own_function_and_line() -> None:
    (report,) = reports_of(advised.outermost, times=3)
    for function, variable in (
        ("outermost", "promise"),
        ("middle", "promised"),
        ("innermost", "answer"),
    ):
        assert f"`del {variable}` in a `finally` of `{function}` (" in report.cut.instruction
    assert report.cut.instruction.count(Path(advised.__file__).name) == 3

"""What of an exception crosses, also where something has taught pickle to keep its traceback."""

from __future__ import annotations

import copyreg
import gc
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.runtime.endings import ENDINGS
from tests.runtime.routines import Oops, UnreadableError
from tests.runtime.running import run
from tests.runtime.test_endings import SPECIMENS, measure
from unknot.runtime import RemoteTraceback, UnpicklableException, frames, keep, sever
from unknot.runtime.pickled_errors import dump_error

HISTORY = ("__traceback__", "__cause__", "__context__", "__suppress_context__", "__dict__")


@pytest.fixture(params=["pickle as it is", "pickle with tblib"])
def pickling(request: pytest.FixtureRequest) -> Iterator[None]:
    before = dict(copyreg.dispatch_table)
    if request.param == "pickle with tblib":
        pytest.importorskip("tblib.pickling_support").install()
        assert Oops in copyreg.dispatch_table
    yield
    copyreg.dispatch_table.clear()
    copyreg.dispatch_table.update(before)


@pytest.fixture
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def fail() -> None:
    try:
        raise KeyError("absent")
    except KeyError as error:
        raise Oops("both") from error


def caught() -> Exception:
    """With a traceback, a cause and a context; and another such exception as an argument."""
    try:
        try:
            fail()
        except Oops as error:
            raise ExceptionGroup("some", [error]) from error
    except ExceptionGroup as error:
        error.add_note("noted")
        return error
    raise AssertionError


def open_raised(reply: bytes) -> BaseException | None:
    try:
        frames.open_reply(reply)
    except BaseException as error:
        return error.with_traceback(None)
    return None


@pytest.mark.usefixtures("pickling")
def test_type_arguments_and_notes_cross_and_no_history() -> None:
    error = open_raised(frames.raised(caught()))
    assert isinstance(error, ExceptionGroup)
    assert error.__notes__ == ["noted"]
    (member,) = error.exceptions
    assert (type(member), member.args) == (Oops, ("both",))
    assert [getattr(member, name) for name in HISTORY[:3]] == [None] * 3
    assert isinstance(error.__cause__, RemoteTraceback)
    assert "KeyError: 'absent'" in str(error.__cause__)
    assert error.__context__ is None


@pytest.mark.usefixtures("pickling")
def test_whoever_has_the_exception_finds_it_unchanged() -> None:
    error = caught()
    (member,) = error.exceptions  # type: ignore[attr-defined]
    before = [[getattr(each, name) for name in HISTORY] for each in (error, member)]
    frames.raised(error)
    assert [[getattr(each, name) for name in HISTORY] for each in (error, member)] == before


@pytest.mark.usefixtures("pickling", "_no_collector")
def test_neither_side_is_left_with_a_cycle() -> None:
    def fail_here() -> bytes:
        with suppress(Oops):
            try:
                fail()
            except Oops as error:
                return frames.raised(error)
        raise AssertionError

    reply = fail_here()
    open_raised(reply)
    gc.collect()
    for _ in range(10):
        open_raised(fail_here())
    assert gc.collect() == 0


class Reduced(Exception):
    """Pickled in a way of its own."""


@pytest.mark.usefixtures("pickling")
def test_how_a_class_says_it_is_pickled_is_kept() -> None:
    def reduce(error: Reduced) -> Any:
        return Reduced, ("in its own way",)

    copyreg.pickle(Reduced, reduce)
    error = open_raised(frames.raised(Reduced(open)))
    assert isinstance(error, Reduced)
    assert error.args == ("in its own way",)


@pytest.mark.usefixtures("pickling")
def test_an_exception_whose_class_cannot_make_it_again_is_told() -> None:
    error = open_raised(frames.raised(UnreadableError(1, 2)))
    assert isinstance(error, UnpicklableException)
    assert "1 is not 2" in str(error)


class Lying(Exception):
    __class__ = int  # type: ignore[assignment]

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError(name)


@pytest.mark.usefixtures("pickling")
def test_an_exception_that_hides_what_it_is_crosses() -> None:
    assert type(frames.load(dump_error(Lying("here")))) is Lying


@pytest.mark.usefixtures("pickling")
@pytest.mark.parametrize("name", ["raised", "raised_with_cause", "stream_raised"])
def test_a_severed_dispatch_that_raises_leaves_nothing(name: str) -> None:
    assert run(measure(ENDINGS[name], sever, ops=10, at_most=4)).cyclic_per_op == {}


@pytest.mark.usefixtures("pickling")
def test_a_kept_one_leaves_what_it_keeps() -> None:
    found = run(measure(ENDINGS["raised"], keep, ops=10, at_most=4)).cyclic_per_op
    assert found.keys() >= set(SPECIMENS)

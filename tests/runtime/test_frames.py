"""Frames that others may write, and the package's front door."""

import asyncio
import pickle
import traceback
from typing import Any

import pytest

import unknot.runtime
from tests.runtime import routines
from tests.runtime.routines import Oops
from unknot.runtime import MalformedFrame, RemoteTraceback, UnpicklableException, frames


def test_a_call_is_read_back_as_it_was_written() -> None:
    frame = frames.call(frames.COROUTINE, routines.add, (1,), {"right": 2})
    assert frames.open_call(frame) == (frames.COROUTINE, routines.add, (1,), {"right": 2}, None)


def test_a_frame_that_is_no_call_is_malformed() -> None:
    for frame in (b"", frames.NEXT, b"?"):
        with pytest.raises(MalformedFrame):
            frames.open_call(frame)


@pytest.mark.parametrize("value", [None, True, 7, 1.5, "text", b"bytes", [1], {"a": (2,)}])
def test_values_are_read_back(value: Any) -> None:
    assert frames.open_reply(frames.value(value)) == value


def test_the_ends_are_exceptions() -> None:
    with pytest.raises(StopAsyncIteration):
        frames.open_reply(frames.END)
    with pytest.raises(asyncio.CancelledError):
        frames.open_reply(frames.CANCELLED)


def test_what_the_worker_says_itself_has_no_traceback_of_the_worker() -> None:
    with pytest.raises(Oops) as caught:
        frames.open_reply(frames.refused(Oops("refused")))
    assert caught.value.__cause__ is None


def test_a_pickle_that_is_no_exception_is_not_raised() -> None:
    frame = frames.RAISED + pickle.dumps(("Oops: x", "the text", pickle.dumps("no exception")))
    with pytest.raises(UnpicklableException, match="Oops: x"):
        frames.open_reply(frame)


def test_a_remote_traceback_shows_as_text() -> None:
    shown = "".join(traceback.format_exception(RemoteTraceback("line 1\nline 2\n")))
    assert "line 1\nline 2\n" in shown


def test_public_names_are_sorted_and_there() -> None:
    names = unknot.runtime.__all__
    assert names == sorted(names)
    assert all(hasattr(unknot.runtime, name) for name in names)

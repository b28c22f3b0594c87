"""What a workload raises or returns is described, and none of its code has a say in that."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from unknot.agent.bounds import find_bounded, measure_bounds
from unknot.agent.channel import Channel
from unknot.agent.failures import describe_failure
from unknot.agent.loopless import run_without_loop
from unknot.agent.unrun import describe_unrun
from unknot.agent.workload import Workload


class Hostile(type):
    """Of its classes nobody may ask anything."""

    def __eq__(cls, other: object) -> bool:
        raise AssertionError("compared")

    def __hash__(cls) -> int:
        raise AssertionError("hashed")

    def __getattribute__(cls, name: str) -> object:
        raise AssertionError(f"asked for {name}")


class Thing(metaclass=Hostile):
    @property  # type: ignore[misc]
    def __class__(self) -> type:
        raise AssertionError("asked for its class")

    def __getattribute__(self, name: str) -> object:
        raise AssertionError(f"asked for {name}")


class Proxy:
    """Of an object that nobody has asked for yet."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        raise AssertionError("made")

    def __getattr__(self, name: str) -> object:
        raise AssertionError("made")


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise SystemExit(9)

    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)


def fail(error: BaseException) -> tuple[str, str]:
    with pytest.raises(type(error)) as caught:
        raise error
    del error
    return describe_failure(caught.value)


def test_an_exception_that_cannot_be_asked_is_described_by_its_type() -> None:
    message, lines = fail(Unspeakable("x"))
    assert message == "Unspeakable, which cannot be formatted"
    assert "raise error" in lines


@pytest.mark.skipif(sys.version_info < (3, 11), reason="notes are new in 3.11")
def test_the_message_is_the_exception_and_not_its_last_note() -> None:
    error = ValueError("what it says")
    error.add_note("a note")
    message, lines = fail(error)
    assert message == "ValueError: what it says"
    assert "a note" in lines
    assert error.__notes__ == ["a note"]


def test_of_what_an_operation_returns_the_type_alone_is_asked() -> None:
    assert describe_unrun(object.__new__(Thing)) is None
    assert describe_unrun(Thing) is None
    proxy = Proxy()
    assert describe_unrun(proxy) is None
    workload = Workload("w.py", op=lambda: proxy)
    run_without_loop(workload.open())
    run_without_loop(workload.run(2))
    assert workload.operations() == 2


async def coroutine() -> None:
    """Is not awaited."""


def generator() -> Iterator[None]:
    yield


class Awaitable:
    def __await__(self) -> Generator[None, None, None]:
        yield


@contextmanager
def manager() -> Iterator[None]:
    yield


def test_what_has_not_run_is_told_from_what_has() -> None:
    with asyncio.Runner() as runner:
        future: asyncio.Future[None] = asyncio.Future(loop=runner.get_loop())
        lazy = (coroutine(), generator(), manager(), Awaitable(), map(str, [1]), future)
        assert all(map(describe_unrun, lazy))
        assert "(Awaitable)" in str(describe_unrun(Awaitable()))
        future.set_result(None)
        begun = generator()
        next(begun)
        assert not any(map(describe_unrun, (None, [], begun, future)))


def test_a_bound_is_looked_for_without_asking_a_class() -> None:
    there = object.__new__(Thing)
    assert gc.is_tracked(there)
    assert isinstance(find_bounded(gc.get_objects()), list)
    assert isinstance(measure_bounds(), list)


def test_messages_do_not_depend_on_what_a_workload_makes_of_json(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json, "dumps", lambda _: b"bytes, as orjson returns them")
    monkeypatch.setattr(json, "loads", None)
    ours, theirs = map(Channel, socket.socketpair())
    ours.send({"do": "count"})
    assert theirs.receive() == ({"do": "count"}, [])
    ours.close()
    theirs.close()

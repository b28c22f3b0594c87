"""The two tests that the project grew out of, without a private name, and their failing twins.

Over both transports: what is asked of the worker's process is asked by dispatches.
"""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from tests.runtime.running import run
from unknot.runtime import DispatchSession, Release, Worker, current_session, keep, pin, sever
from unknot.runtime import pinned as pinned_sessions
from unknot.runtime.caller import Caller
from unknot.runtime.remote import WorkerProcess

# In the worker's process, whichever that is.
tasks: list["weakref.ref[asyncio.Task[Any]]"] = []
sessions: list[DispatchSession] = []


async def file_task() -> None:
    task = current_session.get().worker_task
    assert task is asyncio.current_task()
    assert task is not None
    tasks.append(weakref.ref(task))


async def file_session() -> None:
    """Keep the session from within, as whoever holds it to the end would."""
    await file_task()
    sessions.append(current_session.get())


async def turn_collector_off() -> None:
    gc.collect()
    gc.disable()


async def cleared() -> bool:
    """Whether the task is gone, within a bounded wait: the worker is a little later than we."""
    pause = 0.0005
    while tasks[-1]() is not None and pause < 0.2:
        await asyncio.sleep(pause)
        pause *= 2
    return tasks[-1]() is None


async def collected() -> bool:
    """Whether a collection frees the task."""
    gc.collect()
    return tasks[-1]() is None


async def kept_session_has_its_task() -> bool:
    return sessions[-1].worker_task is not None and sessions[-1].worker_task is tasks[-1]()


async def pinned_session_has_its_task() -> bool:
    return any(session.worker_task is tasks[-1]() is not None for session in pinned_sessions)


@pytest.fixture(autouse=True)
def _collector_on_again() -> Iterator[None]:
    yield
    gc.enable()
    tasks.clear()
    sessions.clear()
    pinned_sessions.clear()


def over(transport: str, release: Release) -> AbstractAsyncContextManager[Caller]:
    return Worker(release=release) if transport == "thread" else WorkerProcess(release=release)


async def ask(transport: str, release: Release, first: Any, *questions: Any) -> list[bool]:
    """What the questions come to once `first` has run to its end, collector off."""
    async with over(transport, release) as worker:
        await worker.dispatch(turn_collector_off)
        await worker.dispatch(first)
        return [await worker.dispatch(question) for question in questions]


both = pytest.mark.parametrize("transport", ["thread", "grpc"])


@both
def test_reference_counting_alone_frees_the_worker_task(transport: str) -> None:
    assert run(ask(transport, sever, file_task, cleared)) == [True]


@both
def test_a_finished_session_does_not_pin_its_worker_task(transport: str) -> None:
    found = run(ask(transport, sever, file_session, cleared, kept_session_has_its_task))
    assert found == [True, False]


@both
def test_a_task_that_is_kept_takes_a_collection(transport: str) -> None:
    assert run(ask(transport, keep, file_task, cleared, collected)) == [False, True]


@both
def test_a_session_that_keeps_its_task_pins_it(transport: str) -> None:
    found = run(ask(transport, keep, file_session, cleared, collected, kept_session_has_its_task))
    assert found == [False, False, True]


@both
def test_a_pinned_task_survives_collection(transport: str) -> None:
    found = run(ask(transport, pin, file_task, cleared, collected, pinned_session_has_its_task))
    assert found == [False, False, True]

"""The two tests that the project grew out of, without a private name, and their failing twins."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from tests.runtime.running import run
from unknot.runtime import (
    DispatchSession,
    Release,
    Worker,
    current_session,
    keep,
    pin,
    pinned,
    sever,
)

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


@pytest.fixture(autouse=True)
def _collector_off() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    tasks.clear()
    pinned.clear()


async def cleared() -> bool:
    """Whether the task is gone, within a bounded wait: the worker is a little later than we."""
    pause = 0.0005
    while tasks[-1]() is not None and pause < 0.2:
        await asyncio.sleep(pause)
        pause *= 2
    return tasks[-1]() is None


async def dispatch_and_drop(release: Release) -> bool:
    async with Worker(release=release) as worker:
        await worker.dispatch(file_task)
        return await cleared()


async def dispatch_and_keep(release: Release) -> tuple[DispatchSession, bool]:
    async with Worker(release=release) as worker:
        await worker.dispatch(file_session)
        return sessions.pop(), await cleared()


def test_reference_counting_alone_frees_the_worker_task() -> None:
    assert run(dispatch_and_drop(sever))


def test_a_finished_session_does_not_pin_its_worker_task() -> None:
    session, gone = run(dispatch_and_keep(sever))
    assert gone
    assert session.worker_task is None


def test_a_task_that_is_kept_takes_a_collection() -> None:
    assert not run(dispatch_and_drop(keep))
    gc.collect()
    assert tasks[-1]() is None


def test_a_session_that_keeps_its_task_pins_it() -> None:
    session, gone = run(dispatch_and_keep(keep))
    assert not gone
    gc.collect()
    assert tasks[-1]() is session.worker_task is not None


def test_a_pinned_task_survives_collection() -> None:
    assert not run(dispatch_and_drop(pin))
    gc.collect()
    assert tasks[-1]() is pinned[-1].worker_task is not None

"""What every ending leaves behind, under each release policy. Counts are exact."""

import asyncio
from collections.abc import Iterator
from contextvars import copy_context
from functools import partial
from typing import ClassVar

import pytest

from tests.runtime import routines
from tests.runtime.endings import ENDINGS, Ending
from tests.runtime.leftovers import Leftovers, leftovers
from tests.runtime.running import run
from unknot.runtime import DispatchSession, Release, Worker, keep, pin, pinned, sever

SPECIMENS = ("Task", "Context", "DispatchSession")
every_ending = pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)


class Counted:
    """A policy that counts its calls, so that a test knows when the last driver is done."""

    def __init__(self, policy: Release) -> None:
        self.policy = policy
        self.calls = 0

    def __call__(self, session: DispatchSession) -> None:
        self.policy(session)
        self.calls += 1


class Barrier:
    """`passed` returns when a worker's loop has done all that was scheduled there.

    Until the loop has, a callback that ended holds its context, for as long as a loaded machine
    does not let the worker's thread run. The barrier itself makes no context.
    """

    loops: ClassVar[list[asyncio.AbstractEventLoop]] = []  # routines are reached by name

    def __init__(self) -> None:
        self._here = asyncio.get_running_loop()
        self._there = self.loops.pop()
        self._contexts = copy_context(), copy_context()  # one is not entered in two threads

    async def passed(self) -> None:
        for _ in range(3):  # what is scheduled may schedule in its turn
            done = self._here.create_future()
            self._there.call_soon_threadsafe(self._answer, done, context=self._contexts[0])
            await done

    def _answer(self, done: "asyncio.Future[None]") -> None:
        self._here.call_soon_threadsafe(done.set_result, None, context=self._contexts[1])


async def find_loop() -> None:
    Barrier.loops.append(asyncio.get_running_loop())


async def run_to_the_end(
    ending: Ending, worker: Worker, release: Counted, barrier: Barrier
) -> None:
    expected = release.calls + ending.drivers
    await ending.run(worker)
    while release.calls < expected:  # noqa: ASYNC110 (it counts across threads)
        await asyncio.sleep(0)
    await barrier.passed()


async def measure(ending: Ending, policy: Release, ops: int, at_most: int) -> Leftovers:
    release = Counted(policy)
    async with Worker(release=release) as worker:
        await worker.dispatch(find_loop)
        barrier = Barrier()
        await barrier.passed()
        return await leftovers(
            partial(run_to_the_end, ending, worker, release, barrier), ops, at_most=at_most
        )


@pytest.fixture
def kept() -> Iterator[None]:
    routines.keeping.set()
    yield
    routines.keeping.clear()
    routines.kept.clear()


@pytest.fixture
def _unpin() -> Iterator[None]:
    yield
    pinned.clear()


@every_ending
def test_a_severed_dispatch_leaves_nothing_to_the_collector(ending: Ending) -> None:
    found = run(measure(ending, sever, ops=20, at_most=30))
    assert not any(found.cyclic)
    assert not found.leaked_per_op
    assert not found.blocks_per_op


@every_ending
@pytest.mark.usefixtures("kept")
def test_a_severed_dispatch_leaves_nothing_while_its_session_is_kept(ending: Ending) -> None:
    found = run(measure(ending, sever, ops=10, at_most=2))
    assert not any(found.cyclic)
    # The sessions are there, and nothing of the worker's is with them.
    assert found.leaked_per_op.get("DispatchSession", 0) == ending.routines
    assert not found.leaked_per_op.keys() & {
        "Call",
        "Context",
        "Future",
        "Task",
        "coroutine",
        "frame",
    }
    assert all(session.worker_task is None for session in routines.kept)


@every_ending
def test_a_kept_task_is_garbage_in_a_cycle(ending: Ending) -> None:
    """The clean test's leaking twin: it can fail, and on every ending that starts a driver."""
    found = run(measure(ending, keep, ops=10, at_most=2))
    assert not found.leaked_per_op
    for window in found.cyclic:
        assert {name: window[name] for name in SPECIMENS} == dict.fromkeys(
            SPECIMENS, ending.drivers * found.ops
        )


@every_ending
@pytest.mark.usefixtures("_unpin")
def test_a_pinned_session_is_a_leak_and_no_garbage(ending: Ending) -> None:
    found = run(measure(ending, pin, ops=10, at_most=2))
    assert not any(found.cyclic)
    for window in found.survived:
        assert {name: window[name] for name in SPECIMENS} == dict.fromkeys(
            SPECIMENS, ending.drivers * found.ops
        )

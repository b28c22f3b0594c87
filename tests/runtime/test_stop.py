"""Starting and stopping a worker."""

import asyncio
import threading
from typing import Any

import pytest

from tests.runtime import routines
from tests.runtime.routines import until_running
from tests.runtime.running import run
from unknot.runtime import (
    Call,
    GraceExpired,
    Worker,
    WorkerAlreadyStarted,
    WorkerDied,
    WorkerNotStarted,
    WorkerStopped,
    WorkerStuck,
    frames,
    sever,
)
from unknot.runtime.admission import Admission
from unknot.runtime.thread import ThreadLink


def started() -> Worker:
    worker = Worker()
    worker.start()
    return worker


async def outcome(awaitable: Any) -> object:
    try:
        return await awaitable
    except Exception as error:
        return type(error)


def test_a_worker_that_was_not_started_takes_nothing() -> None:
    async def main() -> None:
        worker = Worker(name="bee")
        with pytest.raises(WorkerNotStarted, match="'bee'"):
            await worker.dispatch(routines.echo)
        with pytest.raises(WorkerNotStarted):
            worker.stream(routines.count)
        with pytest.raises(WorkerNotStarted):
            await worker.stop()

    run(main())


def test_a_worker_starts_once() -> None:
    async def main() -> None:
        async with Worker() as worker:
            with pytest.raises(WorkerAlreadyStarted):
                worker.start()
        with pytest.raises(WorkerAlreadyStarted):
            worker.start()

    run(main())


def test_a_stopped_worker_takes_nothing_and_has_no_thread() -> None:
    async def main() -> None:
        async with Worker(name="bee") as worker:
            session = worker.session(routines.echo)
            stream = worker.stream(routines.count)
        assert "bee" not in {thread.name for thread in threading.enumerate()}
        with pytest.raises(WorkerStopped, match="'bee'"):
            await worker.dispatch(routines.echo)
        with pytest.raises(WorkerStopped):
            await anext(stream)
        async with session:
            await anext(session)
            assert session.completion.done()
        await worker.stop()  # again does no harm

    run(main())


def test_stop_waits_for_what_is_in_flight_and_in_line() -> None:
    async def main() -> None:
        worker = Worker(limit=1)
        worker.start()
        first = asyncio.ensure_future(worker.dispatch(routines.pass_gate, 1))
        await until_running()
        second = asyncio.ensure_future(worker.dispatch(routines.echo, 2))
        await asyncio.sleep(0)
        stopping = asyncio.ensure_future(worker.stop())
        await asyncio.sleep(0)
        assert await outcome(worker.dispatch(routines.echo)) is WorkerStopped
        routines.gate.open()
        await stopping
        assert (await first, await second) == (1, 2)

    run(main())


def test_what_outlives_the_grace_period_is_cancelled_and_its_callers_told() -> None:
    async def main() -> None:
        worker = started()
        stream = worker.stream(routines.count)
        await anext(stream)
        calls = [asyncio.ensure_future(outcome(worker.dispatch(routines.hang))) for _ in range(3)]
        for _ in calls:
            await until_running()
        caught = asyncio.ensure_future(outcome(worker.dispatch(routines.hang_and_return)))
        await until_running()
        await worker.stop(grace=0.01)
        assert [await call for call in calls] == [GraceExpired] * 3
        assert await caught == "caught"
        assert await outcome(anext(stream)) is GraceExpired

    run(main())


def test_a_routine_that_refuses_to_end_does_not_hold_stop_up() -> None:
    async def main() -> None:
        worker = started()
        caller = asyncio.ensure_future(outcome(worker.dispatch(routines.refuse_to_end)))
        await until_running()
        with pytest.raises(WorkerStuck, match="dispatch:"):
            await worker.stop(grace=0, patience=0.01)
        assert await caller is GraceExpired
        routines.gate.open()
        await worker.stop()

    run(main())


def test_a_routine_that_blocks_the_thread_does_not_hold_stop_up() -> None:
    async def main() -> None:
        worker = started()
        caller = asyncio.ensure_future(outcome(worker.dispatch(routines.block)))
        await until_running()
        with pytest.raises(WorkerStuck, match="dispatch:"):
            await worker.stop(grace=0.01, patience=0.01)
        assert await caller is GraceExpired
        routines.unblock.set()
        await worker.stop()

    run(main())


def test_tasks_that_a_routine_left_behind_are_cancelled() -> None:
    async def main() -> None:
        async with Worker() as worker:
            await worker.dispatch(leave_a_task)
            await until_running()

    run(main())
    assert left.pop().cancelled()


left: list["asyncio.Task[None]"] = []


async def leave_a_task() -> None:
    left.append(asyncio.create_task(routines.wait_for_ever()))


def test_several_may_stop_a_worker_from_several_loops() -> None:
    async def main() -> None:
        worker = started()
        await asyncio.gather(
            worker.stop(), worker.stop(), *(asyncio.to_thread(run, worker.stop()) for _ in range(3))
        )

    run(main())


def test_a_worker_cannot_be_stopped_from_within() -> None:
    async def main() -> None:
        async with Worker() as worker:
            routines.workers["within"] = worker
            with pytest.raises(RuntimeError, match="from a routine that it runs"):
                await worker.dispatch(stop_within)

    run(main())
    routines.workers.clear()


async def stop_within() -> None:
    await routines.workers["within"].stop()


def test_dispatches_that_race_with_stop_are_all_answered() -> None:
    """Either served or refused; none waits for a loop that is gone."""

    async def call(worker: Worker) -> object:
        return await outcome(worker.dispatch(routines.echo, "served"))

    async def many(worker: Worker) -> list[object]:
        return [await call(worker) for _ in range(30)]

    async def main() -> None:
        for _ in range(20):
            worker = started()
            callers = [asyncio.to_thread(run, many(worker)) for _ in range(2)]
            running = asyncio.gather(*callers, many(worker))
            await worker.dispatch(routines.echo)
            await worker.stop()
            assert {answer for each in await running for answer in each} <= {
                "served",
                WorkerStopped,
            }

    run(main())


def test_a_dispatch_that_got_lost_between_the_loops_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Handed over in the instant in which the loop runs for the last time."""

    async def main() -> None:
        link = ThreadLink("lossy", Admission(1, None), sever)
        with monkeypatch.context() as patch:
            patch.setattr(link.loop, "call_soon_threadsafe", lose)
            async with Call(first, link) as call:
                reply = asyncio.ensure_future(anext(call))
                await asyncio.sleep(0)
                patch.undo()
                link.loop.call_soon(link.loop.stop)
                await asyncio.to_thread(link.serve)
                with pytest.raises(WorkerDied):
                    frames.open_reply(await reply)

    first = frames.call(frames.COROUTINE, routines.echo, (), {})
    run(main())


def lose(*args: object, **kwargs: object) -> None:
    pass


def test_a_block_that_is_left_by_an_exception_stops_its_worker() -> None:
    async def main() -> None:
        with pytest.raises(KeyError):
            async with Worker(name="bee"):
                raise KeyError

    run(main())
    assert "bee" not in {thread.name for thread in threading.enumerate()}


def test_a_worker_that_is_dropped_running_warns_and_ends() -> None:
    workers = [Worker(name="dropped")]
    workers[0].start()
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "dropped")
    with pytest.warns(ResourceWarning, match="'dropped' was not stopped"):
        workers.clear()
    thread.join(60)
    assert not thread.is_alive()


async def stop_the_loop() -> None:
    asyncio.get_running_loop().stop()
    await asyncio.get_running_loop().create_future()


def test_a_loop_that_a_routine_stops_is_not_a_cancellation_by_the_caller() -> None:
    async def main() -> None:
        worker = started()
        with pytest.raises(WorkerDied, match="ended by itself"):
            await worker.dispatch(stop_the_loop)
        with pytest.raises(WorkerDied):
            await worker.dispatch(routines.echo, 1)
        await worker.stop()

    run(main())

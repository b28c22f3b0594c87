"""Worker processes: the same dispatches, in another process, and whatever may become of it."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncGenerator, Awaitable, Iterator
from pathlib import Path
from typing import Any, Never

import psutil
import pytest

from bench.workloads.bundled import Beginnings, Refused, count_and_hang, never, refuse, teller
from tests.runtime import routines
from tests.runtime.running import cancelled, run
from unknot.runtime import (
    Call,
    FrameTooLarge,
    GraceExpired,
    Overloaded,
    Rejected,
    UnpicklableArguments,
    UnpicklableResult,
    WorkerAlreadyStarted,
    WorkerDied,
    WorkerHung,
    WorkerNotStarted,
    WorkerStopped,
    WrongRoutine,
    frames,
)
from unknot.runtime.remote import WorkerProcess


async def outcome(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except Exception as error:
        return type(error)


async def pid() -> int:
    return os.getpid()


async def closings() -> list[str]:
    return routines.closed


async def wait_until_closed(name: str) -> None:
    while name not in routines.closed:  # noqa: ASYNC110 (a list tells nobody)
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No process, no socket and no file outlives a test."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before
    assert list(tmp_path.iterdir()) == []


# -- values, exceptions, streams ---------------------------------------------------------------


def test_a_routine_runs_in_a_process_of_its_own() -> None:
    async def main() -> None:
        async with WorkerProcess() as worker:
            assert await worker.dispatch(pid) == worker.pid != os.getpid()
            assert await worker.dispatch(routines.add, 1, right=2) == 3

    run(main())


def test_a_process_is_started_anew_and_inherits_nothing() -> None:
    async def main() -> list[str]:
        async with WorkerProcess() as worker:
            return await worker.dispatch(closings)

    routines.closed.append("here alone")
    try:
        assert run(main()) == []
    finally:
        routines.closed.clear()


def test_what_nobody_can_import_is_sent_by_value() -> None:
    factor = 3

    async def times(number: int) -> int:
        return number * factor

    async def main() -> int:
        async with WorkerProcess() as worker:
            return await worker.dispatch(times, 14)

    assert run(main()) == 42


def test_exceptions_keep_their_type_and_show_where_they_were_raised() -> None:
    async def main() -> None:
        async with WorkerProcess() as worker:
            with pytest.raises(routines.Oops, match="hello") as caught:
                await worker.dispatch(routines.boom, "hello")
            assert "in boom" in str(caught.value.__cause__)
            with pytest.raises(SystemExit):
                await worker.dispatch(routines.raise_this, SystemExit(3))
            assert await outcome(worker.dispatch(routines.raise_by_name, "wordless")) is SyntaxError
            assert await worker.dispatch(routines.echo, "alive") == "alive"

    run(main())


def test_what_does_not_survive_pickling_is_said_as_with_a_thread() -> None:
    async def main() -> None:
        async with WorkerProcess() as worker:
            with pytest.raises(UnpicklableArguments):
                await worker.dispatch(routines.echo, routines.Unpicklable())
            with pytest.raises(UnpicklableResult):
                await worker.dispatch(routines.return_by_name, "unpicklable")
            with pytest.raises(Rejected, match="cannot be read back"):
                await worker.dispatch(routines.echo, routines.Unreadable())
            with pytest.raises(WrongRoutine):
                await worker.dispatch(routines.count)  # type: ignore[arg-type]

    run(main())


def test_a_stream_is_a_conversation_with_a_generator() -> None:
    async def main() -> None:
        async with WorkerProcess() as worker:
            assert [value async for value in worker.stream(routines.count, 5)] == [0, 1, 2, 3, 4]
            async with worker.stream(routines.echo_stream) as stream:
                assert await anext(stream) == "first"
                assert await stream.asend("second") == "second"
                assert await stream.athrow(routines.Oops("it")) == "caught it"
            with pytest.raises(routines.Oops):
                async for _ in worker.stream(routines.count_then_boom):
                    pass

    run(main())


def test_an_abandoned_stream_is_closed_over_there() -> None:
    async def main() -> None:
        async with WorkerProcess() as worker:
            async for _ in worker.stream(routines.note_closing, "abandoned"):
                break
            await worker.dispatch(wait_until_closed, "abandoned")

    run(main())


def test_cancelling_the_caller_cancels_the_routine() -> None:
    async def main() -> None:
        async with WorkerProcess() as worker:
            with Beginnings() as begun:
                for routine in (
                    worker.dispatch(never, begun.address, number := begun.expect()),
                    drain(worker, begun.address, number),
                ):
                    task = asyncio.ensure_future(routine)
                    await begun.wait(number)
                    await cancelled(task)
                    number = begun.expect()
                    await outcome(asyncio.sleep(0))
            assert worker.in_flight == 0

    async def drain(worker: WorkerProcess, address: str, number: int) -> None:
        async for _ in worker.stream(count_and_hang, address, number + 1):
            pass

    run(main())


def test_a_limit_and_its_hook_work_over_there() -> None:
    async def main() -> None:
        async with WorkerProcess(limit=1, backpressure=refuse_all) as worker:
            with Beginnings() as begun:
                number = begun.expect()
                first = asyncio.ensure_future(worker.dispatch(never, begun.address, number))
                await begun.wait(number)
                assert await outcome(worker.dispatch(routines.echo)) is Overloaded
                await cancelled(first)

    run(main())


def refuse_all(pressure: object) -> bool:
    return False


# -- flow --------------------------------------------------------------------------------------


def test_a_large_argument_does_not_stall_the_others() -> None:
    async def main() -> None:
        async with WorkerProcess() as worker:
            large = b"x" * 64_000_000
            call = asyncio.ensure_future(worker.dispatch(routines.echo, large))
            while not worker.in_flight:  # noqa: ASYNC110 (until it is under way)
                await asyncio.sleep(0)
            for number in range(20):
                assert await worker.dispatch(routines.echo, number) == number
            assert not call.done()
            assert await call == large

    run(main(), within=60)


def test_what_is_larger_than_the_bound_is_an_error_of_its_dispatch_alone() -> None:
    async def main() -> None:
        async with WorkerProcess(largest=100_000) as worker:
            with pytest.raises(FrameTooLarge):
                await worker.dispatch(routines.echo, bytes(100_001))
            with pytest.raises(FrameTooLarge):
                await worker.dispatch(make_bytes, 100_001)
            async with worker.stream(routines.echo_stream) as stream:
                await anext(stream)
                with pytest.raises(FrameTooLarge):
                    await stream.asend(bytes(100_001))
            assert await worker.dispatch(make_bytes, 1000) == bytes(1000)

    run(main())


async def make_bytes(size: int) -> bytes:
    return bytes(size)


steps = 0


async def count_steps() -> AsyncGenerator[int, None]:
    global steps
    while True:
        steps += 1
        yield steps


async def steps_so_far() -> int:
    return steps


def test_a_generator_gets_no_further_than_a_window_ahead_of_its_reader() -> None:
    async def main() -> None:
        async with WorkerProcess() as worker, worker.session(count_steps) as call:
            for _ in range(10 * frames.WINDOW):
                call.send(frames.NEXT)
            assert frames.open_reply(await anext(call)) == 1
            await worker.dispatch(routines.echo)  # by when it has gone as far as it can
            assert await worker.dispatch(steps_so_far) <= frames.WINDOW + 1
            for expected in range(2, 10 * frames.WINDOW + 1):
                assert frames.open_reply(await anext(call)) == expected

    run(main())


# -- ends --------------------------------------------------------------------------------------


def test_a_killed_worker_gives_every_dispatch_in_flight_one_outcome() -> None:
    async def main() -> None:
        async with WorkerProcess(name="bee") as worker:
            with Beginnings() as begun:
                numbers = [begun.expect() for _ in range(20)]
                calls = [
                    asyncio.ensure_future(outcome(worker.dispatch(never, begun.address, number)))
                    for number in numbers
                ]
                for number in numbers:
                    await begun.wait(number)
            stream = worker.stream(routines.count)
            await anext(stream)
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            assert await asyncio.gather(*calls) == [WorkerDied] * 20
            with pytest.raises(WorkerDied, match=r"'bee' \(process \d+\) ended, killed by SIGKILL"):
                await anext(stream)
            with pytest.raises(WorkerDied):
                await worker.dispatch(routines.echo)

    run(main())


def test_a_worker_that_exits_says_with_which_status() -> None:
    async def main() -> None:
        async with WorkerProcess() as worker:
            with pytest.raises(WorkerDied, match="exit status 7"):
                await worker.dispatch(exit_now, 7)

    run(main())


async def exit_now(status: int) -> Never:
    os._exit(status)


def test_a_worker_that_stands_still_is_killed_and_its_callers_told() -> None:
    async def main() -> None:
        async with WorkerProcess(hang_after=0.5) as worker:
            calls = [outcome(worker.dispatch(sleep_blocking, 60)), outcome(worker.dispatch(pid))]
            began = time.monotonic()
            assert (await asyncio.gather(*calls))[0] is WorkerHung
            assert time.monotonic() - began < 40
            with pytest.raises(WorkerHung):
                await worker.dispatch(routines.echo)

    run(main())


def test_a_worker_that_takes_its_time_and_turns_is_not_taken_to_hang() -> None:
    async def main() -> None:
        async with WorkerProcess(hang_after=0.5) as worker:
            await worker.dispatch(asyncio.sleep, 1.5)
            await asyncio.sleep(1)
            assert await worker.dispatch(routines.echo, 1) == 1

    run(main())


async def tell_and_block(address: str, number: int) -> None:
    teller().sendto(number.to_bytes(8), address)
    await sleep_blocking(60)


async def sleep_blocking(seconds: float) -> None:
    time.sleep(seconds)  # noqa: ASYNC251 (it is what the test is about)


def test_stop_waits_and_then_cancels_and_then_kills() -> None:
    async def main() -> None:
        worker = WorkerProcess()
        await worker.start()
        with Beginnings() as begun:
            number = begun.expect()
            calls = [
                asyncio.ensure_future(outcome(worker.dispatch(never, begun.address, number))),
                asyncio.ensure_future(outcome(worker.dispatch(asyncio.sleep, 0.2, "slept"))),
            ]
            await begun.wait(number)
        stopping = asyncio.ensure_future(worker.stop(grace=2.0))
        await asyncio.sleep(0)
        assert await outcome(worker.dispatch(routines.echo)) is WorkerStopped
        await stopping
        assert await asyncio.gather(*calls) == [GraceExpired, "slept"]
        stubborn = WorkerProcess()
        await stubborn.start()
        with Beginnings() as begun:
            number = begun.expect()
            call = asyncio.ensure_future(
                outcome(stubborn.dispatch(tell_and_block, begun.address, number))
            )
            await begun.wait(number)
        await stubborn.stop(grace=0, patience=0.2)
        assert await call is GraceExpired

    run(main())


def test_a_worker_starts_once_and_takes_nothing_before() -> None:
    async def main() -> None:
        worker = WorkerProcess()
        with pytest.raises(WorkerNotStarted):
            await worker.dispatch(routines.echo)
        with pytest.raises(WorkerNotStarted):
            await worker.stop()
        async with worker:
            with pytest.raises(WorkerAlreadyStarted):
                await worker.start()
            assert await worker.dispatch(routines.echo, 1) == 1
        await worker.stop()
        with pytest.raises(WorkerStopped):
            await worker.dispatch(routines.echo)

    run(main())


def test_a_worker_belongs_to_the_loop_that_started_it() -> None:
    async def elsewhere(worker: WorkerProcess) -> Any:
        return await outcome(worker.dispatch(routines.echo))

    async def main() -> None:
        async with WorkerProcess() as worker:
            assert await asyncio.to_thread(asyncio.run, elsewhere(worker)) is RuntimeError
            assert await worker.dispatch(routines.echo, "still") == "still"

    run(main())


def test_a_worker_that_is_dropped_running_warns_and_ends() -> None:
    async def main() -> None:
        workers = [WorkerProcess(name="dropped")]
        await workers[0].start()
        with pytest.warns(ResourceWarning, match="'dropped' was not stopped"):
            workers.clear()
        await asyncio.sleep(0.1)

    run(main())


def test_a_call_that_is_settled_twice_has_its_first_outcome() -> None:
    async def main() -> None:
        async with WorkerProcess() as worker, worker.session(refuse) as call:
            assert isinstance(call, Call)
            with contextlib.suppress(Refused):
                frames.open_reply(await anext(call))
            call.deliver(frames.value("second"), True)
            assert [reply async for reply in call] == []

    run(main())


def test_a_bound_that_is_not_positive_is_an_error() -> None:
    with pytest.raises(ValueError, match="hang_after"):
        WorkerProcess(hang_after=0)

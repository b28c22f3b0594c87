"""A pool of worker processes: where dispatches go, and what becomes of them when workers die."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.workloads.bundled import Beginnings, never
from tests.runtime import routines
from tests.runtime.running import cancelled, run
from tests.runtime.test_process import exit_now, pid, sleep_blocking
from unknot.runtime import (
    GraceExpired,
    Overloaded,
    Pressure,
    WorkerDied,
    WorkerHung,
    WorkerNotStarted,
    WorkerRefused,
    WorkerStopped,
)
from unknot.runtime.remote import WorkerPool, WorkerProcess


async def outcome(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except Exception as error:
        return type(error)


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before
    assert list(tmp_path.iterdir()) == []


async def occupy(pool: WorkerPool, begun: Beginnings, count: int) -> list["asyncio.Task[Any]"]:
    """So many dispatches that run until they are cancelled."""
    numbers = [begun.expect() for _ in range(count)]
    tasks = [
        asyncio.ensure_future(outcome(pool.dispatch(never, begun.address, number)))
        for number in numbers
    ]
    for number in numbers:
        await begun.wait(number)
    return tasks


async def pid_after(seconds: float) -> int:
    await asyncio.sleep(seconds)
    return os.getpid()


def test_dispatches_go_where_the_fewest_are() -> None:
    async def main() -> None:
        async with WorkerPool(2) as pool:
            first, second = pool.pids
            several = [pool.dispatch(pid_after, 0.3) for _ in range(10)]
            found = await asyncio.gather(*several)
            assert sorted(found) == sorted([first, second] * 5)
            long = asyncio.ensure_future(pool.dispatch(pid_after, 1.5))
            await asyncio.sleep(0)
            others = {await pool.dispatch(pid) for _ in range(10)}
            assert len(others) == 1
            assert await long not in others
            assert [value async for value in pool.stream(routines.count)] == [0, 1, 2]

    run(main())


def test_what_has_no_room_waits_in_order_and_the_rest_is_refused() -> None:
    async def main() -> None:
        async with WorkerPool(1, limit=1, queue=2) as pool:
            with Beginnings() as begun:
                (busy,) = await occupy(pool, begun, 1)
                waiting = [asyncio.ensure_future(pool.dispatch(routines.echo, n)) for n in (1, 2)]
                await asyncio.sleep(0)
                with pytest.raises(Overloaded, match="1 in flight of 1, 2 waiting"):
                    await pool.dispatch(routines.echo, 3)
                await cancelled(waiting[0])
                waiting.append(asyncio.ensure_future(pool.dispatch(routines.echo, 4)))
                await asyncio.sleep(0)
                await cancelled(busy)
                assert [await call for call in waiting[1:]] == [2, 4]
            assert pool.in_flight == 0

    run(main())


def test_the_hook_is_asked_before_one_more_waits() -> None:
    seen: list[Pressure] = []

    def hook(pressure: Pressure) -> bool:
        seen.append(pressure)
        return pressure.waiting < 1

    async def main() -> None:
        async with WorkerPool(1, limit=1, backpressure=hook) as pool:
            with Beginnings() as begun:
                (busy,) = await occupy(pool, begun, 1)
                waiting = asyncio.ensure_future(pool.dispatch(routines.echo, 1))
                await asyncio.sleep(0)
                assert await outcome(pool.dispatch(routines.echo)) is Overloaded
                await cancelled(busy)
                assert await waiting == 1

    run(main())
    assert seen == [Pressure(1, 0, 1), Pressure(1, 1, 1)]


def test_a_worker_that_dies_takes_its_own_dispatches_with_it_and_is_replaced() -> None:
    async def main() -> None:
        async with WorkerPool(2) as pool:
            with Beginnings() as begun:
                tasks = await occupy(pool, begun, 6)
                victim, survivor = pool.pids
                os.kill(victim, signal.SIGKILL)
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.sleep(0.1)
                outcomes = [task.result() for task in tasks if task.done()]
                assert outcomes == [WorkerDied] * 3
                while len(pool.pids) < 2:  # noqa: ASYNC110 (until it is replaced)
                    await asyncio.sleep(0.01)
                assert survivor in pool.pids
                assert victim not in pool.pids
                assert {await pool.dispatch(pid) for _ in range(4)} <= set(pool.pids)
                for task in tasks:
                    if not task.done():
                        await cancelled(task)

    run(main())


def test_a_worker_that_dies_before_it_has_its_seat_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = WorkerProcess.start
    starts: list[int | None] = []

    async def start_and_die(worker: WorkerProcess) -> None:
        await started(worker)
        starts.append(worker.pid)
        if len(starts) == 1:
            worker.kill()
            await worker.until_lost()

    async def main() -> None:
        monkeypatch.setattr(WorkerProcess, "start", start_and_die)
        async with WorkerPool(1) as pool:
            assert await pool.dispatch(pid) == starts[1]

    run(main())


def test_nothing_is_tried_again_unless_its_caller_says_so(tmp_path: Path) -> None:
    async def main() -> None:
        async with WorkerPool(2) as pool:
            with pytest.raises(WorkerDied, match="exit status 9"):
                await pool.dispatch(exit_now, 9)
            note = tmp_path / "tries"
            note.touch()
            assert await pool.again(2).dispatch(exit_twice, str(note)) == 3
            note.write_text("")
            assert await outcome(pool.again(1).dispatch(exit_twice, str(note))) is WorkerDied
            stream = pool.again(5).stream(yield_and_exit)
            assert await anext(stream) == 1
            assert await outcome(anext(stream)) is WorkerDied
            note.unlink()

    run(main(), within=60)


async def exit_twice(note: str) -> int:
    if count_in_file(Path(note)) < 3:
        os._exit(1)
    return 3


def count_in_file(note: Path) -> int:
    note.write_text(note.read_text() + ".")
    return len(note.read_text())


async def yield_and_exit() -> Any:
    yield 1
    os._exit(1)


def test_a_worker_that_stands_still_is_replaced() -> None:
    async def main() -> None:
        async with WorkerPool(1, hang_after=0.5) as pool:
            assert await outcome(pool.dispatch(sleep_blocking, 60)) is WorkerHung
            assert await pool.dispatch(routines.echo, "by another") == "by another"

    run(main())


def test_stop_ends_what_runs_and_what_waits() -> None:
    async def main() -> None:
        pool = WorkerPool(1, limit=1)
        with pytest.raises(WorkerNotStarted):
            await pool.dispatch(routines.echo)
        await pool.start()
        with Beginnings() as begun:
            (busy,) = await occupy(pool, begun, 1)
        waiting = asyncio.ensure_future(outcome(pool.dispatch(routines.echo)))
        await asyncio.sleep(0)
        stopping = asyncio.ensure_future(pool.stop(grace=0.1))
        await asyncio.sleep(0)
        assert await outcome(pool.dispatch(routines.echo)) is WorkerStopped
        await stopping
        assert (await busy, await waiting) == (GraceExpired, GraceExpired)

    run(main())


def test_workers_that_do_not_start_are_an_error_of_the_pools(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        monkeypatch.setattr(sys, "executable", "/bin/false")
        with pytest.raises(WorkerRefused, match="exit status 1"):
            async with WorkerPool(2):
                pass

    run(main())


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"size": 0}, "size"),
        ({"size": 1, "limit": 0}, "limit"),
        ({"size": 1, "queue": -1}, "queue"),
    ],
)
def test_a_pool_of_nothing_is_an_error(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        WorkerPool(**arguments)


@pytest.mark.once
def test_every_dispatch_has_one_outcome_while_workers_are_killed() -> None:
    """`bench.soak`, which goes to 100,000, in little."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.soak", "-n", "6000", "--kill-every", "0.3"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "each dispatch had one outcome, nothing is left" in done.stdout

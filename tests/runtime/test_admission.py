"""Bounded admission: the limit, the line, and the hook."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.runtime import routines
from tests.runtime.routines import Oops, until_running
from tests.runtime.running import cancelled, run
from unknot.runtime import Overloaded, Pressure, Worker
from unknot.runtime.admission import Admission

order: list[int] = []
together: list[int] = []
peak: list[int] = []


@pytest.fixture(autouse=True)
def _fresh_lists() -> None:
    order.clear()
    together.clear()
    peak.clear()


async def note(number: int) -> None:
    order.append(number)


async def be_together() -> None:
    together.append(1)
    peak.append(len(together))
    for _ in range(3):
        await asyncio.sleep(0)
    together.pop()


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


class Hook:
    """Records what it is shown, and answers the same each time."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.seen: list[Pressure] = []
        self.threads: set[str] = set()

    def __call__(self, pressure: Pressure) -> bool:
        self.seen.append(pressure)
        self.threads.add(threading.current_thread().name)
        return self.answer


def test_a_limit_below_one_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Worker(limit=0)


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_than_the_limit_run_at_once(limit: int) -> None:
    async def main() -> None:
        async with Worker(limit=limit) as worker:
            await asyncio.gather(*(worker.dispatch(be_together) for _ in range(20)))

    run(main())
    assert max(peak) <= limit
    assert len(peak) == 20


@pytest.mark.parametrize("limit", [1, 3])
def test_as_many_as_the_limit_run_at_once(limit: int) -> None:
    async def main() -> None:
        async with Worker(limit=limit) as worker:
            calls = [
                asyncio.ensure_future(worker.dispatch(routines.pass_gate)) for _ in range(limit)
            ]
            for _ in calls:
                await until_running()
            routines.gate.open()
            await asyncio.gather(*calls)

    run(main())


def test_the_limit_holds_for_callers_on_several_loops() -> None:
    async def several(worker: Worker) -> None:
        await asyncio.gather(*(worker.dispatch(be_together) for _ in range(10)))

    async def main() -> None:
        async with Worker(limit=2) as worker:
            with ThreadPoolExecutor(3) as pool:
                loop = asyncio.get_running_loop()
                calls = [loop.run_in_executor(pool, asyncio.run, several(worker)) for _ in range(3)]
                await asyncio.gather(*calls)

    run(main())
    assert max(peak) <= 2
    assert len(peak) == 30


def test_the_line_is_first_in_first_out() -> None:
    async def main() -> None:
        async with Worker(limit=1) as worker:
            first = asyncio.ensure_future(worker.dispatch(routines.pass_gate))
            await until_running()
            rest = [asyncio.ensure_future(worker.dispatch(note, number)) for number in range(10)]
            await turns()
            routines.gate.open()
            await asyncio.gather(first, *rest)

    run(main())
    assert order == list(range(10))


def test_those_who_leave_the_line_take_no_slot_with_them() -> None:
    async def main() -> None:
        async with Worker(limit=1) as worker:
            first = asyncio.ensure_future(worker.dispatch(routines.pass_gate))
            await until_running()
            rest = [asyncio.ensure_future(worker.dispatch(note, number)) for number in range(6)]
            await turns()
            for number in (0, 3, 5):
                await cancelled(rest[number])
            routines.gate.open()
            await asyncio.gather(first, *(rest[number] for number in (1, 2, 4)))
            await worker.dispatch(note, 99)

    run(main())
    assert order == [1, 2, 4, 99]


def test_a_slot_that_comes_together_with_the_cancellation_is_handed_on() -> None:
    async def main() -> None:
        async with Worker(limit=1) as worker:
            for _ in range(50):
                first = asyncio.ensure_future(worker.dispatch(routines.pass_gate))
                await until_running()
                second = asyncio.ensure_future(worker.dispatch(routines.echo))
                third = asyncio.ensure_future(worker.dispatch(routines.echo, 3))
                await turns(2)
                routines.gate.open()
                second.cancel()
                await asyncio.wait((second,))
                assert await third == 3
                await first

    run(main())


def test_a_slot_granted_to_one_who_is_cancelled_in_the_same_turn_goes_on() -> None:
    async def main() -> None:
        admission = Admission(1, None)
        assert admission.take()
        waiters = [asyncio.ensure_future(admission.wait()) for _ in range(2)]
        await turns(1)
        admission.give_back()
        await cancelled(waiters[0])
        await waiters[1]
        assert admission.pressure == Pressure(1, 0, 1)
        admission.give_back()
        assert admission.pressure == Pressure(0, 0, 1)

    run(main())


def test_the_hook_is_asked_before_a_caller_waits_and_sees_the_pressure() -> None:
    hook = Hook(answer=True)

    async def main() -> None:
        async with Worker(limit=1, backpressure=hook, name="bee") as worker:
            first = asyncio.ensure_future(worker.dispatch(routines.pass_gate))
            await until_running()
            assert not hook.seen
            rest = [asyncio.ensure_future(worker.dispatch(note, number)) for number in range(3)]
            while len(hook.seen) < 3:  # noqa: ASYNC110 (it fills on another thread)
                await asyncio.sleep(0)
            routines.gate.open()
            await asyncio.gather(first, *rest)

    run(main())
    assert hook.seen == [Pressure(1, waiting, 1) for waiting in range(3)]
    assert hook.threads == {"bee"}
    assert order == [0, 1, 2]


def test_a_hook_that_refuses_makes_the_worker_overloaded() -> None:
    async def main() -> None:
        async with Worker(limit=1, backpressure=Hook(answer=False)) as worker:
            first = asyncio.ensure_future(worker.dispatch(routines.pass_gate))
            await until_running()
            with pytest.raises(Overloaded, match="1 in flight of 1, 0 waiting"):
                await worker.dispatch(routines.echo)
            stream = worker.stream(routines.count)
            with pytest.raises(Overloaded):
                await anext(stream)
            routines.gate.open()
            await first
            assert await worker.dispatch(routines.echo, "again") == "again"

    run(main())


def fail(pressure: Pressure) -> bool:
    raise Oops("the hook")


def test_a_hook_that_fails_fails_the_caller() -> None:
    async def main() -> None:
        async with Worker(limit=1, backpressure=fail) as worker:
            first = asyncio.ensure_future(worker.dispatch(routines.pass_gate))
            await until_running()
            with pytest.raises(Oops, match="the hook"):
                await worker.dispatch(routines.echo)
            routines.gate.open()
            await first

    run(main())

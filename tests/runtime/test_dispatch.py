"""Dispatching coroutines: values, exceptions, contexts, cancellation, loops."""

import asyncio
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from functools import partial
from typing import Any

import pytest

from tests.runtime import routines
from tests.runtime.routines import Oops, until_running
from tests.runtime.running import cancelled, run
from unknot.runtime import (
    DispatchSession,
    Rejected,
    RemoteTraceback,
    UnpicklableArguments,
    UnpicklableException,
    UnpicklableResult,
    Worker,
    WrongRoutine,
    frames,
)


async def dispatch(routine: Any, *args: Any, **kwargs: Any) -> Any:
    async with Worker() as worker:
        return await worker.dispatch(routine, *args, **kwargs)


# -- values ------------------------------------------------------------------------------------


def test_a_dispatch_returns_what_the_routine_returns() -> None:
    assert run(dispatch(routines.add, 1, right=2)) == 3


def test_routine_and_arguments_may_be_values_that_nobody_can_import() -> None:
    factor = 3

    async def times(number: int) -> int:
        return number * factor

    assert run(dispatch(times, 14)) == 42


def test_a_partial_of_a_coroutine_function_is_one() -> None:
    assert run(dispatch(partial(routines.add, right=5), 1)) == 6


def test_arguments_and_results_are_copies() -> None:
    given = [1, 2]
    returned = run(dispatch(routines.echo, given))
    assert returned == given
    assert returned is not given


def test_a_routine_runs_on_the_thread_of_its_worker() -> None:
    async def main() -> str:
        async with Worker(name="bee") as worker:
            return await worker.dispatch(thread_name)

    assert run(main()) == "bee"


async def thread_name() -> str:
    return threading.current_thread().name


# -- exceptions --------------------------------------------------------------------------------


def test_a_remote_exception_keeps_its_type_and_shows_the_workers_traceback() -> None:
    with pytest.raises(Oops, match=r"^hello$") as caught:
        run(dispatch(routines.boom, "hello"))
    assert type(caught.value.__cause__) is RemoteTraceback
    shown = "".join(traceback.format_exception(caught.value))
    assert "in boom" in shown
    assert "direct cause" in shown


def test_a_remote_traceback_shows_the_whole_chain() -> None:
    with pytest.raises(Oops) as caught:
        run(dispatch(routines.boom_with_cause))
    assert "invalid literal" in str(caught.value.__cause__)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit("x")])
def test_what_is_no_ordinary_exception_crosses_too(error: BaseException) -> None:
    async def main() -> object:
        async with Worker() as worker:
            with pytest.raises(type(error)) as caught:
                await worker.dispatch(routines.raise_this, error)
            assert caught.value.args == error.args
            return await worker.dispatch(routines.echo, "the worker lives")

    assert run(main()) == "the worker lives"


def test_notes_and_groups_cross() -> None:
    error = ExceptionGroup("several", [Oops("a"), ValueError("b")])
    error.add_note("noted")
    with pytest.raises(ExceptionGroup) as caught:
        run(dispatch(routines.raise_this, error))
    assert [str(each) for each in caught.value.exceptions] == ["a", "b"]
    assert caught.value.__notes__ == ["noted"]


@pytest.mark.parametrize(
    ("name", "text"), [("unpicklable", "UnpicklableError: u"), ("unreadable", "1 is not 2")]
)
def test_an_exception_that_does_not_survive_pickling_is_still_told(name: str, text: str) -> None:
    with pytest.raises(UnpicklableException, match=text) as caught:
        run(dispatch(routines.raise_by_name, name))
    assert "in raise_by_name" in str(caught.value.__cause__)


@pytest.mark.parametrize("name", ["unpicklable", "unreadable"])
def test_a_result_that_does_not_survive_pickling_is_an_error_of_its_own(name: str) -> None:
    with pytest.raises(UnpicklableResult):
        run(dispatch(routines.return_by_name, name))


def test_arguments_that_cannot_be_pickled_are_named() -> None:
    lock = threading.Lock()
    with pytest.raises(UnpicklableArguments, match=r"argument 2 \(lock\) of echo"):
        run(dispatch(routines.echo, 1, lock))
    with pytest.raises(UnpicklableArguments, match=r"argument 'value' \(lock\) of echo"):
        run(dispatch(routines.echo, value=lock))


def test_arguments_that_cannot_be_read_back_are_rejected() -> None:
    with pytest.raises(Rejected, match="cannot be read back") as caught:
        run(dispatch(routines.echo, routines.Unreadable()))
    assert isinstance(caught.value.error, ValueError)
    assert caught.value.error is caught.value.__cause__


@pytest.mark.parametrize("routine", [routines.count, print, routines.echo_stream, len])
def test_only_a_coroutine_function_can_be_dispatched(routine: Callable[..., Any]) -> None:
    with pytest.raises(WrongRoutine, match="is not a coroutine function"):
        run(dispatch(routine))


def test_wrong_arguments_are_a_type_error_of_the_routines() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        run(dispatch(routines.add, 1, colour=2))


# -- contexts ----------------------------------------------------------------------------------


def test_a_routine_runs_in_a_fork_of_its_callers_context() -> None:
    async def main() -> list[str]:
        routines.colour.set("caller's")
        async with Worker() as worker:
            seen = [await worker.dispatch(routines.paint, "routine's") for _ in range(2)]
        return [*seen, routines.colour.get()]

    assert run(main()) == ["caller's"] * 3


def test_a_routine_knows_its_session_and_runs_in_the_task_of_that_name() -> None:
    async def main() -> None:
        async with Worker() as worker, worker.session(routines.session_names) as session:
            assert session.name == f"dispatch:{session.id}"
            names = [reply async for reply in session]
            assert len(names) == 1
            assert await worker.dispatch(routines.session_names) != (session.name, session.name)

    run(main())
    session_name, task_name = run(dispatch(routines.session_names))
    assert session_name == task_name


# -- cancellation ------------------------------------------------------------------------------


def test_cancelling_the_caller_cancels_the_routine_and_waits_for_its_end() -> None:
    async def main() -> None:
        async with Worker() as worker:
            caller = asyncio.ensure_future(worker.dispatch(clean_up))
            await until_running()
            await cancelled(caller)
            assert cleaned == ["up"]

    cleaned.clear()
    run(main())


cleaned: list[str] = []


async def clean_up() -> None:
    try:
        await routines.wait_for_ever()
    finally:
        for _ in range(5):
            await asyncio.sleep(0)
        cleaned.append("up")


def test_a_second_cancellation_goes_through_at_once() -> None:
    async def main() -> None:
        async with Worker() as worker:
            caller = asyncio.ensure_future(worker.dispatch(routines.refuse_to_end))
            await until_running()
            caller.cancel()
            done, _ = await asyncio.wait((caller,), timeout=0.02)
            assert not done
            await cancelled(caller)
            routines.gate.open()

    run(main())


def test_a_time_limit_on_a_dispatch_is_a_time_limit() -> None:
    async def main() -> None:
        async with Worker() as worker:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await worker.dispatch(routines.hang)

    run(main())
    drain_running()


def drain_running() -> None:
    while routines.running.acquire(blocking=False):
        pass


def test_a_routine_that_cancels_itself_cancels_its_caller() -> None:
    with pytest.raises(asyncio.CancelledError):
        run(dispatch(routines.raise_this, asyncio.CancelledError()))


# -- sessions ----------------------------------------------------------------------------------


def test_cancelling_a_session_is_idempotent_and_safe_at_any_time() -> None:
    async def main() -> None:
        async with Worker() as worker:
            async with worker.session(routines.hang_and_return) as session:
                reply = asyncio.ensure_future(anext(session))
                await until_running()
                threads = [threading.Thread(target=session.cancel) for _ in range(4)]
                for thread in threads:
                    thread.start()
                await reply
                assert session.completion.done()
                session.cancel()
                await session.drain()
            session.cancel()
        session.cancel()

    run(main())


async def count_cancellations() -> int:
    count = 0
    passage = asyncio.ensure_future(routines.gate.passage())
    while not passage.done():
        try:
            await asyncio.shield(passage)
        except asyncio.CancelledError:
            count += 1
    return count


def test_however_often_a_session_is_cancelled_its_routine_is_cancelled_once() -> None:
    async def main() -> object:
        async with Worker() as worker, worker.session(count_cancellations) as session:
            reply = asyncio.ensure_future(anext(session))
            await until_running()
            for _ in range(3):
                session.cancel()
                await worker.dispatch(routines.echo)  # by when the cancellation has arrived
            routines.gate.open()
            return frames.open_reply(await reply)

    assert run(main()) == 1


def test_cancelling_one_who_drains_leaves_the_completion_to_the_others() -> None:
    async def main() -> None:
        async with Worker() as worker, worker.session(routines.pass_gate) as session:
            reply = asyncio.ensure_future(anext(session))
            await until_running()
            drains = [asyncio.ensure_future(session.drain()) for _ in range(2)]
            await asyncio.sleep(0)
            await cancelled(drains[0])
            assert not session.completion.done()
            routines.gate.open()
            await drains[1]
            assert frames.open_reply(await reply) is None

    run(main())


def test_a_session_that_was_cancelled_first_runs_nothing() -> None:
    async def main() -> None:
        async with Worker() as worker, worker.session(routines.echo) as session:
            session.cancel()
            assert len([reply async for reply in session]) == 1

    routines.keeping.set()
    run(main())
    routines.keeping.clear()
    assert not routines.kept


def test_a_policy_that_fails_does_not_leave_the_caller_waiting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> object:
        async with Worker(release=fail_to_release) as worker:
            return await worker.dispatch(routines.echo, "answered")

    assert run(main()) == "answered"
    assert "Oops" in caplog.text
    caplog.clear()


def fail_to_release(session: DispatchSession) -> None:
    raise Oops("policy")


# -- loops -------------------------------------------------------------------------------------


def test_a_routine_may_dispatch_to_its_own_worker() -> None:
    async def main() -> int:
        async with Worker() as worker:
            routines.workers["own"] = worker
            return await worker.dispatch(routines.dispatch_again, "own", 5)

    assert run(main()) == 5
    routines.workers.clear()


def test_callers_on_several_loops_share_a_worker() -> None:
    async def call(worker: Worker, base: int) -> list[object]:
        return [await worker.dispatch(routines.echo, base + step) for step in range(20)]

    async def main() -> None:
        async with Worker(limit=2) as worker:
            with ThreadPoolExecutor(4) as pool:
                loop = asyncio.get_running_loop()
                results = await asyncio.gather(
                    *(
                        loop.run_in_executor(pool, asyncio.run, call(worker, base))
                        for base in (0, 100, 200, 300)
                    )
                )
        assert results == [[base + step for step in range(20)] for base in (0, 100, 200, 300)]

    run(main())


def test_a_caller_whose_loop_is_gone_does_not_hold_the_worker_up() -> None:
    async def leave(worker: Worker) -> None:
        coroutine = worker.dispatch(routines.hang)
        coroutine.send(None)
        await until_running()
        coroutine.close()

    async def main() -> object:
        async with Worker() as worker:
            await asyncio.to_thread(asyncio.run, leave(worker))
            return await worker.dispatch(routines.echo, "lives")

    assert run(main()) == "lives"


@pytest.fixture
def wakeups(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[int]]:
    """How often each loop was woken from outside, by its id."""
    counter: Counter[int] = Counter()
    original = asyncio.BaseEventLoop.call_soon_threadsafe

    def count(
        loop: asyncio.BaseEventLoop,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.Handle:
        counter[id(loop)] += 1
        return original(loop, callback, *args, context=context)

    monkeypatch.setattr(asyncio.BaseEventLoop, "call_soon_threadsafe", count)
    yield counter
    monkeypatch.undo()


def test_a_dispatch_wakes_each_loop_exactly_once(wakeups: Counter[int]) -> None:
    async def main() -> None:
        async with Worker() as worker:
            await worker.dispatch(routines.echo)
            wakeups.clear()
            for _ in range(10):
                await worker.dispatch(routines.echo)
            assert sorted(wakeups.values()) == [10, 10]
            assert wakeups[id(asyncio.get_running_loop())] == 10

    run(main())


def test_a_step_of_a_stream_wakes_each_loop_exactly_once(wakeups: Counter[int]) -> None:
    async def main() -> None:
        async with Worker() as worker:
            stream = worker.stream(routines.count, 20)
            await anext(stream)
            wakeups.clear()
            for _ in range(10):
                await anext(stream)
            assert sorted(wakeups.values()) == [10, 10]
            await stream.aclose()

    run(main())

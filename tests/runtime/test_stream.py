"""Streams: the manners of an async generator, from another thread."""

import asyncio
import gc
import sys
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.runtime import routines
from tests.runtime.routines import Oops, until_running
from tests.runtime.running import cancelled, run
from unknot.runtime import (
    Rejected,
    RemoteTraceback,
    Stream,
    UnpicklableArguments,
    UnpicklableResult,
    Worker,
    WrongRoutine,
)

# -- like an async generator -------------------------------------------------------------------


async def manners() -> AsyncGenerator[Any, Any]:
    """Yields, answers what is sent, catches some of what is thrown, and ends one day."""
    sent: Any = "first"
    for step in range(4):
        try:
            sent = yield step, sent
        except Oops as error:
            sent = f"caught {error}"
        except GeneratorExit:
            if step == 2:
                raise ValueError("no good time") from None
            raise


async def stubborn() -> AsyncGenerator[Any, Any]:
    """Takes its end for a question."""
    for step in range(3):
        try:
            yield step
        except GeneratorExit:
            yield "no"


async def short() -> AsyncGenerator[Any, Any]:
    yield "only"
    raise Oops("end")


async def empty() -> AsyncGenerator[Any, Any]:
    return
    yield


STEPS: dict[str, Callable[[Any], Any]] = {
    "anext": lambda generator: generator.__anext__(),
    "asend": lambda generator: generator.asend("hello"),
    "asend None": lambda generator: generator.asend(None),
    "athrow Oops": lambda generator: generator.athrow(Oops("thrown")),
    "athrow KeyError": lambda generator: generator.athrow(KeyError("thrown")),
    "athrow a class": lambda generator: generator.athrow(Oops),
    "athrow GeneratorExit": lambda generator: generator.athrow(GeneratorExit()),
    "athrow CancelledError": lambda generator: generator.athrow(asyncio.CancelledError()),
    "athrow StopAsyncIteration": lambda generator: generator.athrow(StopAsyncIteration()),
    "aclose": lambda generator: generator.aclose(),
}
Trace: TypeAlias = list[tuple[str, object, str]]


async def play(generator: Any, script: list[str]) -> Trace:
    """What each step of the script came to."""
    trace: Trace = []
    for name in script:
        try:
            trace.append((name, await STEPS[name](generator), "returned"))
        except BaseException as error:
            trace.append((name, type(error), str(error)))
    return trace


@given(
    routine=st.sampled_from([manners, stubborn, short, empty]),
    script=st.lists(st.sampled_from(sorted(STEPS)), max_size=8),
)
def test_a_stream_behaves_like_the_generator_it_runs(
    routine: Callable[[], AsyncGenerator[Any, Any]], script: list[str]
) -> None:
    async def main() -> tuple[Trace, Trace]:
        local = routine()
        expected = await play(local, script)
        stream = worker.stream(routine)
        traced = await play(stream, script)
        for generator in (local, stream):
            # To the end, as one that ignored GeneratorExit once cannot be closed any more.
            await play(generator, ["anext"] * 8)
        return expected, traced

    worker = shared_worker()
    expected, traced = run(main())
    assert traced == expected


_shared: list[Worker] = []


def shared_worker() -> Worker:
    """One for all examples: a worker may be shared among loops."""
    if not _shared:
        _shared.append(Worker(name="shared"))
        _shared[0].start()
    return _shared[0]


@pytest.fixture(scope="module", autouse=True)
def _stop_shared_worker() -> Any:
    yield
    if _shared:
        run(_shared.pop().stop())


# -- apart from that ---------------------------------------------------------------------------


def test_a_stream_is_read_in_order() -> None:
    async def main() -> list[int]:
        async with Worker() as worker:
            return [value async for value in worker.stream(routines.count, 5)]

    assert run(main()) == [0, 1, 2, 3, 4]


def test_a_set_before_a_yield_and_its_reset_after_share_one_context() -> None:
    async def main() -> tuple[list[str], str]:
        async with Worker() as worker:
            stream = worker.stream(routines.colour_across_yields, "red")
            shades = [shade async for shade in stream]
            return shades, routines.colour.get()

    assert run(main()) == (["red", "red", "none"], "none")


def test_an_exception_out_of_a_stream_shows_the_workers_traceback() -> None:
    async def main() -> None:
        async with Worker() as worker:
            stream = worker.stream(routines.count_then_boom)
            with pytest.raises(Oops) as caught:
                async for _ in stream:
                    pass
            assert isinstance(caught.value.__cause__, RemoteTraceback)
            assert "in count_then_boom" in str(caught.value.__cause__)
            with pytest.raises(StopAsyncIteration):
                await anext(stream)

    run(main())


def test_only_an_async_generator_function_can_be_streamed() -> None:
    async def main() -> None:
        async with Worker() as worker:
            with pytest.raises(WrongRoutine, match="echo is not an async generator function"):
                worker.stream(routines.echo)  # type: ignore[arg-type]
            with pytest.raises(WrongRoutine, match="coroutine function or an async"):
                worker.session(print)

    run(main())


def test_arguments_are_pickled_at_once_and_read_at_the_first_step() -> None:
    async def main() -> None:
        async with Worker() as worker:
            with pytest.raises(UnpicklableArguments, match=r"argument 1 \(lock\)"):
                worker.stream(routines.yield_by_name, threading.Lock())  # type: ignore[arg-type]
            stream = worker.stream(routines.yield_by_name, routines.Unreadable())  # type: ignore[arg-type]
            with pytest.raises(Rejected):
                await anext(stream)
            with pytest.raises(StopAsyncIteration):
                await anext(stream)

    run(main())


@pytest.mark.parametrize("name", ["unpicklable", "unreadable"])
def test_a_stream_goes_on_after_a_value_that_cannot_be_pickled(name: str) -> None:
    async def main() -> object:
        async with Worker() as worker, worker.stream(routines.yield_by_name, name) as stream:
            with pytest.raises(UnpicklableResult):
                await anext(stream)
            return await anext(stream)

    assert run(main()) == "more"


def test_a_stream_goes_on_after_a_request_that_cannot_be_pickled() -> None:
    async def main() -> object:
        async with Worker() as worker, worker.stream(routines.echo_stream) as stream:
            await anext(stream)
            with pytest.raises(UnpicklableArguments, match="the value to send"):
                await stream.asend(routines.Unpicklable())
            with pytest.raises(UnpicklableArguments, match="the exception to throw"):
                await stream.athrow(routines.UnpicklableError())
            return await stream.asend("still here")

    assert run(main()) == "still here"


def test_a_second_reader_is_told_that_the_stream_is_running() -> None:
    async def main() -> None:
        async with Worker() as worker:
            stream = worker.stream(routines.yield_then_hang)
            await anext(stream)
            first = asyncio.ensure_future(stream.__anext__())
            await until_running()
            with pytest.raises(RuntimeError, match="already running"):
                await anext(stream)
            await cancelled(first)

    run(main())


def test_a_stream_whose_reader_was_cancelled_is_over() -> None:
    async def main() -> None:
        async with Worker() as worker:
            stream = worker.stream(routines.catch_cancellation)
            await anext(stream)
            reader = asyncio.ensure_future(stream.__anext__())
            await until_running()
            await cancelled(reader)
            with pytest.raises(StopAsyncIteration):
                await anext(stream)

    run(main())


# -- closing and dropping ----------------------------------------------------------------------


async def closings(count: int) -> list[str]:
    while len(routines.closed) < count:  # noqa: ASYNC110 (it fills on another thread)
        await asyncio.sleep(0)
    return routines.closed


@pytest.fixture(autouse=True)
def _forget_closings() -> None:
    routines.closed.clear()


def test_closing_a_stream_waits_for_its_clean_up() -> None:
    async def main() -> list[str]:
        async with Worker() as worker:
            stream = worker.stream(routines.note_closing, "closed")
            await anext(stream)
            await stream.aclose()
            return list(routines.closed)

    assert run(main()) == ["closed"]


def test_leaving_the_block_of_a_stream_closes_it() -> None:
    async def main() -> list[str]:
        async with Worker() as worker:
            async with worker.stream(routines.note_closing, "left") as stream:
                await anext(stream)
            return list(routines.closed)

    assert run(main()) == ["left"]


def test_an_abandoned_stream_is_closed_on_the_worker() -> None:
    async def main() -> list[str]:
        async with Worker() as worker:
            async for _ in worker.stream(routines.note_closing, "abandoned"):
                break
            return list(await closings(1))

    assert run(main()) == ["abandoned"]


def test_a_stream_may_be_dropped_on_any_thread_and_after_its_loop() -> None:
    async def half(worker: Worker, name: str) -> "Stream[int, None]":
        stream = worker.stream(routines.note_closing, name)
        await anext(stream)
        return stream

    async def main() -> list[str]:
        async with Worker() as worker:
            streams = [await half(worker, "thread")]
            thread = threading.Thread(target=streams.clear)
            thread.start()
            thread.join()
            streams.append(await asyncio.to_thread(asyncio.run, half(worker, "loop")))
            streams.clear()
            return sorted(await closings(2))

    assert run(main()) == ["loop", "thread"]


hooked: list[str] = []


def hook(generator: object) -> None:
    hooked.append(threading.current_thread().name)


async def install_hook() -> None:
    sys.set_asyncgen_hooks(finalizer=hook)


def test_an_abandoned_stream_costs_no_finalizer_hook_and_no_task() -> None:
    async def main() -> None:
        async with Worker(name="there") as worker:
            await install_hook()
            await worker.dispatch(install_hook)
            tasks = asyncio.all_tasks()
            for _ in range(5):
                async for _ in worker.stream(routines.note_closing, "abandoned"):
                    break
                async for _ in worker.stream(routines.yield_then_hang):
                    break
            await closings(5)
            assert asyncio.all_tasks() == tasks

    run(main())
    gc.collect()
    assert not hooked


def test_an_abandoned_async_generator_does_cost_a_finalizer_hook() -> None:
    """The twin of the one above: the hook that it installs sees what is to be seen."""

    async def main() -> None:
        async with Worker(name="there") as worker:
            await worker.dispatch(abandon)

    run(main())
    assert hooked == ["there"]
    hooked.clear()


async def abandon() -> None:
    await install_hook()
    generator = short()
    await anext(generator)
    del generator


def test_a_clean_up_that_fails_when_nobody_reads_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        async with Worker() as worker:
            async for _ in worker.stream(routines.fail_to_close):
                break

    run(main())
    assert "a stream without a reader failed to close" in caplog.text
    assert "clean-up" in caplog.text
    caplog.clear()

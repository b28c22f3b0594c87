"""Every way in which a dispatch can end, as an operation on a worker."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from tests.runtime import routines
from tests.runtime.routines import Oops, Unpicklable, Unreadable, until_running
from tests.runtime.running import cancelled
from unknot.runtime import (
    Backpressure,
    GraceExpired,
    Overloaded,
    Pressure,
    Rejected,
    Release,
    Stream,
    UnpicklableArguments,
    UnpicklableException,
    UnpicklableResult,
    Worker,
    WorkerNotStarted,
    WorkerStopped,
    WorkerStuck,
    WrongRoutine,
)

Operation: TypeAlias = Callable[[Worker], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Ending:
    """An operation on a worker, the drivers it starts and the routines that get to run in them."""

    run: Operation
    drivers: int
    routines: int


ENDINGS: dict[str, Ending] = {}


def ending(drivers: int = 1, routines: int = 1) -> Callable[[Operation], Operation]:
    return partial(_register, drivers, routines)


def _register(drivers: int, routines: int, operation: Operation) -> Operation:
    ENDINGS[operation.__name__] = Ending(operation, drivers, routines)
    return operation


# -- coroutines --------------------------------------------------------------------------------


@ending()
async def returned(worker: Worker) -> None:
    assert await worker.dispatch(routines.echo, "x") == "x"


@ending()
async def raised(worker: Worker) -> None:
    with contextlib.suppress(Oops):
        await worker.dispatch(routines.boom)


@ending()
async def raised_with_cause(worker: Worker) -> None:
    with contextlib.suppress(Oops):
        await worker.dispatch(routines.boom_with_cause)


@ending()
async def raised_system_exit(worker: Worker) -> None:
    with contextlib.suppress(SystemExit):
        await worker.dispatch(routines.raise_this, SystemExit(3))


@ending()
async def raised_keyboard_interrupt(worker: Worker) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        await worker.dispatch(routines.raise_this, KeyboardInterrupt())


@ending()
async def raised_an_argument(worker: Worker) -> None:
    with contextlib.suppress(Oops):
        await worker.dispatch(routines.raise_this, Oops())


@ending()
async def raised_cancellation(worker: Worker) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await worker.dispatch(routines.raise_this, asyncio.CancelledError())


@ending()
async def cancelled_by_caller(worker: Worker) -> None:
    task = asyncio.ensure_future(worker.dispatch(routines.hang))
    await until_running()
    await cancelled(task)


@ending(2, 0)
async def cancelled_before_its_first_step(worker: Worker) -> None:
    blocker = asyncio.ensure_future(worker.dispatch(routines.block))
    await until_running()
    task = asyncio.ensure_future(worker.dispatch(routines.hang))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    routines.unblock.set()  # only now can the worker start it, and finds it cancelled
    await cancelled(task)
    await blocker


@ending()
async def cancelled_and_caught(worker: Worker) -> None:
    task = asyncio.ensure_future(worker.dispatch(routines.hang_and_return))
    await until_running()
    await cancelled(task)


@ending()
async def cancelled_and_raised_otherwise(worker: Worker) -> None:
    task = asyncio.ensure_future(worker.dispatch(routines.hang_and_raise))
    await until_running()
    await cancelled(task)


@ending()
async def cancelled_twice(worker: Worker) -> None:
    task = asyncio.ensure_future(worker.dispatch(routines.refuse_to_end))
    await until_running()
    task.cancel()
    await asyncio.sleep(0)
    await cancelled(task)
    routines.gate.open()


@ending()
async def cancelled_by_session(worker: Worker) -> None:
    async with worker.session(routines.hang) as session:
        reply = asyncio.ensure_future(anext(session))
        await until_running()
        session.cancel()
        await reply


@ending()
async def left_by_the_caller(worker: Worker) -> None:
    async with worker.session(routines.hang) as session:
        reply = asyncio.ensure_future(anext(session))
        await until_running()
        await cancelled(reply)


@ending()
async def coroutine_closed(worker: Worker) -> None:
    coroutine = worker.dispatch(routines.hang)
    coroutine.send(None)
    await until_running()
    coroutine.close()


@ending()
async def coroutine_dropped(worker: Worker) -> None:
    coroutine = worker.dispatch(routines.hang)
    coroutine.send(None)
    await until_running()
    del coroutine


@ending(3, 3)
async def nested(worker: Worker) -> None:
    routines.workers["nested"] = worker
    assert await worker.dispatch(routines.dispatch_again, "nested", 2) == 2
    del routines.workers["nested"]


@ending()
async def result_unpicklable(worker: Worker) -> None:
    with contextlib.suppress(UnpicklableResult):
        await worker.dispatch(routines.return_by_name, "unpicklable")


@ending()
async def result_unreadable(worker: Worker) -> None:
    with contextlib.suppress(UnpicklableResult):
        await worker.dispatch(routines.return_by_name, "unreadable")


@ending()
async def exception_unpicklable(worker: Worker) -> None:
    with contextlib.suppress(UnpicklableException):
        await worker.dispatch(routines.raise_by_name, "unpicklable")


@ending()
async def exception_unreadable(worker: Worker) -> None:
    with contextlib.suppress(UnpicklableException):
        await worker.dispatch(routines.raise_by_name, "unreadable")


@ending()
async def exception_without_words(worker: Worker) -> None:
    await _expect(SyntaxError, worker.dispatch(routines.raise_by_name, "wordless"))


# -- not even started --------------------------------------------------------------------------


@ending(0, 0)
async def wrong_routine(worker: Worker) -> None:
    with contextlib.suppress(WrongRoutine):
        await worker.dispatch(routines.count)  # type: ignore[arg-type]


@ending(1, 0)
async def wrong_arguments(worker: Worker) -> None:
    with contextlib.suppress(TypeError):
        await worker.dispatch(routines.add, 1, 2, 3)  # type: ignore[call-arg]


@ending(0, 0)
async def arguments_unpicklable(worker: Worker) -> None:
    with contextlib.suppress(UnpicklableArguments):
        await worker.dispatch(routines.echo, Unpicklable())


@ending(0, 0)
async def rejected(worker: Worker) -> None:
    with contextlib.suppress(Rejected):
        await worker.dispatch(routines.echo, Unreadable())


@ending(0, 0)
async def session_entered_and_left(worker: Worker) -> None:
    async with worker.session(routines.echo):
        pass


@ending(0, 0)
async def session_cancelled_first(worker: Worker) -> None:
    async with worker.session(routines.echo) as session:
        session.cancel()
        async for _ in session:
            pass


@ending(0, 0)
async def worker_not_started(worker: Worker) -> None:
    with contextlib.suppress(WorkerNotStarted):
        await Worker().dispatch(routines.echo)


def refuse(pressure: Pressure) -> bool:
    return False


def fail(pressure: Pressure) -> bool:
    raise Oops("the hook")


# -- streams -----------------------------------------------------------------------------------


@ending()
async def stream_exhausted(worker: Worker) -> None:
    assert [value async for value in worker.stream(routines.count)] == [0, 1, 2]


@ending()
async def stream_raised(worker: Worker) -> None:
    with contextlib.suppress(Oops):
        async for _ in worker.stream(routines.count_then_boom):
            pass


@ending()
async def stream_closed(worker: Worker) -> None:
    stream = worker.stream(routines.count)
    await anext(stream)
    await stream.aclose()


@ending()
async def stream_left_in_its_block(worker: Worker) -> None:
    async with worker.stream(routines.count) as stream:
        await anext(stream)


@ending(0, 0)
async def stream_closed_unstarted(worker: Worker) -> None:
    await worker.stream(routines.count).aclose()


@ending()
async def stream_abandoned(worker: Worker) -> None:
    async for _ in worker.stream(routines.count):
        break


@ending(0, 0)
async def stream_abandoned_unstarted(worker: Worker) -> None:
    worker.stream(routines.count)


@ending()
async def stream_abandoned_in_mid_step(worker: Worker) -> None:
    stream = worker.stream(routines.yield_then_hang)
    await anext(stream)
    step = stream.__anext__()
    step.send(None)
    await until_running()
    del step, stream


@ending()
async def stream_cancelled(worker: Worker) -> None:
    stream = worker.stream(routines.yield_then_hang)
    await anext(stream)
    step = asyncio.ensure_future(stream.__anext__())
    await until_running()
    await cancelled(step)


@ending()
async def stream_cancelled_and_caught(worker: Worker) -> None:
    stream = worker.stream(routines.catch_cancellation)
    await anext(stream)
    step = asyncio.ensure_future(stream.__anext__())
    await until_running()
    await cancelled(step)


@ending()
async def stream_asend(worker: Worker) -> None:
    stream = worker.stream(routines.echo_stream)
    assert await anext(stream) == "first"
    assert await stream.asend("second") == "second"
    await stream.aclose()


@ending()
async def stream_athrow_caught(worker: Worker) -> None:
    stream = worker.stream(routines.echo_stream)
    await anext(stream)
    assert await stream.athrow(Oops("it")) == "caught it"
    await stream.aclose()


@ending()
async def stream_athrow_escapes(worker: Worker) -> None:
    stream = worker.stream(routines.echo_stream)
    await anext(stream)
    with contextlib.suppress(KeyError):
        await stream.athrow(KeyError("it"))


@ending()
async def stream_athrow_cancellation(worker: Worker) -> None:
    stream = worker.stream(routines.echo_stream)
    await anext(stream)
    with contextlib.suppress(asyncio.CancelledError):
        await stream.athrow(asyncio.CancelledError())


@ending(1, 0)
async def stream_athrow_unstarted(worker: Worker) -> None:
    with contextlib.suppress(Oops):
        await worker.stream(routines.echo_stream).athrow(Oops("it"))


@ending()
async def stream_close_raises(worker: Worker) -> None:
    stream = worker.stream(routines.fail_to_close)
    await anext(stream)
    with contextlib.suppress(Oops):
        await stream.aclose()


@ending()
async def stream_yields_unpicklable(worker: Worker) -> None:
    with contextlib.suppress(UnpicklableResult):
        async for _ in worker.stream(routines.yield_by_name, "unpicklable"):
            pass


@ending()
async def stream_sent_unpicklable(worker: Worker) -> None:
    stream = worker.stream(routines.echo_stream)
    await anext(stream)
    with contextlib.suppress(UnpicklableArguments):
        await stream.asend(Unpicklable())


@ending(0, 0)
async def stream_rejected(worker: Worker) -> None:
    stream = worker.stream(routines.yield_by_name, Unreadable())  # type: ignore[arg-type]
    with contextlib.suppress(Rejected):
        await anext(stream)


@ending(1, 0)
async def stream_wrong_arguments(worker: Worker) -> None:
    with contextlib.suppress(TypeError):
        await anext(worker.stream(routines.count, 1, 2))  # type: ignore[call-arg]


@ending()
async def stream_context_reset(worker: Worker) -> None:
    stream = worker.stream(routines.colour_across_yields, "red")
    assert [shade async for shade in stream] == ["red", "red", "none"]


# -- with a worker of their own ----------------------------------------------------------------


async def _full(release: Release, backpressure: Backpressure, outcome: type[Exception]) -> None:
    async with Worker(limit=1, release=release, backpressure=backpressure) as worker:
        first = asyncio.ensure_future(worker.dispatch(routines.pass_gate))
        await until_running()
        with contextlib.suppress(outcome):
            await worker.dispatch(routines.echo)
        routines.gate.open()
        await first


@ending(2, 1)
async def overloaded(outer: Worker) -> None:
    await _full(outer.release, refuse, Overloaded)


@ending(2, 1)
async def hook_raised(outer: Worker) -> None:
    await _full(outer.release, fail, Oops)


@ending(2, 1)
async def cancelled_in_line(outer: Worker) -> None:
    async with Worker(limit=1, release=outer.release) as worker:
        first = asyncio.ensure_future(worker.dispatch(routines.pass_gate))
        await until_running()
        second = asyncio.ensure_future(worker.dispatch(routines.echo))
        await asyncio.sleep(0)
        await cancelled(second)
        routines.gate.open()
        await first


@ending()
async def cancelled_by_stop(outer: Worker) -> None:
    worker = Worker(release=outer.release)
    worker.start()
    caller = asyncio.ensure_future(_expect(GraceExpired, worker.dispatch(routines.hang)))
    await until_running()
    await worker.stop(grace=0)
    await caller


@ending()
async def stream_cancelled_by_stop(outer: Worker) -> None:
    worker = Worker(release=outer.release)
    worker.start()
    stream = worker.stream(routines.count)
    await anext(stream)
    await worker.stop(grace=0)
    await _expect(GraceExpired, anext(stream))


@ending()
async def stuck(outer: Worker) -> None:
    worker = Worker(release=outer.release)
    worker.start()
    caller = asyncio.ensure_future(_expect(GraceExpired, worker.dispatch(routines.refuse_to_end)))
    await until_running()
    await _expect(WorkerStuck, worker.stop(grace=0, patience=0))
    await caller
    routines.gate.open()
    await worker.stop()


@ending(0, 0)
async def worker_stopped(outer: Worker) -> None:
    async with Worker(release=outer.release) as worker:
        session = worker.session(routines.echo)
    await _expect(WorkerStopped, worker.dispatch(routines.echo))
    async with session:
        await anext(session)


async def _expect(outcome: type[BaseException], awaitable: Awaitable[Any]) -> None:
    try:
        await awaitable
    except outcome:
        return
    finally:
        # Exception -> traceback -> frame -> the awaitable that raised it, in the test itself.
        del awaitable
    raise AssertionError(f"{outcome.__qualname__} was not raised")


# -- by value: cloudpickle makes these functions anew for each dispatch -------------------------


@ending(1, 0)
async def by_value(worker: Worker) -> None:
    word = "closed over"

    async def local() -> str:
        return word

    assert await worker.dispatch(local) == word


@ending(1, 0)
async def stream_by_value(worker: Worker) -> None:
    words = ["a", "b"]

    async def local() -> AsyncGenerator[str, None]:
        for word in words:
            yield word

    stream: Stream[str, None] = worker.stream(local)
    assert [word async for word in stream] == words

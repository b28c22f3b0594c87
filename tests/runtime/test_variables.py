"""Context variables that travel with a dispatch and come back, over both transports."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from typing import Any

import pytest

from tests.runtime import routines
from tests.runtime.running import run
from unknot.runtime import UnpicklableArguments, UnpicklableResult, Worker, WrongVariable
from unknot.runtime.caller import Caller
from unknot.runtime.remote import WorkerPool, WorkerProcess

tint: ContextVar[Any] = ContextVar("tint")
shade: ContextVar[Any] = ContextVar("shade", default="no shade")
TINT, SHADE = f"{__name__}:tint", f"{__name__}:shade"


def over(transport: str, names: Iterable[str]) -> AbstractAsyncContextManager[Caller]:
    if transport == "thread":
        return Worker(variables=names)
    if transport == "pool":
        return WorkerPool(1, variables=names)
    return WorkerProcess(variables=names)


every = pytest.mark.parametrize("transport", ["thread", "process", "pool"])


async def repaint(new: object) -> tuple[object, object]:
    """The two as they were; both are `new` from now on."""
    before = tint.get("unset"), shade.get()
    tint.set(new)
    shade.set(new)
    return before


async def read_both() -> tuple[object, object]:
    return tint.get("unset"), shade.get()


async def paint_and_boom() -> None:
    tint.set("on the way out")
    raise routines.Oops("boom")


async def paint_along() -> AsyncGenerator[object, None]:
    for number in range(3):
        tint.set(number)
        yield tint.get()
    tint.set("end")


@every
def test_what_is_named_travels_and_comes_back(transport: str) -> None:
    async def main() -> None:
        tint.set("mine")
        async with over(transport, [TINT]) as worker:
            assert (await worker.dispatch(repaint, "yours"))[0] == "mine"
            assert tint.get() == "yours"
            assert shade.get() == "no shade"  # it was not named
            assert (await worker.dispatch(read_both))[0] == "yours"

    run(main())


@every
def test_what_has_no_value_here_may_come_back_with_one(transport: str) -> None:
    async def main() -> None:
        async with over(transport, [TINT, SHADE]) as worker:
            assert await worker.dispatch(repaint, "new") == ("unset", "no shade")
            assert (tint.get(), shade.get()) == ("new", "new")

    run(main())


@every
def test_it_comes_back_from_a_stream_step_by_step_and_with_an_exception(transport: str) -> None:
    async def main() -> None:
        async with over(transport, [TINT]) as worker:
            async for value in worker.stream(paint_along):
                assert tint.get() == value
            assert tint.get() == "end"
            with pytest.raises(routines.Oops):
                await worker.dispatch(paint_and_boom)
            assert tint.get() == "on the way out"

    run(main())


@every
def test_dispatches_at_the_same_time_have_their_own(transport: str) -> None:
    async def one(worker: Caller, number: int) -> None:
        tint.set(number)
        assert (await worker.dispatch(repaint, -number))[0] == number
        assert tint.get() == -number

    async def main() -> None:
        async with over(transport, [TINT]) as worker:
            await asyncio.gather(*(one(worker, number) for number in range(1, 30)))
        assert tint.get("untouched") == "untouched"

    run(main())


@every
def test_a_value_that_cannot_travel_is_an_error_that_names_it(transport: str) -> None:
    async def main() -> None:
        async with over(transport, [TINT]) as worker:
            with pytest.raises(UnpicklableResult, match="test_variables:tint"):
                await worker.dispatch(paint_unpicklable)
            tint.set(routines.Unpicklable())
            with pytest.raises(UnpicklableArguments, match=r"context variable .*:tint"):
                await worker.dispatch(read_both)

    run(main())


async def paint_unpicklable() -> None:
    tint.set(routines.Unpicklable())


@pytest.mark.parametrize("name", ["tint", f"{__name__}:", f"{__name__}:TINT", "no.module:tint"])
def test_a_name_that_is_no_context_variables_is_refused(name: str) -> None:
    with pytest.raises(WrongVariable):
        Worker(variables=[name])
    with pytest.raises(WrongVariable):
        WorkerProcess(variables=[name])


def test_one_name_alone_is_not_taken_for_several() -> None:
    with pytest.raises(WrongVariable, match="several names"):
        Worker(variables=TINT)

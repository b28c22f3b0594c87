"""The backends that run operations: an event loop, or none."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Awaitable, Callable, Coroutine, Dict, Iterable, NamedTuple

from .imports import standard_library
from .loopless import run_without_loop, sleep_without_loop
from .originals import sleep
from .settling import Running, Sleep, nothing_scheduled
from .workload import WorkloadError

__all__ = ["PLAIN", "Backend", "find_backend"]


TURNS = 3
"""Turns of the event loop to wait: a callback may schedule another one, and that a third."""


class Backend(NamedTuple):
    """How to run a coroutine, to sleep inside it, and to run several concurrently."""

    run: Callable[[Coroutine[Any, Any, None]], None]
    sleep: Sleep
    together: Callable[[Iterable[Coroutine[Any, Any, None]]], Awaitable[object]]
    scheduled: Callable[[], Running] = nothing_scheduled
    """The tasks and timers of the loop at present. Called inside the loop."""


def find_backend(name: str) -> Backend:
    """The backend called ``asyncio``, ``uvloop`` or ``trio``.

    Raises :class:`WorkloadError` if the interpreter does not have the package.
    """
    try:
        with standard_library():
            return BACKENDS[name]()
    except ModuleNotFoundError as error:
        raise WorkloadError(
            f"backend {name}: {error.name} is not installed here; add --with {error.name}"
        ) from None


async def _run_in_turn(coroutines: Iterable[Coroutine[Any, Any, None]]) -> None:
    for coroutine in coroutines:
        await coroutine


PLAIN = Backend(run_without_loop, sleep_without_loop, _run_in_turn)


def _asyncio() -> Backend:
    import asyncio

    async def together(coroutines: Iterable[Coroutine[Any, Any, None]]) -> None:
        await asyncio.gather(*coroutines)

    def scheduled() -> Running:
        loop = asyncio.get_running_loop()
        timers: Any = getattr(loop, "_scheduled", None)  # hidden in uvloop and other loops
        whens = [timer.when() for timer in timers or () if not timer.cancelled()]
        tasks = len(asyncio.all_tasks(loop))
        due = max(whens, default=0.0) - loop.time() if whens else 0.0
        return Running(tasks + len(whens), due, timers is not None)

    return Backend(asyncio.run, asyncio.sleep, together, scheduled)


def _uvloop() -> Backend:
    import asyncio

    uvloop: Any = import_module("uvloop")  # installed in the measured environment, not a dependency

    def run(coroutine: Coroutine[Any, Any, None]) -> None:
        if sys.version_info >= (3, 11):
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(coroutine)
        else:
            uvloop.install()
            asyncio.run(coroutine)

    return _asyncio()._replace(run=run)


def _trio() -> Backend:
    trio: Any = import_module("trio")
    lowlevel: Any = getattr(trio, "lowlevel", None) or trio.hazmat
    checkpoint = lowlevel.checkpoint

    async def wait_for(coroutine: Coroutine[Any, Any, None]) -> None:
        await coroutine

    def run(coroutine: Coroutine[Any, Any, None]) -> None:
        trio.run(wait_for, coroutine)

    async def together(coroutines: Iterable[Coroutine[Any, Any, None]]) -> None:
        async with trio.open_nursery() as nursery:
            for coroutine in coroutines:
                nursery.start_soon(wait_for, coroutine)

    async def sleep_between_checkpoints(seconds: float) -> None:
        # In some releases trio.sleep leaves cycles of its own, which the operation did not create.
        for _ in range(TURNS):
            await checkpoint()
        sleep(seconds)
        for _ in range(TURNS):
            await checkpoint()

    def scheduled() -> Running:
        statistics = lowlevel.current_statistics()
        return Running(statistics.tasks_living, known=False)

    return Backend(run, sleep_between_checkpoints, together, scheduled)


BACKENDS: Dict[str, Callable[[], Backend]] = {
    "asyncio": _asyncio,
    "uvloop": _uvloop,
    "trio": _trio,
}

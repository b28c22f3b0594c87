"""What the tests dispatch. Importable, so that it is pickled by reference."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextvars import ContextVar
from typing import Any, Never

from unknot.runtime import DispatchSession, Worker, current_session

# Sessions that a test wants to keep, filed from within while `keeping`.
kept: list[DispatchSession] = []
keeping = threading.Event()
# Counts the routines that are up and waiting, so that a test knows when to cancel them.
running = threading.Semaphore(0)
colour: ContextVar[str] = ContextVar("colour", default="none")


class Oops(Exception):
    """A remote exception."""


class Unpicklable:
    def __reduce__(self) -> Never:
        raise TypeError("not this one")


class Unreadable:
    """Pickles, and does not unpickle."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _refuse, ()


def _refuse() -> Never:
    raise ValueError("cannot be read back")


class UnpicklableError(Exception):
    def __reduce__(self) -> Never:
        raise TypeError("not this one")


class UnreadableError(Exception):
    """The common mistake: `args` are not the arguments."""

    def __init__(self, left: int, right: int) -> None:
        super().__init__(f"{left} is not {right}")


def wordless() -> SyntaxError:
    """An exception that the traceback module fails to format."""
    error = SyntaxError("x")
    error.lineno, error.text = 3, 4  # type: ignore[assignment]
    return error


def enter() -> None:
    if keeping.is_set():
        kept.append(current_session.get())


async def wait_for_ever() -> Never:
    # A future and no sleep: a cancelled timer stays in the loop's heap.
    running.release()
    await asyncio.get_running_loop().create_future()
    raise AssertionError


async def until_running() -> None:
    """Wait until one more routine is up."""
    while not running.acquire(blocking=False):  # noqa: ASYNC110 (it counts across threads)
        await asyncio.sleep(0)


async def echo(value: object = None) -> object:
    enter()
    return value


async def add(left: int, *, right: int) -> int:
    return left + right


async def boom(message: str = "boom") -> Never:
    enter()
    raise Oops(message)


async def boom_with_cause() -> None:
    enter()
    try:
        int("no number")
    except ValueError as error:
        raise Oops("because") from error


async def raise_this(error: BaseException) -> None:
    enter()
    try:
        raise error
    finally:
        # error -> traceback -> this frame -> error would be the routine's own cycle.
        del error


async def raise_by_name(name: str) -> None:
    enter()
    raise {
        "unpicklable": UnpicklableError("u"),
        "unreadable": UnreadableError(1, 2),
        "wordless": wordless(),
    }[name]


async def return_by_name(name: str) -> object:
    enter()
    return {"unpicklable": Unpicklable, "unreadable": Unreadable}[name]()


async def hang() -> None:
    enter()
    await wait_for_ever()


async def hang_and_return() -> str:
    """Takes its cancellation for an answer."""
    enter()
    try:
        await wait_for_ever()
    except asyncio.CancelledError:
        return "caught"


async def hang_and_raise() -> None:
    enter()
    try:
        await wait_for_ever()
    except asyncio.CancelledError:
        raise Oops("instead") from None


class Gate:
    """Holds routines of this process back until a test opens it."""

    def __init__(self) -> None:
        self._open: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def passage(self) -> None:
        event = asyncio.Event()
        self._open.append((asyncio.get_running_loop(), event))
        running.release()
        await event.wait()

    def open(self) -> None:
        while self._open:
            loop, event = self._open.pop()
            loop.call_soon_threadsafe(event.set)


gate = Gate()


async def refuse_to_end() -> str:
    """Cannot be cancelled, only let through."""
    enter()
    passage = asyncio.ensure_future(gate.passage())
    while not passage.done():
        try:
            await asyncio.shield(passage)
        except asyncio.CancelledError:
            continue
    return "ended"


async def pass_gate(value: object = None) -> object:
    enter()
    await gate.passage()
    return value


# Reached by name, as an event cannot be pickled.
unblock = threading.Event()


async def block() -> None:
    """Holds the whole worker back, not only itself."""
    running.release()
    unblock.wait(20)
    unblock.clear()


workers: dict[str, Worker] = {}


async def dispatch_again(name: str, depth: int) -> int:
    """The depth that was reached, each level a dispatch of the one before."""
    enter()
    if depth == 0:
        return 0
    return 1 + await workers[name].dispatch(dispatch_again, name, depth - 1)


async def session_names() -> tuple[str, str | None]:
    task = asyncio.current_task()
    return current_session.get().name, task.get_name() if task else None


async def count(stop: int = 3) -> AsyncGenerator[int, None]:
    enter()
    for index in range(stop):
        yield index


async def count_then_boom(stop: int = 2) -> AsyncGenerator[int, None]:
    enter()
    for index in range(stop):
        yield index
    raise Oops("stream")


async def echo_stream() -> AsyncGenerator[Any, Any]:
    """Yields what was sent, and the names of what was thrown."""
    enter()
    sent: Any = "first"
    while True:
        try:
            sent = yield sent
        except Oops as error:
            sent = f"caught {error}"


async def yield_then_hang() -> AsyncGenerator[int, None]:
    enter()
    yield 1
    await wait_for_ever()


async def catch_cancellation() -> AsyncGenerator[int, None]:
    enter()
    while True:
        try:
            yield 1
            await wait_for_ever()
        except asyncio.CancelledError:
            pass


async def fail_to_close() -> AsyncGenerator[int, None]:
    enter()
    try:
        yield 1
        yield 2
    finally:
        raise Oops("clean-up")


async def yield_by_name(name: str) -> AsyncGenerator[object, None]:
    enter()
    yield await return_by_name(name)
    yield "more"


async def colour_across_yields(mine: str) -> AsyncGenerator[str, None]:
    enter()
    token = colour.set(mine)
    yield colour.get()
    yield colour.get()
    colour.reset(token)
    yield colour.get()


async def paint(mine: str) -> str:
    before = colour.get()
    colour.set(mine)
    return before


closed: list[str] = []


async def note_closing(name: str) -> AsyncGenerator[int, None]:
    enter()
    try:
        while True:
            yield 1
    finally:
        closed.append(name)

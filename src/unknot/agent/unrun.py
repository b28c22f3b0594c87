"""What a call returned whose body has not run: a generator, a coroutine, another awaitable.

An operation that returns such a thing would read as clean, because nothing of it ever happens.
"""

from __future__ import annotations

import contextlib
import dis
import inspect
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, Callable, Dict, Optional

__all__ = ["describe_unrun", "refuse_arguments"]

GENERATOR = (
    "a generator, so its body would never run; make the operation a plain function, or mark a "
    "workload that yields its operation with @unknot.workload"
)
ASYNC_GENERATOR = (
    "an async generator, so its body would never run; iterate over it inside an `async def`, or "
    "mark a workload that yields its operation with @unknot.workload"
)
COROUTINE = (
    "a coroutine that nobody awaits, so its body would never run; await it inside an `async def`"
)
AWAITABLE = "an awaitable ({}) that nobody awaits; await it inside an `async def`"

RETURN_GENERATOR = dis.opmap.get("RETURN_GENERATOR", -1)


def describe_unrun(value: Any) -> Optional[str]:
    """What a returned ``value`` is, if nothing of it has run; ``None`` where something has.

    A generator or coroutine is closed, so that the interpreter does not warn of it as well.
    """
    if isinstance(value, contextlib._GeneratorContextManagerBase):
        value = value.gen
    state = STATES.get(type(value))
    if state is not None:
        return state(value)
    if inspect.isawaitable(value) and not _is_done(value):
        return AWAITABLE.format(type(value).__name__)
    return None


def refuse_arguments(op: Callable[..., Any]) -> None:
    """Raise :class:`TypeError` where ``op`` cannot be called without arguments."""
    try:
        signature = inspect.signature(op)
    except (TypeError, ValueError):  # of a function in C, which complains when it is called
        return
    try:
        signature.bind()
    except TypeError as error:
        name = getattr(op, "__name__", type(op).__name__)
        raise TypeError(
            f"an operation is called without arguments, but {name}{signature}: {error}"
        ) from None


def _generator(value: Any) -> Optional[str]:
    if inspect.getgeneratorstate(value) != inspect.GEN_CREATED:
        return None
    value.close()
    return GENERATOR


def _coroutine(value: Any) -> Optional[str]:
    if inspect.getcoroutinestate(value) != inspect.CORO_CREATED:
        return None
    value.close()
    return COROUTINE


def _async_generator(value: Any) -> Optional[str]:
    frame = value.ag_frame
    if frame is None:
        return None
    # inspect.getasyncgenstate is new in 3.12; before 3.11 such a frame has executed nothing.
    last = frame.f_lasti
    code = value.ag_code.co_code
    begins = last < 0 or code[last] == RETURN_GENERATOR or _is_created(value)
    return ASYNC_GENERATOR if begins else None


def _is_created(value: Any) -> bool:
    state: Optional[Callable[[Any], str]] = getattr(inspect, "getasyncgenstate", None)
    return state is not None and state(value) == "AGEN_CREATED"


def _is_done(future: Any) -> bool:
    """Whether it is a future that has its result, so what it stands for has run."""
    return hasattr(future, "_asyncio_future_blocking") and bool(future.done())


STATES: Dict[type, Callable[[Any], Optional[str]]] = {
    GeneratorType: _generator,
    CoroutineType: _coroutine,
    AsyncGeneratorType: _async_generator,
}

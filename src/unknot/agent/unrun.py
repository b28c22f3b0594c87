"""Detects calls whose body never ran, because they only created a generator or an awaitable.

An operation that returns or drops such an object would read as clean, because nothing happens.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import inspect
import itertools
import sys
import threading
import warnings
from types import AsyncGeneratorType, CodeType, CoroutineType, FunctionType, GeneratorType
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple

from .census import mro_or_empty, own_attributes, type_name

__all__ = ["Watch", "describe_unrun", "is_awaitable", "refuse_arguments"]

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
LAZY_ITERATOR = (
    "a `{}` object, whose function is called only when it is iterated over; iterate over it inside "
    "the operation, or return nothing"
)
AWAITABLE = "an awaitable ({}) that nobody awaits; await it inside an `async def`"

DROPPED = (
    "dropped the coroutine of `{}` ({}:{}) before it had begun, so its body would never run; "
    "await it"
)
CACHED = "runs once, because its result is cached; measure the function that the cache wraps"
NEVER_CALLED = (
    "ended, but the function that it wraps, `{}` ({}:{}), has not run; iterate over what it returns"
)

RETURN_GENERATOR = dis.opmap.get("RETURN_GENERATOR", -1)
LAZY = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class Watch:
    """A context manager around a first operation. ``complaint`` says which part of it never ran.

    A decorator hides what the operation is, so this observes the interpreter: which coroutines it
    warns about as never awaited, and whether the wrapped function began. Only functions in the
    operation's files count: a coroutine dropped by a library is a finding about the library.
    """

    complaint: Optional[str] = None

    def __init__(self, op: Callable[..., Any]) -> None:
        self._op = op
        self._files = {function.__code__.co_filename for function in _functions(op)}
        self._awaited = _wrapped(op)
        self._dropped: List[CodeType] = []
        self._profiles = False

    def __enter__(self) -> None:
        self._warn = warnings._warn_unawaited_coroutine  # type: ignore[attr-defined]
        warnings._warn_unawaited_coroutine = self._note  # type: ignore[attr-defined]
        # In a thread that already runs, the function may begin unobserved.
        alone = threading.active_count() == 1 and sys.getprofile() is None
        if self._awaited is not None and alone:
            self._profiles = True
            threading.setprofile(self._see)
            sys.setprofile(self._see)

    def __exit__(self, *_: object) -> None:
        if self._profiles:
            sys.setprofile(None)
            threading.setprofile(None)
        warnings._warn_unawaited_coroutine = self._warn  # type: ignore[attr-defined]
        if _is_cached(self._op):
            self.complaint = CACHED
        elif self._dropped:
            self.complaint = DROPPED.format(*_place(self._dropped[0]))
        elif self._profiles and self._awaited is not None:
            self.complaint = NEVER_CALLED.format(*_place(self._awaited))

    def _note(self, coroutine: Any) -> None:
        if coroutine.cr_code.co_filename in self._files:
            self._dropped.append(coroutine.cr_code)
        self._warn(coroutine)

    def _see(self, frame: Any, event: str, _: object) -> None:
        # Before 3.12, a discarded one returns too, at its first instruction.
        if frame.f_code is self._awaited and event == "return" and frame.f_lasti > 0:
            self._awaited = None


def describe_unrun(value: Any) -> Optional[str]:
    """A description of a returned ``value`` if none of its body has run; otherwise ``None``.

    A generator or coroutine is closed, so that the interpreter does not warn as well. Nothing else
    is asked than the value's type: a proxy would make what it stands for.
    """
    if issubclass(type(value), contextlib._GeneratorContextManagerBase):
        value = value.gen
    cls = type(value)
    state = next((state for known, state in STATES.items() if known is cls), None)
    if state is not None:
        return state(value)
    if any(known is cls for known in LAZY_ITERATORS):
        return LAZY_ITERATOR.format(cls.__name__)
    if is_awaitable(value) and not _is_done(value):
        return AWAITABLE.format(type_name(cls).rpartition(".")[2])
    return None


def is_awaitable(value: Any) -> bool:
    """Whether ``value`` can be awaited, by its type alone: a proxy would make what it stands for,
    if its ``__class__`` were read as :func:`inspect.isawaitable` does."""
    if type(value) is GeneratorType:
        return bool(value.gi_code.co_flags & inspect.CO_ITERABLE_COROUTINE)
    return any("__await__" in own_attributes(base) for base in mro_or_empty(type(value)))


def refuse_arguments(op: Callable[..., Any]) -> None:
    """Raise :class:`TypeError` if ``op`` cannot be called without arguments."""
    try:
        signature = inspect.signature(op)
    except (TypeError, ValueError):  # a C function, which raises when called
        return
    try:
        signature.bind()
    except TypeError as error:
        name = getattr(op, "__name__", type(op).__name__)
        raise TypeError(
            f"an operation is called without arguments, but {name}{signature}: {error}"
        ) from None


def _wrapped(op: Any) -> Optional[CodeType]:
    """The code of the generator or coroutine function that ``op`` wraps; ``None`` if none."""
    innermost = inspect.unwrap(op)
    if innermost is op or not isinstance(innermost, FunctionType):
        return None
    return innermost.__code__ if innermost.__code__.co_flags & LAZY else None


def _functions(op: Any) -> Iterator[FunctionType]:
    """The function ``op`` and those that it wraps or encloses."""
    seen: Set[int] = set()
    waiting = [op]
    while waiting:
        function = waiting.pop()
        function = getattr(function, "func", None) or getattr(function, "__func__", function)
        if id(function) not in seen:
            seen.add(id(function))
            if isinstance(function, FunctionType):
                yield function
                waiting += filter(_is_function, _enclosed(function))
            waiting += filter(_is_function, [getattr(function, "__wrapped__", None)])


def _is_cached(op: Any) -> bool:
    """Whether ``op`` is a ``functools.lru_cache``, or similar, with a cached call."""
    info = getattr(op, "cache_info", None)
    size = getattr(info(), "currsize", None) if callable(info) else None
    return isinstance(size, int) and size > 0


def _enclosed(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # an empty cell
            yield cell.cell_contents


def _is_function(value: Any) -> bool:
    return issubclass(type(value), (FunctionType, functools.partial))


def _place(code: CodeType) -> Tuple[str, str, int]:
    return getattr(code, "co_qualname", code.co_name), code.co_filename, code.co_firstlineno


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
    # inspect.getasyncgenstate is new in 3.12; before 3.11, f_lasti is -1.
    last = frame.f_lasti
    code = value.ag_code.co_code
    begins = last < 0 or code[last] == RETURN_GENERATOR or _is_created(value)
    return ASYNC_GENERATOR if begins else None


def _is_created(value: Any) -> bool:
    state: Optional[Callable[[Any], str]] = getattr(inspect, "getasyncgenstate", None)
    return state is not None and state(value) == "AGEN_CREATED"


def _is_done(future: Any) -> bool:
    """Whether ``future`` is an asyncio-like future with a result, so its work has run."""
    return hasattr(future, "_asyncio_future_blocking") and bool(future.done())


LAZY_ITERATORS = frozenset({map, filter, itertools.starmap})

STATES: Dict[type, Callable[[Any], Optional[str]]] = {
    GeneratorType: _generator,
    CoroutineType: _coroutine,
    AsyncGeneratorType: _async_generator,
}

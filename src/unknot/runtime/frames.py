"""Frames: the bytes that cross between a caller and a worker, a tag and a pickled body.

A dispatch opens with one call frame. The protocol is lock-step from there: the caller asks with a
request (a coroutine needs none), and the worker answers each with one reply. No live object
crosses, an exception least of all.
"""

from __future__ import annotations

import asyncio
import inspect
import pickle
import traceback
from collections.abc import Callable
from contextlib import suppress
from struct import Struct
from types import FunctionType
from typing import Any, Never, TypeAlias

import cloudpickle

from .errors import (
    MalformedFrame,
    Rejected,
    RemoteTraceback,
    UnpicklableArguments,
    UnpicklableException,
    UnpicklableResult,
    WrongRoutine,
)
from .pickled_errors import dump_error

Routine: TypeAlias = Callable[..., Any]
# Names of context variables, and the values of those that are set.
Variables: TypeAlias = tuple[tuple[str, ...], dict[str, Any]]
Call: TypeAlias = tuple[bytes, Routine, tuple[Any, ...], dict[str, Any], Variables | None]

# First frames, by the kind of routine that they call.
COROUTINE, STREAM = b"C", b"S"
# Requests.
NEXT, SEND, THROW, CLOSE = b"n", b"s", b"t", b"c"
# Replies.
VALUE, END, CANCELLED, RAISED, REFUSED, REJECTED = b"v", b"e", b"x", b"r", b"f", b"j"
# In front of any of them: context variables that come back.
VARIABLES = b"V"
_SIZE = Struct("<I")

WINDOW = 16
"""Requests of one dispatch that may be under way: a generator gets this far ahead of its reader."""

_KINDS: dict[bytes, tuple[Callable[[Any], bool], str]] = {
    COROUTINE: (inspect.iscoroutinefunction, "a coroutine function"),
    STREAM: (inspect.isasyncgenfunction, "an async generator function"),
}
_FLAGS = {COROUTINE: inspect.CO_COROUTINE, STREAM: inspect.CO_ASYNC_GENERATOR}
# What the plain pickler writes like cloudpickle does, at a tenth of the cost.
_ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes})


def dump(value: object) -> bytes:
    """`value` pickled, functions and classes that cannot be imported included."""
    if type(value) in _ATOMS:
        return pickle.dumps(value)
    dumped: bytes = cloudpickle.dumps(value)
    return dumped


def load(body: bytes) -> Any:
    return pickle.loads(body)


def name_of(routine: object) -> str:
    return getattr(routine, "__qualname__", None) or repr(routine)


# -- first frames ------------------------------------------------------------------------------


def check_kind(kind: bytes, routine: object) -> None:
    """Raises `WrongRoutine` unless `routine` is of `kind`."""
    if type(routine) is FunctionType and routine.__code__.co_flags & _FLAGS[kind]:
        return  # as `inspect` finds, after a look at whatever else it might be
    is_kind, wanted = _KINDS[kind]
    if not is_kind(routine):
        raise WrongRoutine(f"{name_of(routine)} is not {wanted}")


def kind_of(routine: object) -> bytes:
    """The first tag that calls `routine`. Raises `WrongRoutine` if there is none."""
    for kind, (is_kind, _) in _KINDS.items():
        if is_kind(routine):
            return kind
    wanted = " or ".join(wanted for _, wanted in _KINDS.values())
    raise WrongRoutine(f"{name_of(routine)} is not {wanted}")


def call(
    kind: bytes,
    routine: Routine,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    variables: Variables | None = None,
) -> bytes:
    """The first frame. Raises `UnpicklableArguments`."""
    try:
        if variables is not None:
            return kind + dump((routine, args, kwargs, variables))
        if _is_plain(routine, args, kwargs):
            with suppress(pickle.PicklingError, AttributeError):  # it is not where it says
                return kind + pickle.dumps((routine, args, kwargs))
        return kind + dump((routine, args, kwargs))
    except Exception as error:
        culprit = _culprit(routine, args, kwargs, variables)
        raise UnpicklableArguments(
            f"{culprit} of {name_of(routine)} cannot be pickled: {error}"
        ) from error


def _is_plain(routine: Routine, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether cloudpickle would write a reference to the routine, and atoms."""
    return (
        type(routine) is FunctionType
        and routine.__module__ != "__main__"
        and _ATOMS.issuperset(map(type, args))
        and (not kwargs or _ATOMS.issuperset(map(type, kwargs.values())))
        and not cloudpickle.list_registry_pickle_by_value()
    )


def _culprit(
    routine: Routine,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    variables: Variables | None,
) -> str:
    named: list[tuple[str, object]] = [("the routine", routine)]
    named += [(f"argument {index}", value) for index, value in enumerate(args, start=1)]
    named += [(f"argument {name!r}", value) for name, value in kwargs.items()]
    if variables is not None:
        named += [(f"context variable {name}", value) for name, value in variables[1].items()]
    for name, value in named:
        try:
            dump(value)
        except Exception:
            return f"{name} ({type(value).__qualname__})"
    return "the arguments"


def open_call(frame: bytes) -> Call:
    """What a first frame asks for. Raises what is wrong with it."""
    kind = frame[:1]
    if kind not in _KINDS:
        raise MalformedFrame(f"a dispatch does not open with {kind!r}")
    routine, args, kwargs, *variables = load(frame[1:])
    check_kind(kind, routine)
    return kind, routine, args, kwargs, variables[0] if variables else None


# -- requests ----------------------------------------------------------------------------------


def send(value: object) -> bytes:
    """The request to send `value` into a stream. Raises `UnpicklableArguments`."""
    try:
        return SEND + dump(value)
    except Exception as error:
        raise UnpicklableArguments(f"the value to send cannot be pickled: {error}") from error


def throw(error: BaseException | type[BaseException]) -> bytes:
    """The request to throw `error` into a stream. Raises `UnpicklableArguments`."""
    try:
        return THROW + dump_error(error)
    except Exception as failure:
        raise UnpicklableArguments(
            f"the exception to throw cannot be pickled: {failure}"
        ) from failure


# -- replies -----------------------------------------------------------------------------------


def value(result: object) -> bytes:
    """The reply that a routine returned or yielded `result`. Raises `UnpicklableResult`."""
    try:
        return VALUE + dump(result)
    except Exception as error:
        raise UnpicklableResult(
            f"a result of type {type(result).__qualname__} cannot be pickled: {error}"
        ) from error


def raised(error: BaseException) -> bytes:
    """The reply that a routine raised `error`. Raises nothing, whatever the error does."""
    return RAISED + _pack_error(error)


def rejected(error: BaseException) -> bytes:
    """The reply that the first frame was not fit to run, for `error`."""
    return REJECTED + _pack_error(error)


def _pack_error(error: BaseException) -> bytes:
    """A summary and a traceback as text, and the error pickled apart.

    So what cannot be read back can still be told. An exception may run code of anybody's when it
    is formatted or pickled, and that may raise anything.
    """
    try:
        lines = traceback.format_exception(error)
        summary, text = lines[-1].strip(), "".join(lines)
    except BaseException as failure:
        name = f"{type(error).__module__}.{type(error).__qualname__}"
        summary = f"{name} (formatting it raised {type(failure).__qualname__})"
        text = f"{''.join(traceback.format_tb(error.__traceback__))}{summary}\n"
    try:
        body = dump_error(error)
    except BaseException:
        body = b""
    return pickle.dumps((summary, text, body))


def refused(error: Exception) -> bytes:
    """The reply that the worker itself ended the dispatch with `error`: no traceback to show."""
    return REFUSED + dump_error(error)


def with_variables(frame: bytes, changed: dict[str, Any]) -> bytes:
    """The reply, and context variables to set before it. Raises `UnpicklableResult`."""
    try:
        body = dump(changed)
    except Exception as error:
        raise UnpicklableResult(
            f"of context variables {', '.join(changed)} one cannot be pickled: {error}"
        ) from error
    return VARIABLES + _SIZE.pack(len(body)) + body + frame


def take_variables(frame: bytes) -> tuple[dict[str, Any], bytes]:
    """Context variables to set, and the reply behind them. Raises `UnpicklableResult`."""
    (size,) = _SIZE.unpack_from(frame, 1)
    start = 1 + _SIZE.size
    try:
        return load(frame[start : start + size]), frame[start + size :]
    except Exception as error:
        raise UnpicklableResult(f"a context variable cannot be read back: {error}") from error


def open_reply(frame: bytes) -> Any:
    """The value in a reply; or raises the exception in it, or `StopAsyncIteration` at the end."""
    return _OPENERS[frame[:1]](frame[1:])


def _open_value(body: bytes) -> Any:
    try:
        return load(body)
    except Exception as error:
        raise UnpicklableResult(f"a result cannot be read back: {error}") from error


# Below, no frame that raises an exception has a name for it: exception -> traceback -> frame ->
# exception would be a cycle per failure. With one, fifty tests in test_endings.py fail.


def _open_end(body: bytes) -> Never:
    raise StopAsyncIteration


def _open_cancelled(body: bytes) -> Never:
    raise asyncio.CancelledError


def _open_raised(body: bytes) -> Never:
    summary, text, pickled = load(body)
    raise _load_error(summary, pickled) from RemoteTraceback(text)


def _open_refused(body: bytes) -> Never:
    raise load(body)


def _open_rejected(body: bytes) -> Never:
    raise _load_rejection(body)


def _load_rejection(body: bytes) -> Rejected:
    summary, text, pickled = load(body)
    error = _load_error(summary, pickled)
    error.__cause__ = RemoteTraceback(text)
    rejection = Rejected(summary)
    rejection.__cause__ = error
    return rejection


def _load_error(summary: str, pickled: bytes) -> BaseException:
    try:
        error = load(pickled)
    except Exception:
        error = None
    if isinstance(error, BaseException):
        return error
    return UnpicklableException(f"an exception does not survive pickling: {summary}")


_OPENERS: dict[bytes, Callable[[bytes], Any]] = {
    VALUE: _open_value,
    END: _open_end,
    CANCELLED: _open_cancelled,
    RAISED: _open_raised,
    REFUSED: _open_refused,
    REJECTED: _open_rejected,
}

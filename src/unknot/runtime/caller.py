"""The caller's half: turns routines and arguments into frames, and replies into results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from . import frames, variables
from .call import Call, Link
from .stream import Stream

P = ParamSpec("P")
T = TypeVar("T")
Y = TypeVar("Y")
S = TypeVar("S")


class Caller(ABC):
    """The base class of everything that routines can be dispatched to."""

    __slots__ = ()

    _variables: tuple[str, ...] = ()
    """Names of the context variables that are sent with a dispatch."""

    @abstractmethod
    def open_link(self) -> Link:
        """The link to the worker. Raises if it is not started, was stopped, or died."""

    async def dispatch(
        self, routine: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `routine(*args, **kwargs)` returns or raises, awaited on the worker.

        Cancelling this cancels the routine and waits for its end; cancelling it again does not.
        """
        async with self._call(frames.COROUTINE, routine, args, kwargs) as call:
            result: T = frames.open_reply(await call.__anext__())
            return result

    def stream(
        self, routine: Callable[P, AsyncGenerator[Y, S]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Stream[Y, S]:
        """The async generator `routine(*args, **kwargs)`, run on the worker."""
        return Stream(self._call(frames.STREAM, routine, args, kwargs))

    def session(self, routine: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Call:
        """The dispatch itself, of either kind of routine."""
        return self._call(frames.kind_of(routine), routine, args, kwargs)

    def _call(
        self, kind: bytes, routine: frames.Routine, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Call:
        link = self.open_link()
        frames.check_kind(kind, routine)
        names = self._variables
        travelling = (names, variables.read(names)) if names else None
        return Call(frames.call(kind, routine, args, kwargs, travelling), link)

"""A stream: an async generator that runs on a worker."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Generic, TypeVar

from . import frames
from .call import Call

Y = TypeVar("Y")
S = TypeVar("S")


class Stream(Generic[Y, S]):
    """Behaves like the async generator that runs on the worker.

    It is not itself an async generator, so that dropping it early costs no call of the finalizer
    hook and no task: `__del__` only cancels the driver.
    """

    __slots__ = ("_asking", "_call")

    def __init__(self, call: Call) -> None:
        self._call: Call | None = call  # None: finished
        self._asking = False

    def __aiter__(self) -> Stream[Y, S]:
        return self

    async def __anext__(self) -> Y:
        value: Y = await self._ask(frames.NEXT)
        return value

    async def asend(self, value: S) -> Y:
        reply: Y = await self._ask(frames.send(value))
        return reply

    async def athrow(self, error: BaseException | type[BaseException]) -> Y | None:
        """As for an async generator; `None` if it is finished."""
        if self._call is None:
            return None
        reply: Y = await self._ask(frames.throw(error))
        return reply

    async def aclose(self) -> None:
        call = self._call
        if call is None:
            return
        if call.started:
            await self._ask(frames.CLOSE)
        else:
            self._call = None

    async def __aenter__(self) -> Stream[Y, S]:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None or not issubclass(kind, GeneratorExit):
            await self.aclose()

    def __del__(self) -> None:
        if self._call is not None:
            self._call.cancel()

    async def _ask(self, request: bytes) -> Any:
        """The value in the reply to one request. Raises the exception in the reply."""
        call = self._call
        if call is None:
            raise StopAsyncIteration
        if self._asking:
            raise RuntimeError("the stream is already running")
        self._asking = True
        try:
            reply = await self._converse(call, request)
        finally:
            self._asking = False
        return frames.open_reply(reply)

    async def _converse(self, call: Call, request: bytes) -> bytes:
        try:
            if not call.started:
                await call.__aenter__()
            call.send(request)
            reply = await call.__anext__()
        except BaseException as error:
            # Rejected, or the caller was cancelled or closed: the stream is finished.
            self._call = None
            if call.started:
                await call.__aexit__(type(error), error, None)
            raise
        if call.completion.done():
            self._call = None
        return reply

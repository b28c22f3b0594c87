"""The driver: the task that runs a dispatch on the worker's loop, in the dispatch's context.

Drivers are module-level coroutines that take the session, so that no closure holds it. A driver
returns the last reply. Exceptions become replies, except CancelledError, which ends the task; the
docket turns that into a reply, as it does for a task cancelled before its first step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import AsyncGeneratorType
from typing import Any, TypeAlias

from . import frames
from .admission import Admission
from .context import current_session
from .errors import MalformedFrame, Overloaded
from .session import DispatchSession

Generator: TypeAlias = AsyncGeneratorType[Any, Any]


async def drive(session: DispatchSession, admission: Admission) -> bytes:
    """Run `session`, which holds a slot of `admission` meanwhile. Returns the last reply."""
    current_session.set(session)
    try:
        if session.carried is not None:
            session.carried.apply()
        if not admission.take():
            await admission.wait()
    except Overloaded as error:
        return frames.refused(error)
    except Exception as error:  # raised by the hook, or by a missing variable
        return frames.raised(error)
    try:
        return await _DRIVERS[session.kind](session)
    finally:
        admission.give_back()


async def _drive_coroutine(session: DispatchSession) -> bytes:
    try:
        return frames.value(await session.begin())
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        return frames.raised(error)


async def _drive_stream(session: DispatchSession) -> bytes:
    try:
        generator: Generator = session.begin()
    except BaseException as error:
        return frames.raised(error)
    try:
        while True:
            reply = await _advance(generator, await session.inbox.get())
            if generator.ag_frame is None:
                return reply
            if session.cancelled:  # and the generator caught it, but the caller has left
                raise asyncio.CancelledError
            session.reply(reply)
    except asyncio.CancelledError:
        await _close(generator)
        raise


async def _advance(generator: Generator, request: bytes) -> bytes:
    """The reply to one request."""
    try:
        return frames.value(await _verb(request)(generator, request[1:]))
    except StopAsyncIteration:
        return frames.END
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        return frames.raised(error)


async def _close(generator: Generator) -> None:
    """Close a generator whose caller is gone. Errors go to the loop's exception handler."""
    try:
        await generator.aclose()
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        asyncio.get_running_loop().call_exception_handler(
            {
                "message": f"a stream without a reader failed to close: {generator!r}",
                "exception": error,
                "asyncgen": generator,
            }
        )


def _verb(request: bytes) -> Callable[[Generator, bytes], Awaitable[Any]]:
    try:
        return _VERBS[request[:1]]
    except KeyError:
        raise MalformedFrame(f"no request starts with {request[:1]!r}") from None


def _next(generator: Generator, body: bytes) -> Awaitable[Any]:
    return generator.__anext__()


def _send(generator: Generator, body: bytes) -> Awaitable[Any]:
    return generator.asend(frames.load(body))


def _throw(generator: Generator, body: bytes) -> Awaitable[Any]:
    return generator.athrow(frames.load(body))


def _aclose(generator: Generator, body: bytes) -> Awaitable[Any]:
    return generator.aclose()


_DRIVERS = {frames.COROUTINE: _drive_coroutine, frames.STREAM: _drive_stream}
_VERBS = {frames.NEXT: _next, frames.SEND: _send, frames.THROW: _throw, frames.CLOSE: _aclose}

"""The worker's end of the gRPC transport, with a docket for each connection."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import Context
from functools import partial
from typing import Any

import grpc

from unknot.runtime import frames
from unknot.runtime.admission import Admission
from unknot.runtime.docket import Docket
from unknot.runtime.errors import FrameTooLarge, MalformedFrame
from unknot.runtime.release import Release

from . import packets
from .protocol import METHOD, NAME, WELCOME
from .pump import Pump
from .security import objection

WINDING_UP = 2.0
"""Seconds that dispatches of a caller that left have to end before the next caller is served."""


class Service:
    """Takes connections from those who show `secret`; with None, from whoever gets this far."""

    def __init__(
        self, admission: Admission, release: Release, secret: str | None, largest: int
    ) -> None:
        self._admission = admission
        self._release = release
        self._secret = secret
        self._largest = largest
        self.left = asyncio.Event()
        """Set when an accepted caller has left."""

    def handler(self) -> Any:
        """The handlers to add to a gRPC server."""
        connect = grpc.stream_stream_rpc_method_handler(self.connect)
        return grpc.method_handlers_generic_handler(NAME, {METHOD: connect})

    async def connect(self, _: Any, context: Any) -> None:
        """Serve one connection from its greeting to its end."""
        refused = objection(context.invocation_metadata(), self._secret)
        if refused is not None:
            await context.abort(*refused)
        loop = asyncio.get_running_loop()
        docket = Docket(loop, self._admission, self._release)
        try:
            await Peer(docket, loop, self._largest).serve(context)
        except MalformedFrame as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        finally:
            self.left.set()


class Peer:
    """A caller at the other end of a connection."""

    def __init__(self, docket: Docket, loop: asyncio.AbstractEventLoop, largest: int) -> None:
        self._docket = docket
        self._inbox = packets.Inbox(packets.FROM_CALLER, largest)
        self._pump = Pump(loop, largest)

    async def serve(self, context: Any) -> None:
        """Answer until the caller leaves. Raises `MalformedFrame` for an invalid message."""
        await context.write(WELCOME)
        pumping = asyncio.create_task(self._pump.run(context.write), name="unknot:pump")
        try:
            while (message := await context.read()) is not grpc.aio.EOF:
                for number, kind, frame in self._inbox.open(message):
                    self._take(number, kind, frame)
        finally:
            pumping.cancel()
            await self._wind_up()
            if pumping.done() and not pumping.cancelled():
                pumping.exception()  # the caller left during a message, which `read` reports too

    def _take(self, number: int, kind: bytes, frame: bytes) -> None:
        match kind:
            case packets.OPEN:
                self._open(number, frame)
            case packets.REQUEST:
                if self._docket.request(number, frame) > 2 * frames.WINDOW:
                    raise MalformedFrame(f"dispatch:{number} has too many requests ahead")
            case packets.CANCEL:
                self._docket.cancel(number)
            case packets.EXPIRE:
                self._docket.expire(frame)
            case packets.PING:
                self._pump.put(number, packets.PONG)

    def _open(self, number: int, first: bytes) -> None:
        if number in self._docket:
            raise MalformedFrame(f"dispatch:{number} is under way")
        self._docket.open(number, [first], partial(self._reply, number), Context())

    def _reply(self, number: int, frame: bytes, last: bool) -> None:
        kind = packets.LAST if last else packets.REPLY
        try:
            self._pump.put(number, kind, frame)
        except FrameTooLarge as error:
            self._pump.put(number, kind, frames.refused(error))

    async def _wind_up(self) -> None:
        """End the remaining dispatches of a caller that left."""
        self._docket.expire(frames.CANCELLED)
        pause = 0.001
        while len(self._docket) and pause < WINDING_UP:
            with suppress(asyncio.CancelledError):  # the caller left for good; they have not
                await asyncio.sleep(pause)
            pause *= 2

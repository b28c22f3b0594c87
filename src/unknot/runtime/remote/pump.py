"""The sending side of a connection: an outbox, and the task that empties it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from .packets import Outbox


class Pump:
    """Sends frames. Those that arrive while a message is being sent go into the next one."""

    __slots__ = ("_loop", "_waiter", "outbox")

    def __init__(self, loop: asyncio.AbstractEventLoop, largest: int) -> None:
        self.outbox = Outbox(largest)
        self._loop = loop
        self._waiter: asyncio.Future[None] | None = None

    def put(self, number: int, kind: bytes, frame: bytes = b"") -> None:
        """Send a frame, on the connection's loop. Raises `FrameTooLarge`."""
        self.outbox.put(number, kind, frame)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def run(self, write: Callable[[bytes], Awaitable[Any]]) -> None:
        """Write messages until cancelled or until `write` fails."""
        while True:
            while not self.outbox:
                self._waiter = self._loop.create_future()
                await self._waiter
            await write(self.outbox.take())

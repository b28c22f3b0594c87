"""A queue of frames for one reader."""

from __future__ import annotations

import asyncio
from collections import deque


class Mailbox:
    """A queue of frames for one reader. Writer and reader run on `loop`, so there is no lock."""

    __slots__ = ("_frames", "_loop", "_waiter")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._frames: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._frames)

    def deliver(self, frame: bytes) -> None:
        """Append `frame` and wake the reader."""
        self._frames.append(frame)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> bytes:
        """Wait for the next frame and remove it."""
        while not self._frames:
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                # Not a cycle, but a kept session would also keep its last waiter:
                # test_endings.py, "nothing_while_its_session_is_kept", counts the futures.
                self._waiter = None
        return self._frames.popleft()

"""A queue of frames that one reader waits for."""

from __future__ import annotations

import asyncio
from collections import deque


class Mailbox:
    """Frames for one reader. Writer and reader are on `loop`: there is no lock."""

    __slots__ = ("_frames", "_loop", "_waiter")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._frames: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._frames)

    def deliver(self, frame: bytes) -> None:
        """Put `frame` last, and wake the reader."""
        self._frames.append(frame)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> bytes:
        """The next frame."""
        while not self._frames:
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                # No cycle, but a finished session that is kept would keep its last waiter too:
                # test_endings.py, "nothing_while_its_session_is_kept", counts the futures.
                self._waiter = None
        return self._frames.popleft()

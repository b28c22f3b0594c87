"""A queue of frames that are posted from any thread and read on one event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress


class Mailbox:
    """Frames for the one reader on `loop`, who alone touches the queue: there is no lock.

    The protocol is lock-step, so a mailbox never holds more than a frame or two.
    """

    __slots__ = ("_frames", "_waiter", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._frames: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._frames)

    def post(self, frame: bytes) -> None:
        """Deliver `frame` from any thread. On a closed loop it is dropped: nobody reads there."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.deliver, frame)

    def deliver(self, frame: bytes) -> None:
        """Take in `frame` on the reader's own loop."""
        self._frames.append(frame)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> bytes:
        """The next frame."""
        while not self._frames:
            self._waiter = self.loop.create_future()
            try:
                await self._waiter
            finally:
                # No cycle, but a finished session that is kept would keep its last waiter too:
                # test_endings.py, "nothing_while_its_session_is_kept", counts the futures.
                self._waiter = None
        return self._frames.popleft()

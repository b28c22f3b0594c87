"""The future is cancelled."""

import asyncio


class Waiter:
    def __init__(self) -> None:
        self.reply: asyncio.Future[int] | None = asyncio.get_running_loop().create_future()
        self.reply.add_done_callback(self.done)

    def done(self, future: "asyncio.Future[int]") -> None:
        self.reply = None


async def op() -> None:
    waiter = Waiter()
    assert waiter.reply is not None
    waiter.reply.cancel()

"""An object waits for a future that nobody resolves."""

import asyncio


class Waiter:
    def __init__(self) -> None:
        self.reply = asyncio.get_running_loop().create_future()
        self.reply.add_done_callback(self.done)

    def done(self, future: "asyncio.Future[int]") -> None:
        pass


async def op() -> None:
    Waiter()

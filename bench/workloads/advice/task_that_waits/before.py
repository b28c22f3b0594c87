"""An object keeps a task of its own that waits for ever."""

import asyncio


class Poller:
    def start(self) -> None:
        self.task = asyncio.create_task(self.poll())

    async def poll(self) -> None:
        await asyncio.Event().wait()


async def op() -> None:
    Poller().start()
    await asyncio.sleep(0)

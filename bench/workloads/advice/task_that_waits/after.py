"""The task is cancelled, awaited and let go."""

import asyncio


class Poller:
    def start(self) -> None:
        self.task: asyncio.Task[None] | None = asyncio.create_task(self.poll())

    async def poll(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        if self.task:
            self.task.cancel()
            await asyncio.wait([self.task])
            self.task = None


async def op() -> None:
    poller = Poller()
    poller.start()
    await asyncio.sleep(0)
    await poller.close()

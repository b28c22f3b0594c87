"""Each is discarded when it is done."""

import asyncio

RUNNING: set["asyncio.Task[None]"] = set()


async def send() -> None:
    pass


async def op() -> None:
    task = asyncio.create_task(send())
    RUNNING.add(task)
    task.add_done_callback(RUNNING.discard)
    await task

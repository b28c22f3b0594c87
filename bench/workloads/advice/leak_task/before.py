"""Each operation starts a task that never ends, which the event loop keeps."""

import asyncio


async def watch() -> None:
    while True:
        await asyncio.sleep(60)


async def start() -> None:
    asyncio.create_task(watch())


async def op() -> None:
    await asyncio.create_task(start())

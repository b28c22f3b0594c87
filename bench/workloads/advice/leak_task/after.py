"""The task is cancelled."""

import asyncio


async def watch() -> None:
    while True:
        await asyncio.sleep(60)


async def op() -> None:
    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    watching.cancel()
    await asyncio.wait([watching])

"""The task is cancelled and awaited."""

import asyncio


async def wait_for_ever() -> None:
    await asyncio.Event().wait()


async def op() -> None:
    task = asyncio.create_task(wait_for_ever())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

"""A task waits for an event that nobody sets, and nobody keeps the task."""

import asyncio


async def wait_for_ever() -> None:
    await asyncio.Event().wait()


async def op() -> None:
    asyncio.create_task(wait_for_ever())
    await asyncio.sleep(0)

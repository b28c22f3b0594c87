"""A set keeps tasks alive while they run, and keeps them when they are done."""

import asyncio

RUNNING: set["asyncio.Task[None]"] = set()


async def send() -> None:
    pass


async def op() -> None:
    task = asyncio.create_task(send())
    RUNNING.add(task)
    await task

"""Its result is something else."""

import asyncio


async def op() -> None:
    future = asyncio.get_running_loop().create_future()
    future.set_result(None)

"""A future is its own result, which C code keeps."""

import asyncio


async def op() -> None:
    future = asyncio.get_running_loop().create_future()
    future.set_result(future)

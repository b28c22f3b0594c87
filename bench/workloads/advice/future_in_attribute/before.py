"""A reply keeps the future that it is the result of."""

import asyncio


class Reply:
    future: "asyncio.Future[Reply] | None" = None


async def op() -> None:
    reply = Reply()
    reply.future = asyncio.get_running_loop().create_future()
    reply.future.set_result(reply)
    await reply.future

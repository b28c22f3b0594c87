"""The attribute is cleared when the future is done."""

import asyncio


class Reply:
    future: "asyncio.Future[Reply] | None" = None


async def op() -> None:
    reply = Reply()
    reply.future = asyncio.get_running_loop().create_future()
    reply.future.add_done_callback(lambda future: setattr(future.result(), "future", None))
    reply.future.set_result(reply)
    await reply.future

"""A session keeps the task that runs it, in whose context it is."""

import asyncio
import contextvars

current: contextvars.ContextVar["Session"] = contextvars.ContextVar("current")


class Session:
    task: "asyncio.Task[None] | None" = None


async def run(session: Session) -> None:
    current.set(session)


async def op() -> None:
    session = Session()
    session.task = asyncio.create_task(run(session))
    await session.task

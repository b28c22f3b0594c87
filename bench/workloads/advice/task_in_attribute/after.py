"""The attribute is cleared when the task is done."""

import asyncio
import contextvars

current: contextvars.ContextVar["Session"] = contextvars.ContextVar("current")


class Session:
    task: "asyncio.Task[None] | None" = None

    def forget(self, task: "asyncio.Task[None]") -> None:
        self.task = None


async def run(session: Session) -> None:
    current.set(session)


async def op() -> None:
    session = Session()
    session.task = task = asyncio.create_task(run(session))
    task.add_done_callback(session.forget)
    await task

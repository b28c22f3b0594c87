"""Contexts, futures, tasks, coroutines and async generators."""

# ruff: noqa: B039, UP031

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
from typing import Any

from tests.agent.zoo.frames import raised

__all__ = ["contexts", "coroutines", "not_begun", "tasks"]

PURE: Any = (asyncio.tasks._PyTask, asyncio.futures._PyFuture)  # type: ignore[attr-defined]
"""Task and future, written in Python."""

variable: contextvars.ContextVar[Any] = contextvars.ContextVar("variable")
other: contextvars.ContextVar[Any] = contextvars.ContextVar("other", default=[7])
many: list[Any] = [contextvars.ContextVar("many%d" % number) for number in range(100)]


def fill(tokens: list[Any], each: list[Any]) -> contextvars.Context:
    for one in each:
        tokens.append(one.set([one.name]))
    return contextvars.copy_context()


def contexts() -> dict[str, Any]:
    tokens: list[Any] = []
    nested = contextvars.Context()
    nested.run(variable.set, other)
    found: dict[str, Any] = {
        "context": contextvars.Context().run(fill, tokens, [variable, other, variable]),
        "full context": contextvars.Context().run(fill, [], [variable, *many]),
        "context of a variable": nested,
        "empty context": contextvars.Context(),
        "token": tokens[0],
        "token with an old value": tokens[-1],
        "context variable": other,
    }
    for name in ("context", "full context", "context of a variable"):
        for number, node in enumerate(nodes_of(found[name])):
            found["node %d of the %s" % (number, name)] = node
    return found


def nodes_of(context: contextvars.Context) -> list[Any]:
    nodes: list[Any] = []
    queue: list[Any] = [context]
    while queue:
        for node in gc.get_referents(queue.pop()):
            if type(node).__name__.startswith("hamt"):
                nodes.append(node)
                queue.append(node)
    return nodes


async def forever(waited: Any) -> None:
    kept = [1]
    await waited
    del kept


async def returning() -> Any:
    return [1]


async def failing() -> None:
    mine = [1]
    raise ValueError(mine)


async def numbers() -> Any:
    kept = [1]
    yield kept
    yield kept


async def waiting_numbers(waited: Any) -> Any:
    await waited
    yield 1


def on_done(_: Any) -> None: ...


async def tasks(prefix: str, task: Any, future: Any) -> dict[str, Any]:
    """Tasks and futures in every state but not begun."""
    loop = asyncio.get_running_loop()
    waited = future(loop=loop)
    found: dict[str, Any] = {
        "pending future": waited,
        "future with a callback": future(loop=loop),
        "future with callbacks": future(loop=loop),
        "future with a result": future(loop=loop),
        "future with an exception": future(loop=loop),
        "cancelled future": future(loop=loop),
        "waiting task": task(forever(waited), loop=loop),
        "task with callbacks": task(forever(future(loop=loop)), loop=loop),
        "returned task": task(returning(), loop=loop),
        "raised task": task(failing(), loop=loop),
        "cancelled task": task(forever(future(loop=loop)), loop=loop),
    }
    found["future that two tasks await"] = shared = future(loop=loop)
    found["task that shares a future"] = task(forever(shared), loop=loop)
    found["other task that shares it"] = task(forever(shared), loop=loop)
    found["future with a callback"].add_done_callback(on_done)
    for _ in range(3):
        found["future with callbacks"].add_done_callback(functools.partial(on_done))
        found["task with callbacks"].add_done_callback(functools.partial(on_done))
    found["future with a result"].set_result([1])
    found["future with an exception"].set_exception(ValueError([]))
    found["future with an exception"].exception()
    found["cancelled future"].cancel()
    await asyncio.sleep(0)
    found["cancelled task"].cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    found["raised task"].exception()
    found["coroutine of a task"] = found["waiting task"].get_coro()
    found["awaiting a future"] = waited.__await__()
    found["wake-up"] = waited._callbacks[0][0]
    return {prefix + name: thing for name, thing in found.items()}


def not_begun(prefix: str, task: Any) -> dict[str, Any]:
    """A task that the loop has not stepped yet, and its step. Nothing may be awaited after it."""
    loop: Any = asyncio.get_running_loop()
    begun = task(returning(), loop=loop)
    return {prefix + "task that has not begun": begun, prefix + "step": loop._ready[-1]._callback}


async def coroutines() -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    waited = loop.create_future()
    finished = returning()
    raised(finished.send, None)
    suspended, done, awaiting = numbers(), numbers(), waiting_numbers(waited)
    await suspended.__anext__()
    await done.__anext__()
    await done.aclose()
    step = awaiting.__anext__()
    step.send(None)
    return {
        "handle": loop.call_soon(on_done, []),
        "timer handle": loop.call_later(30, on_done, []),
        "coroutine that has not begun": returning(),
        "finished coroutine": finished,
        "coroutine wrapper": forever(waited).__await__(),
        "async generator": suspended,
        "async generator that has not begun": numbers(),
        "finished async generator": done,
        "awaiting async generator": awaiting,
        "step of an async generator": step,
        "sending to an async generator": suspended.asend([]),
        "throwing into an async generator": suspended.athrow(ValueError([])),
        "loop": loop,
    }

"""Operations that begin something that ends by itself a little later, or never."""

from __future__ import annotations

import asyncio
import threading
import time

SOON = 0.04

pending: set[asyncio.Task[None]] = set()
forever: list[asyncio.Task[bool]] = []


class Node:
    me: Node


async def task_that_ends() -> None:
    task = asyncio.create_task(asyncio.sleep(SOON))
    pending.add(task)
    task.add_done_callback(pending.discard)


async def task_that_never_ends() -> None:
    forever.append(asyncio.create_task(asyncio.Event().wait()))


async def timer_that_fires() -> None:
    asyncio.get_running_loop().call_later(SOON, int)


async def timer_that_holds_a_cycle() -> None:
    node = Node()
    node.me = node
    asyncio.get_running_loop().call_later(0.6, getattr, node, "me")


def thread_that_ends() -> None:
    threading.Thread(target=time.sleep, args=(SOON,)).start()


def thread_that_leaves_a_cycle() -> None:
    threading.Thread(target=_leave_cycle).start()


def _leave_cycle() -> None:
    time.sleep(SOON)
    node = Node()
    node.me = node

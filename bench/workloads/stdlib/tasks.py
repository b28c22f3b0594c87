"""Work that ends well, raises, or is cancelled: asyncio tasks, futures, threads, processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from functools import cache
from multiprocessing.managers import SyncManager
from multiprocessing.pool import ThreadPool
from queue import Empty
from typing import Any

TRUE = (sys.executable, "-I", "-S", "-c", "")
ECHO = ("cat",)

_pool = ThreadPoolExecutor(1)
_calls = ThreadPool(1)


@cache
def _manager() -> SyncManager:
    """The process of a manager, from the first operation to the end of this one."""
    return multiprocessing.Manager()


async def _work() -> None:
    await asyncio.sleep(0)


async def _fail() -> None:
    raise ValueError("nothing to do")


async def _wait() -> None:
    await asyncio.Event().wait()


async def _fail_in_a_group() -> None:
    async with asyncio.TaskGroup():
        raise ValueError("nothing to do")


async def _wait_in_a_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_wait())


async def _cancel(task: asyncio.Future[Any]) -> None:
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


def _divide() -> float:
    return 1 / 0


# asyncio: several at a time


async def gather_raises() -> None:
    """Gather two coroutines, of which one raises."""
    with suppress(ValueError):
        await asyncio.gather(_work(), _fail())


async def gather_cancelled() -> None:
    """Gather two coroutines, and cancel that."""
    await _cancel(asyncio.gather(_wait(), _wait()))


async def group() -> None:
    """A task group with two tasks."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_work())
        tasks.create_task(_work())


async def group_task_raises() -> None:
    """A task group, a task of which raises."""
    with suppress(Exception):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_fail())


async def group_body_raises() -> None:
    """A task group whose body raises, in a task of its own."""
    await asyncio.wait([asyncio.create_task(_fail_in_a_group())])


async def group_cancelled() -> None:
    """A task group that is cancelled while a task of it waits."""
    await _cancel(asyncio.create_task(_wait_in_a_group()))


async def group_times_out() -> None:
    """A task group with a deadline that passes while a task of it waits."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.001), asyncio.TaskGroup() as tasks:
            tasks.create_task(_wait())


async def group_too_late() -> None:
    """A task group with a deadline that has passed already."""
    with suppress(TimeoutError):
        async with asyncio.timeout(-1), asyncio.TaskGroup():
            await asyncio.sleep(0)


async def completed_in_order_raises() -> None:
    """A coroutine by ``as_completed``, which raises."""
    for each in asyncio.as_completed([_fail()]):
        with suppress(ValueError):
            await each


async def completed_in_order_times_out() -> None:
    """A task by ``as_completed`` with a timeout that passes."""
    task = asyncio.create_task(_wait())
    for each in asyncio.as_completed([task], timeout=0.001):
        with suppress(TimeoutError):
            await each
    await _cancel(task)


# asyncio: deadlines and cancellation


async def wait_for_raises() -> None:
    """``wait_for`` a coroutine that raises."""
    with suppress(ValueError):
        await asyncio.wait_for(_fail(), 1)


async def wait_for_times_out() -> None:
    """``wait_for`` a coroutine that is late."""
    with suppress(TimeoutError):
        await asyncio.wait_for(_wait(), 0.001)


async def timeout() -> None:
    """A ``timeout()`` that passes."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.001):
            await _wait()


async def shield() -> None:
    """A shielded task, whose shield is cancelled."""
    task = asyncio.create_task(_work())
    await _cancel(asyncio.shield(task))
    await task


async def queue_cancelled() -> None:
    """A ``Queue.get()`` that is cancelled."""
    queue: asyncio.Queue[None] = asyncio.Queue()
    await _cancel(asyncio.create_task(queue.get()))


async def eager_task_raises() -> None:
    """An eager task that raises before it first waits (3.12 and newer)."""
    if sys.version_info >= (3, 12):
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)
        await asyncio.wait([loop.create_task(_fail())])
        loop.set_task_factory(None)


def run() -> None:
    """``asyncio.run`` of a coroutine."""
    asyncio.run(_work())


def run_raises() -> None:
    """``asyncio.run`` of a coroutine that raises."""
    with suppress(ValueError):
        asyncio.run(_fail())


# Threads


async def to_thread() -> None:
    """``asyncio.to_thread``."""
    await asyncio.to_thread(int)


async def to_thread_raises() -> None:
    """``asyncio.to_thread`` of a function that raises."""
    with suppress(ZeroDivisionError):
        await asyncio.to_thread(_divide)


def future_result() -> None:
    """A call in a thread pool, and its result."""
    _pool.submit(int).result()


def future_raises() -> None:
    """A call in a thread pool that raises, and its result."""
    with suppress(ZeroDivisionError):
        _pool.submit(_divide).result()


def future_cancelled() -> None:
    """The result of a future that was cancelled."""
    future: Future[None] = Future()
    future.cancel()
    with suppress(BaseException):
        future.result()


def futures_as_completed() -> None:
    """Two calls in a thread pool by ``as_completed``, one raises."""
    for each in as_completed([_pool.submit(float), _pool.submit(_divide)]):
        each.exception()


def pool_of_threads() -> None:
    """A ``ThreadPoolExecutor`` of its own for one call."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int)


def thread_pool_raises() -> None:
    """A call in a ``multiprocessing`` thread pool that raises."""
    with suppress(ZeroDivisionError):
        _calls.apply(_divide)


def thread() -> None:
    """A thread that ends."""
    one = threading.Thread(target=int)
    one.start()
    one.join()


def timer() -> None:
    """A ``threading.Timer`` that fires."""
    one = threading.Timer(0.001, int)
    one.start()
    one.join()


def local() -> None:
    """A ``threading.local`` with a value in two threads."""
    values = threading.local()
    values.mine = 1
    one = threading.Thread(target=setattr, args=(values, "mine", 2))
    one.start()
    one.join()


# Processes


def run_process() -> None:
    """``subprocess.run`` with its output."""
    subprocess.run(TRUE, capture_output=True, check=True)


def run_process_times_out() -> None:
    """``subprocess.run`` that is late."""
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(ECHO, stdin=subprocess.PIPE, timeout=0.001, check=False)


async def async_process() -> None:
    """A subprocess of asyncio, without pipes."""
    await (await asyncio.create_subprocess_exec(*TRUE)).wait()


async def async_process_pipes() -> None:
    """A subprocess of asyncio, written to and read."""
    pipe = subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*ECHO, stdin=pipe, stdout=pipe)
    await process.communicate(b"a line")


def queue_of_processes() -> None:
    """A ``multiprocessing.Queue``, one value through it."""
    queue: multiprocessing.Queue[int] = multiprocessing.Queue()
    queue.put(1)
    queue.get()
    queue.close()
    queue.join_thread()


def queue_of_a_manager() -> None:
    """``get_nowait()`` of a manager's queue that is empty."""
    queue = _manager().Queue()
    with suppress(Empty):
        queue.get_nowait()

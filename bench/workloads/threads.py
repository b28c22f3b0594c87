"""A ``concurrent.futures`` thread pool of four threads.

Operation: a batch of eight calls, all awaited; one of them raises.
Requirement: none. The exception is looked at and not raised again: ``Future.result()`` would put
the caller's frame, and with it the list of calls, into a cycle that is the caller's own.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

REQUIREMENTS: tuple[str, ...] = ()
OPERATION = "eight calls in four threads, one of them raises"

_pool: ThreadPoolExecutor


def divide(number: int) -> float:
    return 1 / number


def setup() -> None:
    global _pool
    _pool = ThreadPoolExecutor(4)


def op() -> None:
    calls = [_pool.submit(divide, number) for number in range(8)]
    wait(calls)
    for call in calls:
        call.exception()


def teardown() -> None:
    _pool.shutdown()

"""The bundled workload: one operation is over before the next begins, on the worker, too."""

from __future__ import annotations

import asyncio

import pytest

from bench.workloads.bundled import OPERATIONS, TRANSPORTS, Beginnings, worker_over
from unknot.runtime import pin, pinned


async def sessions_ended() -> int:
    return len(pinned)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_an_abandoned_dispatch_has_ended_when_its_operation_has(transport: str) -> None:
    """Else two of them may end in one iteration of the loop, and keep one frame of it together."""

    async def main() -> list[int]:
        call_abandoned = OPERATIONS["coroutine", "abandoned"]
        ended = []
        async with worker_over(transport, pin) as worker:
            with Beginnings() as begun:
                for _ in range(100):
                    await call_abandoned(worker, begun)
                    ended.append(await worker.dispatch(sessions_ended))
        return ended

    pinned.clear()
    try:
        # Every dispatch that asks is pinned, too, once it has ended.
        assert asyncio.run(main()) == list(range(1, 201, 2))
    finally:
        pinned.clear()

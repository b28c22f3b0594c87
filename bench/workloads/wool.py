"""Sustained dispatch through a real ``wool.WorkerPool`` with one spawned worker.

Operation: one awaited call of a routine, from the call to its result.
Requirement: wool; every release from 0.10.0 on runs this file as it is.
"""

from __future__ import annotations

import wool

REQUIREMENTS = ("wool",)
OPERATION = "one dispatch to a spawned worker"

_pool: wool.WorkerPool


@wool.routine  # type: ignore[untyped-decorator]
async def answer(value: int) -> int:
    return value


async def setup() -> None:
    global _pool
    _pool = wool.WorkerPool(spawn=1)
    await _pool.__aenter__()  # an exit stack calls it by the class, which its guard refuses


async def op() -> None:
    await answer(1)


async def teardown() -> None:
    await _pool.__aexit__(None, None, None)

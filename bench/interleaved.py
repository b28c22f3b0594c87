"""Times two operations in short alternating blocks, so that other load affects both equally.

Standard library only, because it also runs in environments of other packages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Operation = Callable[[], Awaitable[None]]
LOADS = (1, 64)
"""Operations in flight."""
BLOCK = 64 * 4
"""Operations per block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Medians over the blocks: seconds per operation of each, and their ratio."""

    in_flight: int
    floor: float
    dispatch: float
    ratio: float


async def compare(
    floor: Operation, dispatch: Operation, in_flight: int, blocks: int, size: int = BLOCK
) -> Ratio:
    """``dispatch`` over ``floor`` with so many in flight, after a block of each to warm up."""
    for operation in (floor, dispatch):
        await _block(operation, in_flight, size)
    pairs = [
        (await _block(floor, in_flight, size), await _block(dispatch, in_flight, size))
        for _ in range(blocks)
    ]
    return Ratio(
        in_flight=in_flight,
        floor=median(low for low, _ in pairs),
        dispatch=median(high for _, high in pairs),
        ratio=median(high / low for low, high in pairs),
    )


async def _block(operation: Operation, in_flight: int, times: int) -> float:
    """Seconds per operation over one block."""
    began = perf_counter()
    if in_flight == 1:
        await _repeat(operation, times)
    else:
        share = times // in_flight
        await asyncio.gather(*(_repeat(operation, share) for _ in range(in_flight)))
    return (perf_counter() - began) / times


async def _repeat(operation: Operation, times: int) -> None:
    for _ in range(times):
        await operation()

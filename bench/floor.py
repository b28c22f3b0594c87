"""What a dispatch costs over awaiting a no-op on another thread's loop: `python -m bench.floor`.

The floor is `asyncio.run_coroutine_threadsafe` and back, on the same kind of worker thread. Both
run in short blocks that alternate, so that what else the machine does falls on both alike; what is
printed is the median of the blocks' ratios.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from statistics import median
from threading import Thread
from time import perf_counter

from unknot.runtime import Worker

Operation = Callable[[], Awaitable[None]]


async def noop() -> None:
    pass


class Floor:
    """A no-op awaited through `run_coroutine_threadsafe`."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    async def __call__(self) -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(noop(), self.loop))

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class Dispatch:
    """The same no-op dispatched to a worker."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker

    async def __call__(self) -> None:
        await self.worker.dispatch(noop)


async def repeat(operation: Operation, times: int) -> None:
    for _ in range(times):
        await operation()


async def block(operation: Operation, in_flight: int, times: int) -> float:
    """Seconds per operation over one block."""
    began = perf_counter()
    if in_flight == 1:
        await repeat(operation, times)
    else:
        share = times // in_flight
        await asyncio.gather(*(repeat(operation, share) for _ in range(in_flight)))
    return (perf_counter() - began) / times


async def compare(floor: Operation, dispatch: Operation, in_flight: int, blocks: int) -> None:
    times = 64 * 4
    await block(floor, in_flight, times)
    await block(dispatch, in_flight, times)
    pairs = [
        (await block(floor, in_flight, times), await block(dispatch, in_flight, times))
        for _ in range(blocks)
    ]
    print(
        f"{in_flight:3} in flight"
        f"   floor {median(low for low, _ in pairs) * 1e6:6.1f} µs"
        f"   dispatch {median(high for _, high in pairs) * 1e6:6.1f} µs"
        f"   ratio {median(high / low for low, high in pairs):.2f}"
    )


async def main(blocks: int) -> None:
    floor = Floor()
    async with Worker() as worker:
        for in_flight in (1, 64):
            await compare(floor, Dispatch(worker), in_flight, blocks)
    floor.stop()


if __name__ == "__main__":
    # Under its importable name, as a routine of `__main__` is pickled by value: 30 µs more.
    from bench import floor as importable

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--blocks", type=int, default=60, help="alternating blocks of each")
    asyncio.run(importable.main(parser.parse_args().blocks))

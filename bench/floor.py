"""What a dispatch costs relative to the least that it could: `python -m bench.floor`.

The floor of a thread's dispatch is `asyncio.run_coroutine_threadsafe` and back, on the same kind of
worker thread; that of a dispatch over gRPC is one bidirectional call to an echo in another process.
Each pair runs in short alternating blocks; the median of the blocks' ratios is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

from bench.interleaved import LOADS, Ratio, compare
from bench.rawcall import RawCall
from unknot.environments.cache import environment
from unknot.environments.interpreters import resolve_interpreter
from unknot.runtime import Worker
from unknot.runtime.caller import Caller
from unknot.runtime.remote import WorkerProcess

WANTED = {("thread", 1): 1.10, ("thread", 64): 1.10, ("grpc", 1): 0.60, ("grpc", 64): 0.10}
"""The ratios that the runtime must not exceed, by transport and load."""


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

    def __init__(self, worker: Caller) -> None:
        self.worker = worker

    async def __call__(self) -> None:
        await self.worker.dispatch(noop)


async def over_thread(blocks: int) -> None:
    floor = Floor()
    async with Worker() as worker:
        for load in LOADS:
            show("thread", await compare(floor, Dispatch(worker), load, blocks))
    floor.stop()


async def over_grpc(blocks: int) -> None:
    async with RawCall() as raw, WorkerProcess() as worker:
        for load in LOADS:
            show("grpc", await compare(raw, Dispatch(worker), load, blocks))


def over_wool(requirement: str, blocks: int) -> None:
    """The same for wool, in a separate environment."""
    installed = environment([requirement], resolve_interpreter(sys.executable))
    done = subprocess.run(
        [installed.python, "-m", "bench.wool_over_raw", str(blocks)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for line in done.stdout.splitlines():
        show(requirement, Ratio(**json.loads(line)))


def show(transport: str, found: Ratio) -> None:
    wanted = WANTED.get((transport, found.in_flight))
    print(
        f"{transport:8}{found.in_flight:3} in flight"
        f"   floor {found.floor * 1e6:8.1f} µs"
        f"   dispatch {found.dispatch * 1e6:8.1f} µs"
        f"   ratio {found.ratio:.3f}" + (f"   wanted: at most {wanted:.2f}" if wanted else "")
    )


def main(blocks: int, requirement: str | None) -> None:
    asyncio.run(over_thread(blocks))
    asyncio.run(over_grpc(blocks))
    if requirement is not None:
        over_wool(requirement, blocks)


if __name__ == "__main__":
    # Under its importable name, as a routine of `__main__` is pickled by value: 30 µs more.
    from bench import floor as importable

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--blocks", type=int, default=60, help="alternating blocks of each")
    parser.add_argument(
        "--with",
        dest="requirement",
        metavar="WOOL",
        help="also measure wool's dispatch: wool, or wool==0.15.7",
    )
    asked = parser.parse_args()
    importable.main(asked.blocks, asked.requirement)

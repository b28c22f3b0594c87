"""A program that starts a worker process, keeps it busy and says so; a test then ends it.

`python abandoning.py HOW`: HOW is `idle`, `dispatching`, or `stuck`, where the worker's interpreter
runs one instruction that lasts and lets no other thread in.
"""

import asyncio
import sys

from unknot.runtime.remote import WorkerProcess


async def run_for_ever(how: str) -> None:
    if how == "stuck":
        (10**200_000_000).bit_length()
    await asyncio.get_running_loop().create_future()


async def main(how: str) -> None:
    async with WorkerProcess() as worker:
        if how != "idle":
            call = asyncio.ensure_future(worker.dispatch(run_for_ever, how))
            await asyncio.sleep(0.3)
            assert not call.done()
        sys.stdout.write(f"{worker.pid}\n")
        sys.stdout.flush()
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

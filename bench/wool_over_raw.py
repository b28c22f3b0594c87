"""wool's dispatch over one raw call, in an environment that has wool: `bench.floor --with wool`.

Prints one JSON object per load. It imports nothing of unknot.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict

from bench.interleaved import LOADS, compare
from bench.rawcall import RawCall
from bench.workloads import wool


async def main(blocks: int) -> None:
    await wool.setup()
    async with RawCall() as raw:
        for load in LOADS:
            ratio = await compare(raw, wool.op, load, blocks)
            sys.stdout.write(json.dumps(asdict(ratio)) + "\n")
    await wool.teardown()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))

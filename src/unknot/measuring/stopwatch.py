"""Times one workload's operation in a pyperf worker process; :mod:`.latency` starts it.

No instrument but pyperf runs here: the collector is in the requested mode,
and the clock covers only operations.
"""

from __future__ import annotations

import asyncio
import gc
import json
from functools import partial
from time import perf_counter

import pyperf

from unknot.agent.workload import Workload, load
from unknot.measuring.spec import Effort
from unknot.records import GcMode


async def time_operations(workload: Workload, gc_mode: GcMode, every: int, ops: int) -> float:
    """Seconds that ``ops`` operations take under a collector mode.

    In ``forced`` a collection follows every ``every`` of them, as in the sustained stage.
    """
    await workload.open()
    gc.collect()
    if gc_mode != "auto":
        gc.disable()
    started = perf_counter()
    if gc_mode == "forced":
        for _ in range(ops // every):
            await workload.run(every)
            gc.collect()
        await workload.run(ops % every)
    else:
        await workload.run(ops)
    seconds = perf_counter() - started
    gc.enable()
    await workload.close()
    return seconds


def time_workload(name: str, parameters: dict[str, str], gc_mode: GcMode, ops: int) -> float:
    """Seconds that ``ops`` operations of a freshly opened workload take."""
    every = min(Effort().forced_every, ops)
    workload = load(name, parameters)
    timing = time_operations(workload, gc_mode, every, ops)
    if workload.needs_loop:
        return asyncio.run(timing)
    try:
        timing.send(None)
    except StopIteration as done:
        return float(done.value)
    raise RuntimeError("a plain workload suspended")


def main() -> None:
    runner = pyperf.Runner()
    runner.argparser.add_argument("--name", required=True)
    runner.argparser.add_argument("--workload", required=True)
    runner.argparser.add_argument("--parameters", required=True)
    runner.argparser.add_argument("--gc", required=True)
    args = runner.parse_args()
    parameters = json.loads(args.parameters)
    runner.bench_time_func(args.name, partial(time_workload, args.workload, parameters, args.gc))


if __name__ == "__main__":
    main()

"""Runs a workload's operations, prints ``ready``, and runs the file named on standard input.

Usage: ``python hold.py '{"workload": …, "ops": …}'``.
"""

# ruff: noqa: ASYNC230
# mypy: ignore-errors

import os
import sys

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main(order):
    """Open the workload, run its operations with the collector off, and wait."""
    sys.path[0] = os.getcwd()
    package = type(sys)("unknot_agent")
    package.__path__ = [FOLDER]
    sys.modules[package.__name__] = package
    import gc

    from unknot_agent.backends import PLAIN, find_backend
    from unknot_agent.workload import load

    workload = load(order["workload"], {})
    backend = find_backend("asyncio") if workload.needs_loop else PLAIN
    output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    async def serve():
        await workload.open(1, backend.together)
        gc.collect()
        gc.disable()
        await workload.run(order["ops"])
        output.write("ready\n")
        output.flush()
        with open(sys.stdin.readline().strip()) as stream:
            exec(stream.read(), {})

    backend.run(serve())
    sys.stdin.read()


if __name__ == "__main__":
    import json

    main(json.loads(sys.argv[1]))

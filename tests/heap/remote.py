"""Run under another interpreter: leave cycles behind, send a snapshot, then the traits
and the labels asked for.

Needs nothing but the standard library. Arguments: the folders of the agent package and of the
operations' package, the operations' module, and an operation's name. Lines of JSON go both ways.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import inspect
import json
import sys
from collections.abc import Callable
from typing import Any

COPIES = 3


def main(agent: str, operations: str, module: str, name: str) -> None:
    sys.path[:0] = [agent, operations]
    grouping: Any = __import__("agent.grouping").grouping
    labels: Any = __import__("agent.labels").labels
    snapshot: Any = __import__("agent.snapshot").snapshot
    traits: Any = __import__("agent.traits").traits
    op = getattr(importlib.import_module(module), name)
    with asyncio.Runner() as runner:
        run(lambda: runner.run(op()) if inspect.iscoroutinefunction(op) else op())
        objects = gc.get_objects()
        message, arrays = snapshot.snapshot(objects)
        send({"message": message, "arrays": [each.tobytes().hex() for each in arrays]})
        order, runs = json.loads(sys.stdin.readline())
        groups = grouping.groups_of(objects, bytes.fromhex(order), runs)
        del objects
        message, arrays = traits.collect_traits(groups)
        del groups
        send({"message": message, "arrays": [each.tobytes().hex() for each in arrays]})
        send(labels.label(json.loads(sys.stdin.readline())))


def run(op: Callable[[], object]) -> None:
    op()
    gc.collect()
    gc.freeze()
    gc.disable()
    for _ in range(COPIES):
        op()


def send(reply: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

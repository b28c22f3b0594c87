"""``python -m tests.agent.zoo AGENT_FOLDER``: what the labels say, as one JSON object.

``told`` has, for each object, its description, and of each reference the kind, the name, the index
and the type of what it leads to. ``differing`` are those whose references are not the collector's.
``counts`` are the objects that exist after one more naming, and after another. ``garbage`` is what
that left to collect, ``ran`` what of the hostile
objects' own code ran, and ``enemies`` what was told of them.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import sys
import types
from typing import Any

from tests.agent.zoo import callables, frames, loops, stored, things
from tests.agent.zoo.hostile import RAN, hostile


async def animals() -> dict[str, Any]:
    """Everything that is to be named, while a loop runs."""
    found: dict[str, Any] = {}
    for part in (
        things.instances,
        things.classes,
        things.containers,
        things.iterators,
        callables.functions,
        callables.methods,
        callables.references,
        frames.generators,
        frames.exceptions,
        frames.tracebacks,
        loops.contexts,
        stored.stored,
    ):
        found.update(part())
    found.update(await loops.tasks("", asyncio.Task, asyncio.Future))
    found.update(await loops.tasks("Python ", *loops.PURE))
    found.update(await loops.coroutines())
    found.update(loops.not_begun("", asyncio.Task))
    found.update(loops.not_begun("Python ", loops.PURE[0]))
    return found


def load_label(folder: str) -> Any:
    """The function, imported as the agent is."""
    package = types.ModuleType("unknot_agent")
    package.__path__ = [folder]
    sys.modules[package.__name__] = package
    return importlib.import_module("unknot_agent.labels").label


def tell(label: Any, zoo: dict[str, Any]) -> dict[str, Any]:
    """What the labels say of each, and where they differ from what the collector sees."""
    tracked = {name: thing for name, thing in zoo.items() if gc.is_tracked(thing)}
    seen = {name: list(filter(gc.is_tracked, gc.get_referents(it))) for name, it in tracked.items()}
    objects = {one["id"]: one for one in label(list(map(id, tracked.values())))["objects"]}
    told: dict[str, Any] = {}
    differing = []
    for name, thing in tracked.items():
        one = objects[id(thing)]
        if [reference["to"] for reference in one["references"]] != list(map(id, seen[name])):
            differing.append(name)
        references = zip(one["references"], map(type, seen[name]))  # noqa: B905 - for 3.8
        told[name] = dict(
            one,
            references=[
                [each["kind"], each["name"], each["index"], type.__dict__["__name__"].__get__(cls)]
                for each, cls in references
            ],
        )
    return {"told": told, "differing": differing}


async def main(folder: str) -> None:
    label = load_label(folder)
    zoo = await animals()
    enemies = hostile()
    gc.collect()
    gc.disable()
    result = tell(label, zoo)
    label(list(map(id, zoo.values())))
    counts = []
    for _ in range(2):
        label(list(map(id, zoo.values())))
        counts.append(len(gc.get_objects()))
    garbage = gc.collect()
    RAN.clear()
    labels = label(list(map(id, enemies.values())))["objects"]
    ran = list(RAN)
    json.dump(dict(result, counts=counts, garbage=garbage, ran=ran, enemies=labels), sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # there are tasks that wait for ever, and enemies that do not go quietly


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

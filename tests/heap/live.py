"""What an operation leaves in this process, analysed as if it came over the wire."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
from collections.abc import Callable

from unknot.agent.census import undisturbed
from unknot.agent.grouping import groups_of
from unknot.agent.labels import label
from unknot.agent.snapshot import snapshot
from unknot.agent.traits import collect_traits
from unknot.heap import (
    CycleReport,
    Snapshot,
    connect,
    describe_all,
    find_garbage,
    group,
    parse_labels,
    parse_traits,
    places_to_label,
)

__all__ = ["reports_of"]


def reports_of(op: Callable[[], object], times: int = 1) -> list[CycleReport]:
    """The cycles that so many operations leave, those with most objects first.

    An operation that is a coroutine function runs in one loop for all.
    """
    if not inspect.iscoroutinefunction(op):
        return _reports_of(op, times)
    with asyncio.Runner() as runner:
        return _reports_of(lambda: runner.run(op()), times)


def _reports_of(op: Callable[[], object], times: int) -> list[CycleReport]:
    op()  # what is made once is none of it
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        for _ in range(times):
            op()
        with undisturbed():
            objects = gc.get_objects()
            message, arrays = snapshot(objects)
        heap = Snapshot.from_raw(
            json.loads(json.dumps(message)), [bytes(memoryview(each).cast("B")) for each in arrays]
        )
        graph = connect(heap, find_garbage(heap))
        named = graph.select_named()
        with undisturbed():
            told, columns = collect_traits(groups_of(objects, named.order, named.runs))
        buffers = [each.tobytes() for each in columns]
        traits = parse_traits(json.loads(json.dumps(told)), buffers, graph)
        kinds = group(graph, traits, times)
        places = [place for kind in kinds for place in places_to_label(kind)]
        with undisturbed():
            reply = json.loads(json.dumps(label([*heap.identities(places)])))
        return describe_all(kinds, parse_labels(reply, heap))
    finally:
        gc.enable()
        gc.unfreeze()

"""The instruments; `python -m bench.peers WORK PEER HEAP SIZE TIMES` measures one of them.

The command imports what the peer needs, freezes that, builds the heap with the collector off, runs
the peer on it, and prints what it took as one line of JSON. A process measures one peer on one
heap: peaks of memory do not go down, and collecting uses a heap up.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import resource
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.heaps import HEAPS

__all__ = ["PEERS", "UNKNOT", "WITH_BYTES", "Look", "Peer", "count", "measure"]

UNKNOT = "unknot"
WITH_BYTES = "unknot, with bytes"

Look = Callable[[dict[str, float]], str]
"""Looks at the heap once. Returns what it found, and may add seconds by stage to the argument."""


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    prepare: Callable[[], Look]
    """Imports everything that it needs."""
    package: str | None = None
    """The package that it requires."""
    limit: int | None = None
    """Maximum number of objects; it takes too long for more."""

    @property
    def is_installed(self) -> bool:
        return self.package is None or importlib.util.find_spec(MODULES[self.package]) is not None


MODULES = {"refcycle": "refcycle", "objgraph": "objgraph", "pympler": "pympler", "guppy3": "guppy"}
"""The module whose presence shows that a package is installed."""


def measure(work: str, name: str, heap: str, size: int, times: int) -> dict[str, Any]:
    """The cost of ``times`` looks of a peer at a new heap: seconds, bytes, what it found."""
    peer = next(peer for peer in PEERS[work] if peer.name == name)
    look = peer.prepare()
    gc.collect()
    gc.freeze()
    gc.disable()
    held = HEAPS[heap](size)
    before = _peak_bytes()  # building a heap frees nothing, so this is what it takes now
    seconds = []
    stages: dict[str, float] = {}
    added = 0
    found = ""
    for turn in range(times):
        began = perf_counter()
        found = look(stages)
        seconds.append(perf_counter() - began)
        if turn == 0:
            added = _peak_bytes() - before
    del held
    return {"seconds": seconds, "stages": stages, "added": added, "heap": before, "found": found}


def _peak_bytes() -> int:
    """The peak memory of this process, in bytes."""
    try:  # first, as ru_maxrss starts with that of the process which started this one
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) * 1024
    except (OSError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def count(number: int, noun: str, plural: str = "s") -> str:
    """``1 kind``, ``8 kinds``."""
    return f"{number:,} {noun}{plural if number != 1 else ''}"


def _count_bare() -> Look:
    return lambda _: count(len(gc.get_objects()), "object")


def _count_types_bare() -> Look:
    return lambda _: count(len(Counter(map(type, gc.get_objects()))), "type")


def _census() -> Look:
    from unknot.agent.census import census

    return lambda _: count(len(census()), "type")


def _census_with_bytes() -> Look:
    from unknot.agent.allocated import allocated_bytes
    from unknot.agent.census import census

    def look(_: dict[str, float]) -> str:
        octets = allocated_bytes()
        types = count(len(census()), "type")
        return types if octets is None else f"{octets / 1e6:,.0f} MB in use, {types}"

    return look


def _objgraph() -> Look:
    objgraph = importlib.import_module("objgraph")
    return lambda _: count(len(objgraph.typestats()), "type")


def _pympler() -> Look:
    muppy = importlib.import_module("pympler.muppy")
    summary = importlib.import_module("pympler.summary")
    return lambda _: count(len(summary.summarize(muppy.get_objects())), "type")


def _guppy() -> Look:
    session = importlib.import_module("guppy").hpy()
    return lambda _: count(len(session.heap().bytype.parts), "type")


def _collect() -> Look:
    return lambda _: count(gc.collect(), "object")


def _snapshot() -> Look:
    from unknot.agent.snapshot import snapshot

    return lambda _: count(len(snapshot(gc.get_objects())[1][0]), "object")


def _unknot() -> Look:
    from unknot.agent.grouping import groups_of
    from unknot.agent.snapshot import snapshot
    from unknot.agent.traits import collect_traits
    from unknot.heap import Snapshot, connect, find_garbage, group, parse_traits

    importlib.import_module("rustworkx")  # otherwise loaded when it is first needed

    def look(stages: dict[str, float]) -> str:
        began = perf_counter()
        objects = gc.get_objects()
        message, arrays = snapshot(objects)
        taken = perf_counter()
        arrays.reverse()
        buffers = [arrays.pop().tobytes() for _ in range(len(arrays))]  # as an agent sends them
        heap = Snapshot.from_raw(message, buffers)
        del buffers
        numbered = perf_counter()
        garbage = find_garbage(heap)
        found = perf_counter()
        graph = connect(heap, garbage)
        connected = perf_counter()
        named = graph.select_named()
        told, columns = collect_traits(groups_of(objects, named.order, named.runs))
        del objects
        columns.reverse()
        traits = parse_traits(told, [columns.pop().tobytes() for _ in range(len(columns))], graph)
        distinguished = perf_counter()
        kinds = group(graph, traits)
        stages["snapshot"] = taken - began
        stages["from_raw"] = numbered - taken
        stages["find_garbage"] = found - numbered
        stages["connect"] = connected - found
        stages["traits"] = distinguished - connected
        stages["group"] = perf_counter() - distinguished
        return f"{count(int(garbage.sum()), 'object')}, {count(len(kinds), 'kind')}"

    return look


def _refcycle() -> Look:
    refcycle = importlib.import_module("refcycle")

    def look(stages: dict[str, float]) -> str:
        began = perf_counter()
        graph = refcycle.garbage()
        found = perf_counter()
        components = graph.strongly_connected_components()
        stages["garbage"] = found - began
        stages["components"] = perf_counter() - found
        return f"{count(len(graph), 'object')}, {count(len(components), 'component')}"

    return look


CYCLE_PEERS = (
    Peer("gc.collect()", _collect),
    Peer(UNKNOT, _unknot),
    Peer("unknot, snapshot alone", _snapshot),
    Peer("refcycle", _refcycle, "refcycle", limit=500_000),
)

PEERS: dict[str, tuple[Peer, ...]] = {
    "census": (
        Peer("Counter(map(type, …))", _count_types_bare),
        Peer("gc.get_objects() alone", _count_bare),
        Peer(UNKNOT, _census),
        Peer(WITH_BYTES, _census_with_bytes),
        Peer("objgraph.typestats", _objgraph, "objgraph"),
        Peer("pympler muppy, summary", _pympler, "pympler"),
        Peer("guppy3 heap by type", _guppy, "guppy3"),
    ),
    "garbage": CYCLE_PEERS,
    "operations": CYCLE_PEERS,
}
"""The peers for each work; costs are multiples of the first."""


def main() -> None:
    work, name, heap, size, times = sys.argv[1:]
    print(json.dumps(measure(work, name, heap, int(size), int(times))), flush=True)
    os._exit(0)  # without the collection at the end, which takes as long as the heap is large


if __name__ == "__main__":
    main()

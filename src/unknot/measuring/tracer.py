"""Runs in a measured process as its agent does, with more duties: memray's,
objgraph's and tracemalloc's, and which lines gain what the process gains.

Usage: ``python .../tracer.py FD``, as for :mod:`unknot.agent.__main__`. It is written for Python
3.8, and uses only the agent of unknot. No process that counts or is timed runs it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import io
import runpy
import struct
import sys
from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from types import AsyncGeneratorType, CoroutineType, FrameType, FunctionType, GeneratorType
from typing import Any

AGENT = Path(__file__).resolve().parent.parent / "agent"

WIDEST = 6
"""Maximum number of referrers of one object that objgraph draws."""

WAITS = 12

MOST_STACKS = 20
"""Maximum number of stacks sent, those that allocated most first."""
MOST_SURVIVORS = 1000
"""Maximum number of objects per type whose stacks are looked up."""

BEFORE_INSTANCE = 4 * struct.calcsize("P")
"""Bytes of the collector's header and the attributes' in front of an instance in 3.11."""

CODE = {
    AsyncGeneratorType: "ag_code",
    CoroutineType: "cr_code",
    FrameType: "f_code",
    GeneratorType: "gi_code",
}


async def equip(self: Any, module: str) -> None:
    """Import ``module`` before tracing; send whether this interpreter has it."""
    found = importlib.util.find_spec(module) is not None
    if found:
        importlib.import_module(module)
    self.channel.send({"found": found})


async def trace(self: Any, ops: int, path: str) -> None:
    """Run operations under memray, which writes to ``path``; the collector is off throughout."""
    import memray

    with memray.Tracker(path, trace_python_allocators=True):
        await self._workload.run(ops)
        await rest(self._backend.sleep)
    self.channel.send({})


async def draw(self: Any, ops: int, name: str, depth: int, longest: int) -> None:
    """Run operations, collect, and draw what refers to the newest object of type ``name``.

    The drawing is Graphviz's DOT, as deep as fits into ``longest`` characters; empty if no
    object of that type remains.
    """
    before = set(map(id, gc.get_objects()))
    await self._workload.run(ops)
    await self._settling.settle()
    made = [id(one) for one in gc.get_objects() if id(one) not in before]
    await self._settling.collect_to_fixed_point()
    kept = living(name, made)[-1:]
    dot = ""
    while kept and depth and not dot:
        drawn = draw_referrers(kept, depth, [id(before), id(made)])
        dot = drawn if len(drawn) <= longest else ""
        depth -= 1
    self.channel.send({"dot": dot})


async def make(
    self: Any, ops: int, garbage: list[str], kept: list[str], memory: bool, deepest: int
) -> None:
    """Run operations under tracemalloc, and send where the survivors of some types were created.

    ``garbage`` are types that wait for the collector: for each, the newest object's stack is sent.
    ``kept`` are types that outlive it, ``memory`` everything that does: for these, the stacks that
    created them, with numbers of objects or bytes. Stacks are files and lines, innermost first.
    """
    import tracemalloc

    tracemalloc.start(deepest)
    before = set(map(id, gc.get_objects()))
    await self._workload.run(ops)
    await self._settling.settle()
    made = [id(one) for one in gc.get_objects() if id(one) not in before]
    of_garbage = {name: stack_of(one) for name in garbage for one in living(name, made)[-1:]}
    await self._settling.collect_to_fixed_point()
    of_kept = {name: stacks_of(living(name, made)) for name in kept}
    of_memory = []
    if memory:
        then = tracemalloc.take_snapshot()
        await self._workload.run(ops)
        await self._settling.collect_to_fixed_point()
        of_memory = gains_since(then)
    tracemalloc.stop()
    self.channel.send({"garbage": of_garbage, "kept": of_kept, "memory": of_memory})


async def follow(self: Any, ops: int, garbage: list[str], kept: list[str], path: str) -> None:
    """Run operations while memray tracks objects, and send where the survivors were created.

    Like :func:`make` for ``garbage`` and ``kept``, but also for objects from a free list, whose
    memory was allocated for another one. memray writes to ``path``.
    """
    import memray

    try:
        tracker = memray.Tracker(path, track_object_lifetimes=True)
    except (TypeError, RuntimeError):  # an older memray; CPython before 3.13.3
        self.channel.send({"can": False, "garbage": {}, "kept": {}})
        return
    with tracker:
        before = set(map(id, gc.get_objects()))
        await self._workload.run(ops)
        await self._settling.settle()
        made = [id(one) for one in gc.get_objects() if id(one) not in before]
        waiting = {name: one for name in garbage for one in living(name, made)[-1:]}
        await self._settling.collect_to_fixed_point()
        survivors = {name: list(map(id, living(name, made))) for name in kept}
    newest = {name: id(one) for name, one in waiting.items()}
    waiting.clear()
    sampled = {name: ids[:: len(ids) // MOST_SURVIVORS + 1] for name, ids in survivors.items()}
    stacks = creations(path, {*newest.values(), *chain.from_iterable(sampled.values())})
    of_kept = {
        name: most_common(
            [stacks.get(one, ()) for one in ids], len(survivors[name]) // MOST_SURVIVORS + 1
        )
        for name, ids in sampled.items()
    }
    of_garbage = {name: list(stacks[one]) for name, one in newest.items() if one in stacks}
    self.channel.send({"can": True, "garbage": of_garbage, "kept": of_kept})


def creations(path: str, identities: set[int]) -> dict[int, tuple[tuple[str, int], ...]]:
    """The stacks that created objects, by identity; for several at one address, the last one."""
    import memray

    with contextlib.closing(memray.FileReader(path)) as opened:
        reader: Any = opened  # memray's stubs lack get_object_lifetime_events
        last = {
            event.address: event
            for event in reader.get_object_lifetime_events()
            if event.is_created and event.address in identities
        }
        return {
            identity: tuple((file, line) for _, file, line in event.stack_trace())
            for identity, event in last.items()
        }


async def gain(self: Any, ops: int, kind: str) -> None:
    """Run operations, and send the stacks that increased the figure ``kind``."""
    lines = importlib.import_module("unknot_agent.gaining_lines")
    gaining = lines.GainingLines(lines.GAUGES[kind]())
    found: list[Any] = []
    with contextlib.suppress(OSError):  # a system that does not tell it
        with gaining:
            await self._workload.run(ops)
        found = gaining.most(MOST_STACKS)
    self.channel.send({"gains": found})


def gains_since(then: Any) -> list[tuple[int, list[tuple[str, int]]]]:
    """Bytes that each stack has more than ``then``, most first."""
    import tracemalloc

    more = tracemalloc.take_snapshot().compare_to(then, "traceback")
    grown = sorted((one for one in more if one.size_diff > 0), key=lambda one: -one.size_diff)
    return [(one.size_diff, lines_of(one.traceback)) for one in grown[:MOST_STACKS]]


def stacks_of(survivors: list[Any]) -> list[tuple[float, list[tuple[str, int]]]]:
    """Stacks, and how many of the objects each created, most first; sampled if there are many."""
    step = len(survivors) // MOST_SURVIVORS + 1
    return most_common([tuple(stack_of(one)) for one in survivors[::step]], step)


def most_common(
    stacks: list[tuple[tuple[str, int], ...]], step: int
) -> list[tuple[float, list[tuple[str, int]]]]:
    """The count of each non-empty stack, times ``step``; most first."""
    often = Counter(stacks)
    return [(count * step, list(stack)) for stack, count in often.most_common() if stack]


def stack_of(survivor: Any) -> list[tuple[str, int]]:
    """The stack that allocated an object; empty if tracemalloc did not see it."""
    import tracemalloc

    stack = tracemalloc.get_object_traceback(survivor)
    if stack is not None:
        return lines_of(stack)
    if sys.version_info[:2] == (3, 11):
        return stack_at(id(survivor) - BEFORE_INSTANCE)
    return []


def lines_of(stack: Any) -> list[tuple[str, int]]:
    return [(frame.filename, frame.lineno) for frame in reversed(stack)]


def stack_at(address: int) -> list[tuple[str, int]]:
    """The stack that allocated a block, for CPython 3.11, whose tracemalloc misses instances."""
    import ctypes

    look_up = ctypes.pythonapi._PyTraceMalloc_GetTraceback
    look_up.restype, look_up.argtypes = ctypes.py_object, [ctypes.c_uint, ctypes.c_size_t]
    return [tuple(frame) for frame in look_up(0, address) or ()]


async def rest(sleep: Any) -> None:
    """Wait, in doubling steps, until two counts of allocated blocks agree.

    The agent's settling lists all objects, and that list would be at high water.
    """
    wait, before = 0.001, -1
    for _ in range(WAITS):
        now = sys.getallocatedblocks()
        if now == before:
            return
        before = now
        await sleep(wait)
        wait = min(2 * wait, 0.128)


def living(name: str, made: list[int]) -> list[Any]:
    """The objects of a type that still exist, in the order of ``made``."""
    type_name = sys.modules["unknot_agent.census"].type_name
    found = {id(one): one for one in gc.get_objects() if type_name(type(one)) == name}
    return [found[identity] for identity in made if identity in found]


def draw_referrers(kept: list[Any], depth: int, hidden: list[int]) -> str:
    import objgraph

    drawn = io.StringIO()
    objgraph.show_backrefs(
        kept,
        max_depth=depth,
        too_many=WIDEST,
        extra_ignore=[*hidden, id(drawn)],
        filter=is_telling,
        shortnames=False,
        output=drawn,
    )
    return drawn.getvalue()


def is_telling(thing: Any) -> bool:
    """Whether to draw it: it belongs to the program, and holds something itself."""
    kind = type(thing)
    if kind is FunctionType:  # each function of a module leads to all that the module has
        return bool(thing.__closure__ or thing.__defaults__ or thing.__kwdefaults__ or vars(thing))
    if kind in CODE:
        return not getattr(thing, CODE[kind]).co_filename.startswith((str(AGENT), __file__))
    return not str(getattr(kind, "__module__", "")).startswith("unknot_agent")


TABLE: dict[str, Callable[..., Any]] = {
    "equip": equip,
    "trace": trace,
    "draw": draw,
    "make": make,
    "follow": follow,
    "gain": gain,
}
"""The duties in addition to the agent's own."""


if __name__ == "__main__":
    agent = runpy.run_path(str(AGENT / "__main__.py"))
    sys.path[0] = str(Path.cwd())  # as `python -m` has it
    service = agent["load_service"]()
    service.AgentService.TABLE.update(TABLE)
    sys.exit(service.main(int(sys.argv[1])))

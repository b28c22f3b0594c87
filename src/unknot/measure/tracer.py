"""Runs in a measured process as its agent does, with two duties more: memray's and objgraph's.

Usage: ``python .../tracer.py FD``, as for :mod:`unknot.agent.__main__`. It is written for Python
3.8, and of unknot it has the agent alone. No process that counts or is timed runs it.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import io
import runpy
import struct
import sys
from pathlib import Path
from types import AsyncGeneratorType, CoroutineType, FrameType, FunctionType, GeneratorType
from typing import Any

AGENT = Path(__file__).resolve().parent.parent / "agent"

WIDEST = 6
"""Referrers of one object that objgraph draws."""

WAITS = 12

BEFORE_INSTANCE = 4 * struct.calcsize("P")
"""Bytes of the collector's header and of the attributes' that stand before an instance in 3.11."""

CODE = {
    AsyncGeneratorType: "ag_code",
    CoroutineType: "cr_code",
    FrameType: "f_code",
    GeneratorType: "gi_code",
}


async def equip(self: Any, module: str) -> None:
    """Say whether this interpreter has ``module``, imported before anything is traced."""
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

    The drawing is Graphviz's DOT, as deep as fits into ``longest`` characters; empty where no
    object of that type has stayed.
    """
    before = set(map(id, gc.get_objects()))
    await self._workload.run(ops)
    await self._settling.settle()
    made = [id(one) for one in gc.get_objects() if id(one) not in before]
    await self._settling.collect_to_fixed_point()
    kept = newest(name, made)
    dot = ""
    while kept and depth and not dot:
        drawn = draw_referrers(kept, depth, [id(before), id(made)])
        dot = drawn if len(drawn) <= longest else ""
        depth -= 1
    self.channel.send({"dot": dot})


async def make(self: Any, ops: int, garbage: list[str], kept: list[str], deepest: int) -> None:
    """Run operations under tracemalloc, and tell where the newest objects of some types were made.

    ``garbage`` are types that wait for the collector, ``kept`` those that outlive it. Stacks are of
    files and lines, the innermost first; a type of which none stays has none.
    """
    import tracemalloc

    tracemalloc.start(deepest)
    before = set(map(id, gc.get_objects()))
    await self._workload.run(ops)
    await self._settling.settle()
    made = [id(one) for one in gc.get_objects() if id(one) not in before]
    found = {name: stack_of(name, made) for name in garbage}
    await self._settling.collect_to_fixed_point()
    found.update((name, stack_of(name, made)) for name in kept)
    tracemalloc.stop()
    self.channel.send({"stacks": found})


def stack_of(name: str, made: list[int]) -> list[tuple[str, int]]:
    import tracemalloc

    for one in newest(name, made):
        stack = tracemalloc.get_object_traceback(one)
        if stack is not None:
            return [(frame.filename, frame.lineno) for frame in reversed(stack)]
        if sys.version_info[:2] == (3, 11):
            return stack_at(id(one) - BEFORE_INSTANCE)
    return []


def stack_at(address: int) -> list[tuple[str, int]]:
    """CPython 3.11's tracemalloc does not know where instances of Python classes begin."""
    import ctypes

    look_up = ctypes.pythonapi._PyTraceMalloc_GetTraceback
    look_up.restype, look_up.argtypes = ctypes.py_object, [ctypes.c_uint, ctypes.c_size_t]
    return [tuple(frame) for frame in look_up(0, address) or ()]


async def rest(sleep: Any) -> None:
    """Wait, in doubling steps, until two counts of allocated blocks agree.

    Settling as the agent does it lists all objects, and the list would stand at high water.
    """
    wait, before = 0.001, -1
    for _ in range(WAITS):
        now = sys.getallocatedblocks()
        if now == before:
            return
        before = now
        await sleep(wait)
        wait = min(2 * wait, 0.128)


def newest(name: str, made: list[int]) -> list[Any]:
    """In a list, the last made of the objects of a type that are still there; or nothing."""
    type_name = sys.modules["unknot_agent.census"].type_name
    living = {id(one): one for one in gc.get_objects() if type_name(type(one)) == name}
    return [living[identity] for identity in made if identity in living][-1:]


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
    """Whether it belongs to the program, not to the instrument, and holds something by itself."""
    kind = type(thing)
    if kind is FunctionType:  # each function of a module leads to all that the module has
        return bool(thing.__closure__ or thing.__defaults__ or thing.__kwdefaults__ or vars(thing))
    if kind in CODE:
        return not getattr(thing, CODE[kind]).co_filename.startswith((str(AGENT), __file__))
    return not str(getattr(kind, "__module__", "")).startswith("unknot_agent")


if __name__ == "__main__":
    agent = runpy.run_path(str(AGENT / "__main__.py"))
    sys.path[0] = str(Path.cwd())  # as `python -m` has it
    service = agent["load_service"]()
    service.Service.TABLE.update(equip=equip, trace=trace, draw=draw, make=make)
    sys.exit(service.main(int(sys.argv[1])))

"""Finds where leaked objects and growth were allocated: one stack per finding.

This uses tracemalloc, memray and a trace function in separate processes, after all counting. A
stack that cannot be found is omitted; errors here affect nothing else.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import replace

from unknot.errors import UnknotError
from unknot.measuring.duties import Close
from unknot.measuring.process import AgentProcess, ProcessRegistry
from unknot.measuring.spec import CellSpec
from unknot.measuring.traced_process import own_first, traced_process
from unknot.measuring.tracer_duties import (
    FindGains,
    FindMakers,
    FollowObjects,
    LifetimesReply,
    MakersReply,
)
from unknot.records import Cell, Growth, Leak, Made

__all__ = ["find_makers", "with_makers"]

MOST_OPS = 50
"""Maximum number of operations before survivors are looked up."""
GAUGED_OPS = 20
"""Operations during which a figure of the process is read at each line."""
MOST_MADE = 8
"""Maximum number of findings per cell to trace."""
DEEPEST = 40
"""Frames that tracemalloc keeps of each allocation."""
NEAR = 0.2
"""Relative tolerance for matching a stack's objects to a finding."""
NEAR_IN_BYTES = 0.6
"""The same for bytes: buffers grow in steps."""
LEAST = 20.0
"""Time limit of tracing in seconds; it may also take as long as the measurement took."""

Stack: TypeAlias = Sequence[tuple[str, int]]
Stacks: TypeAlias = Sequence[tuple[float, Stack]]
"""What each stack allocated, most first."""
_Frames: TypeAlias = dict[tuple[str, ...], list[str]]
"""Frames by the finding's key."""


def with_makers(
    spec: CellSpec, cell: Cell, took: float, registry: ProcessRegistry | None = None
) -> Cell:
    """``cell``, which ``took`` seconds, with the place that created a survivor of each finding.

    Only in the main process; ``registry`` has the process meanwhile.
    """
    leaks, growths = _of_main(cell)
    seconds = min(max(took, LEAST), spec.effort.time_limit - took)
    if seconds <= 0 or not (leaks or growths):
        return cell
    ops = min(cell.ops, MOST_OPS)
    warmup = min(spec.effort.warmup, ops)
    found: _Frames = {}
    with (
        suppress(UnknotError),
        traced_process(spec, "tracemalloc", seconds, warmup, registry) as process,
    ):
        for growth in growths:
            if growth.kind != "object":
                found[_key(growth)] = _gained(process, growth, min(cell.ops, GAUGED_OPS))
        if leaks or any(growth.kind == "object" for growth in growths):
            found |= _made(_trace(process, ops, [], leaks, growths), ops, leaks, growths)
        process.ask(Close())
    return replace(
        cell,
        leaks=[replace(one, made=found.get(_key(one), [])) for one in cell.leaks],
        growths=[replace(one, made=found.get(_key(one), [])) for one in cell.growths],
    )


def find_makers(spec: CellSpec, cell: Cell) -> list[Made]:
    """Where one object of each cycle was allocated, and of each leak without that information."""
    garbage = _types_of_cycles(cell)
    leaks = [leak for leak in _of_main(cell)[0] if not leak.made]
    if not garbage and not leaks:
        return []
    ops = min(spec.effort.ops, MOST_OPS)
    followed = _follow(spec, ops, garbage, leaks)
    if followed is None or any(map(_is_memory, leaks)):
        with traced_process(spec, "tracemalloc") as process:
            traced = _trace(process, ops, garbage, leaks, [])
            process.ask(Close())
    else:
        traced = MakersReply(garbage={}, kept={}, memory=[])
    if followed is not None:
        traced["garbage"], traced["kept"] = followed["garbage"], followed["kept"]
    made = [Made(type=name, frames=own_first(stack)) for name, stack in traced["garbage"].items()]
    frames = _made(traced, ops, leaks, [])
    made += [Made(type=leak.type, frames=frames.get(_key(leak), [])) for leak in leaks]
    return [one for one in made if one.frames]


def _of_main(cell: Cell) -> tuple[list[Leak], list[Growth]]:
    """The findings of the main process, as the cell has them, the first few."""
    main = cell.processes[0] if cell.processes else cell
    known = {*map(_key, main.leaks), *map(_key, main.growths)}
    return (
        [one for one in cell.leaks if _key(one) in known][:MOST_MADE],
        [one for one in cell.growths if _key(one) in known][:MOST_MADE],
    )


def _key(finding: Leak | Growth) -> tuple[str, ...]:
    """A key that is equal for the same finding in several processes."""
    kind = finding.kind if isinstance(finding, Growth) else ""
    return kind, finding.type, *finding.path


def _types_of_cycles(cell: Cell) -> list[str]:
    """For each cycle, the first type on its path that is on no other path and does not leak."""
    ways = [list(dict.fromkeys(step.source for step in cycle.steps)) for cycle in cell.cycles]
    often = Counter(name for way in ways for name in way)
    found = []
    for way in ways[:MOST_MADE]:
        counted = ((name, cell.types.get(name)) for name in way if often[name] == 1)
        own = (name for name, of in counted if of is not None and of.cyclic_per_op)
        found += [name for name in own if not cell.types[name].leaked_per_op][:1]
    return found


def _is_memory(finding: Leak | Growth) -> bool:
    """Whether there is no new object to look up: a container fills, or a buffer grows."""
    return finding.kind == "object" if isinstance(finding, Growth) else not finding.objects_per_op


def _type_of(leak: Leak) -> str:
    """The type to look up: that of a task or thread that still runs, to find who started it."""
    return leak.runner or leak.type


def _follow(
    spec: CellSpec, ops: int, garbage: Sequence[str], leaks: Sequence[Leak]
) -> LifetimesReply | None:
    """memray's report on objects; ``None`` if it cannot track them."""
    with (
        suppress(UnknotError),
        tempfile.TemporaryDirectory(prefix="unknot-") as folder,
        traced_process(spec, "memray") as process,
    ):
        kept = sorted(set(map(_type_of, leaks)))
        path = str(Path(folder, "objects.bin"))
        found = process.ask(FollowObjects(ops=ops, garbage=garbage, kept=kept, path=path))
        process.ask(Close())
        return found if found["can"] else None
    return None


def _trace(
    process: AgentProcess,
    ops: int,
    garbage: Sequence[str],
    leaks: Sequence[Leak],
    growths: Sequence[Growth],
) -> MakersReply:
    return process.ask(
        FindMakers(
            ops=ops,
            garbage=garbage,
            kept=sorted(set(map(_type_of, leaks))),
            memory=any(map(_is_memory, leaks)) or any(map(_is_memory, growths)),
            deepest=DEEPEST,
        )
    )


def _made(
    traced: MakersReply, ops: int, leaks: Sequence[Leak], growths: Sequence[Growth]
) -> _Frames:
    """The frames of findings whose origin is certain, traced over ``ops`` operations."""
    objects = [leak for leak in leaks if not _is_memory(leak)]
    findings: list[Leak | Growth] = [*leaks, *growths]
    memory = [one for one in findings if _is_memory(one)]
    alike = Counter(map(_type_of, objects))
    found: _Frames = {}
    for leak in objects:
        name = _type_of(leak)
        expected = leak.per_op * ops if name == leak.type else 0.0
        found[_key(leak)] = _choose(traced["kept"][name], expected, NEAR, alike[name])
    for one in memory:
        octets = one.per_op if isinstance(one, Growth) else one.bytes_per_op
        found[_key(one)] = _choose(traced["memory"], octets * ops, NEAR_IN_BYTES, len(memory))
    return found


def _choose(stacks: Stacks, expected: float, near: float, alike: int) -> list[str]:
    """The frames of the stack that allocated about as much as ``expected``.

    Without such a stack, the first one, if ``alike`` is 1; with several findings alike, only an
    unambiguous stack is returned.
    """
    own = _own(stacks)
    fitting = _fitting(own, expected, near)
    if alike > 1 and len(fitting) != 1:
        return []
    return next((frames for _, frames in fitting or own), [])


def _own(stacks: Stacks) -> list[tuple[float, list[str]]]:
    """Stacks as frames, without stacks that consist of the instrument's frames."""
    return [(made, frames) for made, stack in stacks if (frames := own_first(stack))]


def _fitting(
    stacks: Sequence[tuple[float, list[str]]], expected: float, near: float
) -> list[tuple[float, list[str]]]:
    """The stacks that allocated about as much as ``expected``, the nearest first."""
    off = [(abs(one[0] - expected), one) for one in stacks]
    close = [one for one in off if one[0] <= near * expected]
    return [one for _, one in sorted(close, key=lambda each: each[0])]


def _gained(process: AgentProcess, growth: Growth, ops: int) -> list[str]:
    """The frames of the stack with which the process grew."""
    stacks = process.ask(FindGains(ops=ops, kind=growth.kind))["gains"]
    fitting = _fitting(_own(stacks), growth.per_op * ops, NEAR_IN_BYTES)
    return fitting[0][1] if fitting else []

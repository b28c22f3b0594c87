"""What operations leave behind, by trial deletion: small enough to be checked by eye.

METHOD.md says why `gc.collect()` and `gc.garbage` will not do: both miss async generators, and
before-minus-after takes an object that is merely untracked for one that was freed.
"""

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import and_

Operation = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Leftovers:
    """Of each window of `ops` operations, by type name. Nothing is per-op that skips a window."""

    ops: int
    cyclic: list[Counter[str]]  # what only the collector can free
    survived: list[Counter[str]]  # what it does not free either
    blocks: list[int]  # growth of allocated blocks, after collection

    @property
    def cyclic_per_op(self) -> dict[str, float]:
        return {name: count / self.ops for name, count in reduce(and_, self.cyclic).items()}

    @property
    def leaked_per_op(self) -> dict[str, int]:
        least = reduce(and_, self.survived)
        return {name: count // self.ops for name, count in least.items() if count >= self.ops}

    @property
    def blocks_per_op(self) -> int:
        return max(0, min(self.blocks) // self.ops)

    @property
    def growing(self) -> bool:
        return bool(self.blocks_per_op or self.leaked_per_op)


async def leftovers(
    operation: Operation, ops: int = 25, windows: int = 2, at_most: int = 2
) -> Leftovers:
    """Run `operation` in turn, in windows, with the collector off, and count after each.

    While something grows there are up to `at_most` windows: a cache stops growing, a leak does not.
    """
    found = Leftovers(ops, [], [], [])
    with _collector_off():
        # Warm up: the operation, and then the counting, which in a new process has first things to
        # make, and gives them back in the window after.
        for warmup in (ops, 1):
            await _window(operation, warmup)
        blocks = sys.getallocatedblocks()
        while len(found.blocks) < windows or (found.growing and len(found.blocks) < at_most):
            cyclic, survived = await _window(operation, ops)
            found.cyclic.append(cyclic)
            found.survived.append(survived)
            found.blocks.append(sys.getallocatedblocks() - blocks)
            blocks = sys.getallocatedblocks()
    return found


async def _window(operation: Operation, ops: int) -> tuple[Counter[str], Counter[str]]:
    """What waits for the collector after `ops` operations, and what is left after collection."""
    gc.freeze()  # what was there before is in no count, and costs no collection any time
    for _ in range(ops):
        await operation()
    await settle()
    cyclic = cyclic_garbage()
    await collect()
    return cyclic, names(gc.get_objects())


def names(objects: Iterable[object]) -> Counter[str]:
    return Counter(type(thing).__qualname__ for thing in objects)


async def collect() -> None:
    """Collect to the fixed point, with turns of the loop in between for what finalizers start."""
    while gc.collect():
        await settle()


async def settle() -> None:
    """Wait until two counts agree: threads finish a little later than their last reply."""
    pause, before = 0.0005, -1
    while pause < 5:
        await asyncio.sleep(pause)
        now = len(gc.get_objects())
        if now == before:
            return
        pause, before = pause * 2, now
    raise TimeoutError("the number of objects does not settle")


def cyclic_garbage() -> Counter[str]:
    """Type names of the objects that only other garbage refers to, born since `gc.freeze()`."""
    # No closures here, nor in what this calls: a cell is an object like others, so `objects` would
    # hold the cell that holds `objects`. "finds what collection does" in test_leftovers.py fails.
    objects, held = _reference_counts()
    for referent in _referents(objects):
        if referent in held:
            held[referent] -= 1
    alive = _reachable(objects, held)
    found: Counter[str] = Counter()
    for thing in objects:
        if id(thing) not in alive:
            found[type(thing).__qualname__] += 1
    return found


def _reachable(objects: list[object], held: dict[int, int]) -> set[int]:
    """The ids of the objects that are held from outside, and of all that these lead to."""
    ahead = []
    for thing in objects:
        if held[id(thing)] > 0:
            ahead.append(thing)
    alive = set(map(id, ahead))
    while ahead:
        for referent in gc.get_referents(ahead.pop()):
            if id(referent) in held and id(referent) not in alive:
                alive.add(id(referent))
                ahead.append(referent)
    return alive


def _reference_counts() -> tuple[list[object], dict[int, int]]:
    """Every tracked object, and the references to it that are not this module's."""
    probe = object()  # is not tracked, so it is in the list once
    with _one_thread():
        objects = gc.get_objects()
        objects.append(probe)
        counts = list(map(sys.getrefcount, objects))
    ours = counts.pop() - 1  # to the probe there is one more, its name
    objects.pop()
    return objects, {id(thing): count - ours for thing, count in zip(objects, counts, strict=True)}


def _referents(objects: list[object]) -> Iterator[int]:
    for thing in objects:
        for referent in gc.get_referents(thing):
            yield id(referent)


@contextmanager
def _one_thread() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(100)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def _collector_off() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.enable()

"""A block of code that may leave no reference cycle behind; for tests of any kind.

The block runs once, so this tells cycles and not leaks: what is still reachable when a block ends
may be a leak or a cache, and only repetition tells them apart (the pytest marker, ``unknot run``).
What a variable still holds is no garbage yet, so the operation belongs in a function, or its
variables are deleted inside the block.

This module stays light: what analyses the heap is imported when a block is entered.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from time import sleep
from types import TracebackType
from typing import TYPE_CHECKING, Self

from unknot.agent.census import undisturbed
from unknot.agent.settling import Settling
from unknot.loading import load

if TYPE_CHECKING:
    from unknot.heap import GarbageGraph, Snapshot, Traits
    from unknot.heap.labels import Labels
    from unknot.heap.weights import Weights
    from unknot.records import Cycle

__all__ = ["CyclesLeft", "garbage_now", "is_ignored", "no_cycles", "sleep_in_loop"]

PYTEST = ("_pytest.", "pluggy.")
SHORT = 6
"""Digits of a signature that are shown, and enough to name it."""
ANALYSIS = (
    "numpy.ma",  # imported by np.unique
    "rustworkx",
    "unknot.agent.labels",
    "unknot.agent.snapshot",
    "unknot.agent.traits",
    "unknot.agent.weights",
    "unknot.measuring.diagnosis",
    "unknot.measuring.probe",
    "unknot.report.wording",
)
"""Modules that the analysis needs. Imported later, their garbage would be in the next report."""
TURNS = 3
"""Of an event loop: a callback may call for another one, and that for a last."""


class CyclesLeft(AssertionError):
    """A block left reference cycles; the message shows each, and what to cut."""

    def __init__(self, cycles: Sequence[Cycle]) -> None:
        from unknot.report.wording import cycle_trace

        traces = ["\n".join(cycle_trace(cycle)) for cycle in cycles]
        super().__init__("\n\n".join(["the block left reference cycles behind", *traces]))
        self.cycles = tuple(cycles)


class Frozen:
    """Keeps what is older than the first open block out of every count, as long as one is open.

    In the permanent generation it costs nothing to pass over, and is neither collected nor
    finalized. Somebody else's frozen heap stays as it is.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = 0
        self._ours = False
        self._enabled = False

    def enter(self) -> None:
        with self._lock:
            if not self._open:
                self._enabled = gc.isenabled()
                self._ours = not gc.get_freeze_count()
                gc.disable()
                if self._ours:
                    gc.freeze()
            self._open += 1

    def leave(self) -> None:
        with self._lock:
            self._open -= 1
            if self._open:
                return
            if self._ours:
                gc.unfreeze()
            if self._enabled:
                gc.enable()


FROZEN = Frozen()


class LocalHeap:
    """This process as a :class:`~unknot.measuring.probe.Heap`.

    Objects whose identity is among ``older`` read as held: nobody asked about them.
    """

    def __init__(self, older: frozenset[int] = frozenset()) -> None:
        self._older = older
        self._kept: list[object] = []

    def snapshot(self, *, keep: bool = False) -> Snapshot:
        from unknot.agent.collector import normalise

        with undisturbed():
            normalise()
        return self._take_snapshot(keep)

    def traits(self, graph: GarbageGraph) -> Traits:
        from unknot.agent.grouping import groups_of
        from unknot.agent.traits import collect_traits
        from unknot.heap import parse_traits

        kept, self._kept = self._kept, []
        named = graph.select_named()
        with undisturbed():
            message, arrays = collect_traits(groups_of(kept, named.order, named.runs))
        return parse_traits(message, list(map(bytearray, arrays)), graph)

    def weigh(self, heap: Snapshot, places: Sequence[int]) -> Weights:
        from unknot.agent.snapshot import find
        from unknot.agent.weights import weigh
        from unknot.heap.weights import Weights

        with undisturbed():
            message, arrays = weigh([*find([*heap.identities(places)]).values()])
        return Weights.from_raw(message, list(map(bytearray, arrays)), heap)

    def label(self, heap: Snapshot, places: Sequence[int]) -> Labels:
        from unknot.agent.labels import label
        from unknot.heap import parse_labels
        from unknot.measuring.probe import shortened

        with undisturbed():
            found = label([*heap.identities(dict.fromkeys(places))])
        return parse_labels(shortened(found), heap)

    def garbage(self) -> frozenset[int]:
        """Identities of the objects that nothing holds."""
        from unknot.heap import find_garbage

        heap = self._take_snapshot()
        return frozenset(heap.ids[find_garbage(heap)].tolist())

    def _take_snapshot(self, keep: bool = False) -> Snapshot:
        from unknot.agent.snapshot import hold, snapshot
        from unknot.heap import Snapshot

        with undisturbed():
            objects = gc.get_objects()
            message, arrays = snapshot(objects)
            if keep:
                self._kept = objects
        if self._older:
            hold(arrays, self._older)
        return Snapshot.from_raw(message, list(map(bytearray, arrays)))


class no_cycles:  # noqa: N801 - read as a word: `with no_cycles():`
    """A context manager, plain and async, that raises :class:`CyclesLeft` for what its block left.

    ``ignore`` are cycles to pass over: the begin of a signature, or a part of a step's text
    (``DispatchSession.worker_task``). Where the block raises, that error goes through, and nothing
    is looked at. The collector is off meanwhile. Blocks that are open at the same time in several
    threads or tasks are not told apart: each may report what another left.
    """

    def __init__(self, *, ignore: Sequence[str] = ()) -> None:
        self._ignore = (ignore,) if isinstance(ignore, str) else tuple(ignore)

    def __enter__(self) -> Self:
        _load_analysis()  # now, so that it is no part of what the block left
        FROZEN.enter()
        # Nested, or in a heap that somebody froze, there may be garbage among what is not frozen.
        self._older = LocalHeap().garbage()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        __tracebackhide__ = True
        try:
            cycles = [] if error is not None else self._find()
        finally:
            FROZEN.leave()
        if cycles:
            raise CyclesLeft(cycles)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        __tracebackhide__ = True
        if error is None:
            await Settling(sleep_in_loop).settle()
        self.__exit__(kind, error, traceback)

    def _find(self) -> list[Cycle]:
        from unknot.measuring.diagnosis import find_cycles

        heap = LocalHeap(self._older)
        if not heap.garbage():
            return []
        cycles = find_cycles(heap, 1).named
        return [cycle for cycle in cycles if not is_ignored(cycle, self._ignore)]


def garbage_now() -> tuple[int, list[Cycle]]:
    """How many objects of this process nothing holds, and the cycles among them.

    Nothing of that is collected. Raises
    :class:`~unknot.errors.FreeThreadedBuild`.
    """
    _load_analysis()
    from unknot.measuring.diagnosis import find_cycles

    enabled = gc.isenabled()
    gc.disable()
    try:
        heap = LocalHeap()
        objects = len(heap.garbage())
        return objects, find_cycles(heap, 1).named if objects else []
    finally:
        if enabled:
            gc.enable()


def _load_analysis() -> None:
    """Raises :class:`~unknot.errors.FreeThreadedBuild`."""
    from unknot.agent.collector import is_free_threaded
    from unknot.errors import FreeThreadedBuild

    if is_free_threaded():
        raise FreeThreadedBuild(sys.executable)
    load(*ANALYSIS)


def is_ignored(cycle: Cycle, ignore: Iterable[str]) -> bool:
    """Whether ``ignore`` names it, or it is pytest's own: an ``ExceptionInfo`` in a local."""
    return any(step.source.startswith(PYTEST) for step in cycle.steps) or any(
        (len(each) >= SHORT and cycle.signature.startswith(each))
        or any(each in text for text in cycle.path)
        for each in ignore
    )


async def sleep_in_loop(seconds: float) -> None:
    """Wait in real time, and let the loop do what there is to do, before and after.

    A timer of the loop's would do the same, unless the test has the clock in its hands.
    """
    give_way = _find_sleep_of_loop()
    for _ in range(TURNS):
        await give_way(0)
    sleep(seconds)  # noqa: ASYNC251
    for _ in range(TURNS):
        await give_way(0)


def _find_sleep_of_loop() -> Callable[[float], Awaitable[object]]:
    """Of what runs at the moment: asyncio, or else trio."""
    asyncio = sys.modules.get("asyncio")
    running = asyncio is not None and asyncio._get_running_loop() is not None
    found: Callable[[float], Awaitable[object]] = (
        asyncio.sleep if asyncio is not None and running else sys.modules["trio"].sleep
    )
    return found

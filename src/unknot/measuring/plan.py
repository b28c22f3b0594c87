"""Measures many cells, several at a time."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue

from msgspec import structs

from unknot.measuring.cell import measure_cell
from unknot.measuring.process import AgentProcess
from unknot.measuring.spec import CellSpec
from unknot.records import Cell

__all__ = ["measure_cells"]

PATIENCE = 10.0
"""Seconds for threads to notice that their processes have ended."""


class LiveProcesses:
    """The running processes of a plan, which can be ended together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: set[AgentProcess] = set()
        self._ended = False

    def add(self, process: AgentProcess) -> None:
        with self._lock:
            self._processes.add(process)
            if self._ended:
                process.interrupt()

    def discard(self, process: AgentProcess) -> None:
        with self._lock:
            self._processes.discard(process)

    def end(self) -> None:
        """End all processes, and each that is added later."""
        with self._lock:
            self._ended = True
            for process in self._processes:
                process.interrupt()


def measure_cells(
    specs: Sequence[CellSpec], jobs: int, show: Callable[[str], object] = str
) -> Generator[tuple[int, Cell], None, None]:
    """Pairs of a spec's index and its cell, in order of completion.

    Closing the iterator, an error or Ctrl-C ends the processes that still run; after Ctrl-C, cells
    of which enough was measured are still returned. Raises :class:`~unknot.errors.UnknotError` if
    the plan itself cannot be carried out. ``show`` is called from any thread with the current
    activity.
    """
    plan = _Plan(specs, show)
    threads = [
        threading.Thread(target=plan.work, name=f"cell-{number}", daemon=True)
        for number in range(min(jobs, len(specs)))
    ]
    try:
        for thread in threads:
            thread.start()
        for _ in specs:
            yield plan.next()
    except KeyboardInterrupt:
        _end(plan, threads)
        yield from plan.begun()
        raise
    finally:
        _end(plan, threads)


class _Plan:
    """The cells to be measured, and those that are done.

    Threads share only operations that a signal cannot interrupt half-way: with a lock, the main
    thread could be interrupted between acquiring it and the block that releases it.
    """

    def __init__(self, specs: Sequence[CellSpec], show: Callable[[str], object]) -> None:
        self._show = show
        self._open = deque(enumerate(specs))
        self._done: SimpleQueue[tuple[int, Cell | BaseException]] = SimpleQueue()
        self.processes = LiveProcesses()

    def work(self) -> None:
        """Measure cells until none is left."""
        while True:
            try:
                index, spec = self._open.popleft()
            except IndexError:
                return
            try:
                show = partial(_show, self._show, spec.label)
                began = time.monotonic()
                cell = measure_cell(spec, self.processes, show)
                took = round(time.monotonic() - began, 3)
                self._done.put((index, structs.replace(cell, seconds=took)))
            except BaseException as error:  # the main thread raises it
                self._done.put((index, error))

    def next(self) -> tuple[int, Cell]:
        """Wait for the next cell that is done."""
        index, cell = self._done.get()
        if isinstance(cell, BaseException):
            raise cell
        return index, cell

    def begun(self) -> Iterator[tuple[int, Cell]]:
        """The remaining cells that are done, or have enough measurements for a verdict."""
        with suppress(Empty):
            while True:
                index, cell = self._done.get_nowait()
                if isinstance(cell, Cell) and cell.verdict is not None:
                    yield index, cell

    def end(self) -> None:
        """Start no more cells, and end those being measured."""
        self._open.clear()
        self.processes.end()


def _show(show: Callable[[str], object], label: str, text: str) -> None:
    show(f"{label}: {text}")


def _end(plan: _Plan, threads: Sequence[threading.Thread]) -> None:
    plan.end()
    deadline = time.monotonic() + PATIENCE
    for thread in threads:
        if thread.ident is not None:
            thread.join(max(deadline - time.monotonic(), 0.0))

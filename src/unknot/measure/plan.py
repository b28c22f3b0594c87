"""Many cells, some at a time, each result as soon as it is there."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from unknot.measure.cell import measure_cell
from unknot.measure.process import AgentProcess
from unknot.measure.spec import CellSpec
from unknot.records import Cell

__all__ = ["measure_cells"]


class LiveProcesses:
    """The measured processes of a plan, so that all of them can be ended at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: set[AgentProcess] = set()
        self._ended = False

    def add(self, process: AgentProcess) -> None:
        with self._lock:
            self._processes.add(process)
            if self._ended:
                process.kill()

    def discard(self, process: AgentProcess) -> None:
        with self._lock:
            self._processes.discard(process)

    def end(self) -> None:
        """End every process there is, and every one that comes after."""
        with self._lock:
            self._ended = True
            for process in self._processes:
                process.kill()


def measure_cells(specs: Sequence[CellSpec], jobs: int) -> Generator[tuple[int, Cell], None, None]:
    """Pairs of a spec's index and its cell, in the order in which they are done.

    Closing the iterator, an error or Ctrl-C ends the processes that still run. Raises
    :class:`~unknot.errors.UnknotError` where the plan itself cannot be carried out.
    """
    processes = LiveProcesses()
    pool = ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="cell")
    try:
        futures = {
            pool.submit(measure_cell, spec, processes): index for index, spec in enumerate(specs)
        }
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        processes.end()
        pool.shutdown(cancel_futures=True)

"""What a worker of a Dask cluster does while a plan is measured: one cell at a time a machine.

Imported where Dask is there. An operator who wants more cells at a time on a machine starts more
workers, each of which declares the resource ``unknot``.
"""

from __future__ import annotations

import contextlib
import getpass
import tempfile
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from distributed import WorkerPlugin, get_worker
from filelock import FileLock

from unknot.errors import UsageError
from unknot.measuring.parcel import RESOURCE, Bundle, Order, fill, unpack
from unknot.measuring.plan import LiveProcesses

__all__ = ["Measuring", "measure_there", "run_noted"]

UNDECLARED = "unknot-undeclared"
"""Where unknot said so, not whoever started the worker: such workers share their machine."""

_PROCESS = threading.Lock()
"""Held by the one cell that the current folder of this process is for."""


class Measuring(WorkerPlugin):  # type: ignore[misc]
    """On each worker there is, or will be, while a plan is measured."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._unknot = version("unknot")

    async def setup(self, worker: Any) -> None:
        """Unpack the code; say that there is room for a cell, unless somebody has."""
        self._folder = unpack(self._bundle)
        self._processes = LiveProcesses()
        declared = worker.state.total_resources
        self._undeclared = UNDECLARED in declared or RESOURCE not in declared
        if RESOURCE not in declared:
            await worker.set_resources(**{RESOURCE: 1, UNDECLARED: 1})

    def teardown(self, worker: Any) -> None:
        """End what is measured: nobody waits for it any more."""
        self._processes.end()

    def measure(self, order: bytes) -> bytes:
        """The cell as JSON. Raises :class:`~unknot.errors.UsageError` for another's order."""
        if version("unknot") != self._unknot:
            raise UsageError(f"a worker has unknot {version('unknot')}, but this is {self._unknot}")
        with self._whole_machine(), _PROCESS, contextlib.chdir(self._folder):
            cell = fill(msgspec.json.decode(order, type=Order), self._processes)
            return msgspec.json.encode(cell)

    def _whole_machine(self) -> contextlib.AbstractContextManager[object]:
        """Nobody else's, unless whoever started the workers said how many cells there may be."""
        if not self._undeclared:
            return contextlib.nullcontext()
        return FileLock(Path(tempfile.gettempdir(), f"unknot-{getpass.getuser()}.lock"))


def run_noted(topic: str, number: int, task: Callable[..., Any], payload: Sequence[Any]) -> Any:
    """``task`` of ``payload``, once who waits for it is told that it has begun."""
    get_worker().log_event(topic, number)
    return task(*payload)


def measure_there(plugin: str, order: bytes) -> bytes:
    """A task: one cell, by the plugin of that name on whichever worker runs it."""
    measuring: Measuring = get_worker().plugins[plugin]
    return measuring.measure(order)

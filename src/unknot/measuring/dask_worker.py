"""The part that runs on a worker of a Dask cluster: it measures one cell at a time per machine.

Requires Dask. To measure more cells at a time on a machine, start more workers, each of which
declares the resource ``unknot``.
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
"""Set if unknot declared the resource, not the operator: such workers share their machine."""

_PROCESS = threading.Lock()
"""Held while a cell is measured, because it changes the current folder of this process."""


class Measuring(WorkerPlugin):  # type: ignore[misc]
    """The plugin on each current and future worker while a plan is measured."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._unknot = version("unknot")

    async def setup(self, worker: Any) -> None:
        """Unpack the code; declare room for one cell, unless it is already declared."""
        self._folder = unpack(self._bundle)
        self._processes = LiveProcesses()
        declared = worker.state.total_resources
        self._undeclared = UNDECLARED in declared or RESOURCE not in declared
        if RESOURCE not in declared:
            await worker.set_resources(**{RESOURCE: 1, UNDECLARED: 1})

    def teardown(self, worker: Any) -> None:
        """End what is being measured: nobody waits for it any more."""
        self._processes.end()

    def measure(self, order: bytes) -> bytes:
        """The cell as JSON. Raises UsageError for an order of another release."""
        if version("unknot") != self._unknot:
            raise UsageError(f"a worker has unknot {version('unknot')}, but this is {self._unknot}")
        with self._whole_machine(), _PROCESS, contextlib.chdir(self._folder):
            cell = fill(msgspec.json.decode(order, type=Order), self._processes)
            return msgspec.json.encode(cell)

    def _whole_machine(self) -> contextlib.AbstractContextManager[object]:
        """Exclusive use of the machine, unless the operator declared how many cells may run."""
        if not self._undeclared:
            return contextlib.nullcontext()
        return FileLock(Path(tempfile.gettempdir(), f"unknot-{getpass.getuser()}.lock"))


def run_noted(topic: str, number: int, task: Callable[..., Any], payload: Sequence[Any]) -> Any:
    """Report that the task has started, then return ``task`` of ``payload``."""
    get_worker().log_event(topic, number)
    return task(*payload)


def measure_there(plugin: str, order: bytes) -> bytes:
    """A task: one cell, measured by the plugin of that name on the worker that runs it."""
    measuring: Measuring = get_worker().plugins[plugin]
    return measuring.measure(order)

"""Cells measured by the workers of a Dask cluster: one there is, or one made on this machine.

Dask brings the scheduler, the queue and the protocol. A cell is one task; the code of the workloads
goes to each worker once, also to one that joins later. A worker that dies has its cell done
elsewhere; after Dask's ``allowed-failures`` (three) it is the record of an error.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from unknot.errors import UnknotError, UsageError
from unknot.measure.parcel import Bundle, Order, order_of, pack, unpack
from unknot.measure.spec import CellSpec, cell_of
from unknot.records import Cell, CellError
from unknot.supervision import run_supervised

__all__ = ["measure_on"]

HERE = "dask"
"""The place that is a cluster of this machine's processes."""

RESOURCE = "unknot"
"""What a worker may declare so that it measures as many cells at a time as it says."""

IN_FOLDER = """
import os, sys
from unknot.measure.parcel import main
os.chdir(sys.argv[1])
main(*sys.argv[2:])
"""

GRACE = 60.0
"""Seconds over a cell's own time limit, for its environment and its process."""


def measure_on(
    place: str,
    specs: Sequence[CellSpec],
    versions: Sequence[str],
    jobs: int,
    show: Callable[[str], object] = str,
) -> Generator[tuple[int, Cell], None, None]:
    """Pairs of a spec's index and its cell, as they come in.

    ``place`` is ``dask``, a scheduler's address or its file. Closing the iterator takes back what
    was not begun. Raises :class:`~unknot.errors.UnknotError` where the cluster cannot be used.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise UsageError("--on needs Dask: pip install 'unknot[dask]'") from None
    bundle = pack({spec.workload for spec in specs})
    orders = [order_of(spec, version) for spec, version in zip(specs, versions, strict=True)]
    with ExitStack() as stack:
        client = stack.enter_context(_connect(distributed, place, jobs, stack))
        _refuse_other_versions(client)
        client.register_plugin(_code_of(distributed, bundle), name=f"unknot-{bundle.digest}")
        resources = {RESOURCE: 1} if _declares(client) else None
        futures = [
            client.submit(
                _measure,
                msgspec.json.encode(order),
                bundle.digest,
                order.spec.effort.time_limit + GRACE,
                pure=False,
                resources=resources,
            )
            for order in orders
        ]
        numbers = {future.key: number for number, future in enumerate(futures)}
        stack.callback(client.cancel, futures, force=True)
        for future in distributed.as_completed(futures):
            number = numbers[future.key]
            cell = _cell_of(future, orders[number])
            if cell.machine is not None:
                show(f"{specs[number].label}: measured by {cell.machine.name}")
            yield number, cell


def _code_of(distributed: Any, bundle: Bundle) -> Any:
    """The workloads' files, on every worker there is and will be."""

    class Code(distributed.WorkerPlugin):  # type: ignore[misc]
        def setup(self, worker: Any) -> None:
            folders = worker.__dict__.setdefault("unknot_folders", {})
            folders[bundle.digest] = str(unpack(bundle))

    return Code()


def _connect(distributed: Any, place: str, jobs: int, stack: ExitStack) -> Any:
    if place == HERE:
        place = stack.enter_context(
            distributed.LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                resources={RESOURCE: 1},
                host="127.0.0.1",
                dashboard_address=None,
            )
        )
    elif "://" not in place:
        if not Path(place).is_file():
            raise UsageError(f"--on {place}: neither dask, nor an address (tcp://…), nor a file")
        return distributed.Client(scheduler_file=place)
    try:
        return distributed.Client(place, timeout=20)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(f"--on {place}: no scheduler answers there: {error}") from None


def _refuse_other_versions(client: Any) -> None:
    client.wait_for_workers(1, timeout=60)
    others = {found for found in client.run(_version).values() if found != _version()}
    if others:
        raise UsageError(
            f"a worker has unknot {', '.join(sorted(others))}, but this is {_version()}"
        )


def _version() -> str:
    return version("unknot")


def _declares(client: Any) -> bool:
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return any(RESOURCE in worker.get("resources", {}) for worker in workers)


def _measure(order: bytes, digest: str, seconds: float) -> bytes:
    """On a worker: the cell as JSON. In a process of its own, which dies with this one."""
    folder = import_module("distributed").get_worker().__dict__["unknot_folders"][digest]
    with tempfile.TemporaryDirectory(prefix="unknot-") as made:
        asked, cell = Path(made, "order.json"), Path(made, "cell.json")
        asked.write_bytes(order)
        command = [sys.executable, "-c", IN_FOLDER, folder, str(asked), str(cell)]
        done = run_supervised(command, env=dict(os.environ), seconds=seconds)
        if not cell.exists():
            raise RuntimeError(done.stdout.decode(errors="replace")[-2000:])
        return cell.read_bytes()


def _cell_of(future: Any, order: Order) -> Cell:
    try:
        return msgspec.json.decode(future.result(), type=Cell)
    except UnknotError:
        raise
    except Exception as error:  # whatever became of the task, the other cells go on
        reason = CellError(kind="crashed", message=f"{type(error).__name__}: {error}")
        return cell_of(order.spec, order.version, error=reason)

"""Measures cells on the workers of a Dask cluster: an existing one, or one started locally.

Dask provides the scheduler, the queue and the protocol. A cell is one task; the code of the
workloads is sent to each worker once, including workers that join later. If a worker dies, its cell
is measured elsewhere, up to three more times, and then recorded as an error. Dask counts deaths,
too (``allowed-failures``), but also those of workers on which the task was only queued.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import msgspec
from msgspec import structs

from unknot.environments.requirements import project_names
from unknot.errors import UnknotError, UsageError
from unknot.measuring.parcel import RESOURCE, Order, order_of, pack
from unknot.measuring.spec import CellSpec, cell_of
from unknot.records import Cell, CellError

__all__ = ["HERE", "connect", "measure_on", "spread"]

HERE = "dask"
"""The ``place`` that means a cluster of processes on this machine."""

LOOK = 1.0
"""Seconds between two looks at the number of workers."""

ABSENCE = 300.0
"""Seconds to wait for a worker: a batch system may take long."""

CONNECT = 10.0
"""Seconds within which a scheduler must answer."""

KILLED = "KilledWorker"
"""The exception of a task that Dask gives up because its workers died."""

AGAIN = 3
"""How often a cell whose worker died is measured again."""

GONE = "the scheduler is gone; the results so far are kept, and --resume measures the rest"


def measure_on(
    place: str,
    specs: Sequence[CellSpec],
    versions: Sequence[str],
    jobs: int,
    show: Callable[[str], object] = str,
) -> Generator[tuple[int, Cell], None, None]:
    """Pairs of a spec's index and its cell, as they arrive.

    ``place`` is ``dask``, a scheduler's address or its file. Closing the iterator cancels cells
    that were not started, and ends those being measured. Raises
    :class:`~unknot.errors.UnknotError` if the cluster cannot be used, or its scheduler is gone.
    """
    bundle = pack({spec.workload for spec in specs})
    pairs = zip(specs, versions, strict=True)
    orders = [order_of(spec, version, place == HERE) for spec, version in pairs]
    with connect(place, jobs) as client:
        from unknot.measuring.dask_worker import Measuring, measure_there

        with _plugged_in(client, Measuring(bundle)) as plugin:
            payloads = [(plugin, msgspec.json.encode(order)) for order in orders]
            for number, outcome in spread(client, measure_there, payloads, show):
                yield number, _cell_of(outcome, orders[number])


@contextmanager
def connect(place: str, jobs: int) -> Iterator[Any]:
    """A client of the cluster at ``place``; a local cluster is started with ``jobs`` workers.

    Raises :class:`~unknot.errors.UsageError`.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise UsageError("--on needs Dask: pip install 'unknot[dask]'") from None
    with ExitStack() as stack:
        if place == HERE:
            cluster = distributed.LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                resources={RESOURCE: 1},
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
            )
            place = stack.enter_context(cluster).scheduler_address
        elif "://" not in place:
            place = _address_in(place)
        _refuse_without_certificates(distributed, place)
        try:
            client = distributed.Client(place, timeout=CONNECT, set_as_default=False)
        except Exception as error:  # whatever a transport raises
            raise UsageError(f"--on {place}: no scheduler answers there: {error}") from None
        yield stack.enter_context(client)


def _refuse_without_certificates(distributed: Any, address: str) -> None:
    """Raise before Dask creates a client, whose error message would be longer and less clear."""
    encrypted = distributed.Security().get_connection_args("client").get("ssl_context")
    if address.startswith("tls://") and encrypted is None:
        raise UsageError(
            f"--on {address}: there are no certificates in Dask's configuration; "
            "docs/machines.md has a file with them"
        )


def _address_in(path: str) -> str:
    """The address in a scheduler file."""
    try:
        return str(msgspec.json.decode(Path(path).read_bytes())["address"])
    except FileNotFoundError:
        raise UsageError(
            f"--on {path}: neither dask, nor an address (tcp://…), nor a file"
        ) from None
    except (OSError, msgspec.DecodeError, LookupError, TypeError) as error:
        raise UsageError(f"--on {path}: is no scheduler's file: {error}") from None


@contextmanager
def _plugged_in(client: Any, plugin: Any) -> Iterator[str]:
    """Install the plugin on all current and future workers; yield its name."""
    name = f"unknot-{uuid.uuid4().hex[:8]}"
    try:
        client.register_plugin(plugin, name=name)
    except Exception as error:  # as a worker's, which has no unknot
        raise UsageError(f"a worker cannot measure: {type(error).__name__}: {error}") from None
    try:
        yield name
    finally:
        with suppress(Exception):  # the scheduler may be gone
            client.unregister_worker_plugin(name)


def spread(
    client: Any,
    task: Callable[..., Any],
    payloads: Sequence[tuple[Any, ...]],
    show: Callable[[str], object] = str,
) -> Iterator[tuple[int, Any]]:
    """``task`` of each payload on a worker: its index and what it returned, or its exception.

    No more tasks are submitted than workers have room for, so a worker that dies loses little. A
    task whose worker died is repeated as long as it was started :data:`AGAIN` times or fewer.
    Raises :class:`~unknot.errors.UnknotError` if the scheduler is gone, or the task raises it.
    """
    from unknot.measuring.dask_worker import run_noted

    waiting = deque(enumerate(payloads))
    topic = f"unknot-{uuid.uuid4().hex[:8]}"
    begun: Counter[int] = Counter()
    given_back: Counter[int] = Counter()
    client.subscribe_topic(topic, lambda event: begun.update([event[1]]))
    running: dict[Any, int] = {}
    done: SimpleQueue[Any] = SimpleQueue()
    room = _Room(client, show)
    try:
        while waiting or running:
            while waiting and len(running) < room.now():
                number, payload = waiting.popleft()
                future = client.submit(
                    run_noted, topic, number, task, payload, pure=False, resources={RESOURCE: 1}
                )
                running[future] = number
                future.add_done_callback(done.put)
            with suppress(Empty):
                future = done.get(timeout=LOOK)
                number, outcome = running.pop(future), _outcome(future)
                future.release()  # now: a result that is kept and lost is made anew
                again = begun[number] <= AGAIN and given_back[number] < AGAIN
                if again and type(outcome).__name__ == KILLED:
                    given_back[number] += 1
                    waiting.appendleft((number, payloads[number]))
                    continue
                yield number, outcome
    finally:
        with suppress(Exception):  # the scheduler may be gone
            client.cancel(list(running), force=True)
            client.unsubscribe_topic(topic)


def _outcome(future: Any) -> Any:
    try:
        return future.result()
    except CancelledError:
        raise UnknotError(GONE) from None
    except UnknotError:
        raise
    except Exception as error:  # whatever became of the task, the others go on
        return error


class _Room:
    """Number of cells that the workers can measure at once; updated every :data:`LOOK` seconds."""

    def __init__(self, client: Any, show: Callable[[str], object]) -> None:
        self._client = client
        self._show = show
        self._looked = float("-inf")
        self._some = time.monotonic()
        self._cells = 0

    def now(self) -> int:
        """Raises :class:`~unknot.errors.UnknotError` if no worker appears, or none can measure."""
        if time.monotonic() - self._looked >= LOOK:
            self._look()
        return self._cells

    def _look(self) -> None:
        now = time.monotonic()
        try:
            workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        except Exception:  # the client may connect once more
            if self._client.status in ("closing", "closed"):
                raise UnknotError(GONE) from None
            return
        self._looked = now
        self._cells = sum(int(worker.get("resources", {}).get(RESOURCE, 0)) for worker in workers)
        if self._cells:
            self._some = now
        elif now - self._some > ABSENCE:
            raise UnknotError(
                f"the scheduler has had no worker for {ABSENCE:.0f} s; "
                "the results so far are kept, and --resume measures the rest"
            )
        else:
            self._show("waiting for a worker")


def _cell_of(outcome: Any, order: Order) -> Cell:
    if isinstance(outcome, Exception):
        reason = CellError(kind="crashed", message=f"{type(outcome).__name__}: {outcome}")
        return cell_of(order.spec, order.version, error=reason)
    cell = msgspec.json.decode(outcome, type=Cell)
    return structs.replace(cell, projects=project_names(order.spec.requirements))

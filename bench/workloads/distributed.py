"""A Dask ``distributed`` cluster on this machine: scheduler and client here, two worker processes.

Operation: one task, from its submission to its result.
Requirement: distributed. What the cluster does by the clock is slowed down, so that it is the
tasks that are counted.
"""

from __future__ import annotations

import operator
import tempfile
from contextlib import AsyncExitStack

import dask
from distributed import Client, LocalCluster

REQUIREMENTS = ("distributed",)
OPERATION = "one task on a cluster of two worker processes"

SELDOM = {
    "distributed.admin.system-monitor.interval": "1h",
    "distributed.admin.tick.interval": "1h",
    "distributed.client.heartbeat": "1h",
    "distributed.client.scheduler-info-interval": "1h",
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.work-stealing": False,
    "distributed.worker.memory.monitor-interval": "1h",
    "distributed.worker.profile.enabled": False,
}

_open = AsyncExitStack()
_client: Client


async def setup() -> None:
    global _client
    _open.enter_context(dask.config.set(SELDOM))
    folder = _open.enter_context(tempfile.TemporaryDirectory(prefix="dask-"))
    cluster = LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        local_directory=folder,
        asynchronous=True,
        silence_logs=50,
    )
    await _open.enter_async_context(cluster)
    _client = await _open.enter_async_context(Client(cluster, asynchronous=True))


async def op() -> None:
    await _client.submit(operator.add, 1, 1, pure=False)


async def teardown() -> None:
    await _open.aclose()

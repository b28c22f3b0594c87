"""A Dask cluster over SSH: ``python ssh_cluster.py HOST...``, the scheduler's host first.

Each further host has one worker, which measures one cell at a time. It needs the same Python on
PATH, with ``unknot[dask]`` of the same version. Ctrl-C ends the cluster.
"""

from __future__ import annotations

import signal
import sys

from distributed import SSHCluster


def main(hosts: list[str]) -> None:
    with SSHCluster(
        hosts,
        scheduler_options={"port": 8786, "dashboard": False},
        worker_options={"nthreads": 1, "resources": {"unknot": 1}},
    ) as cluster:
        print(f"unknot run w.py --on {cluster.scheduler_address} -o result.json", flush=True)
        signal.sigwait([signal.SIGINT, signal.SIGTERM])


if __name__ == "__main__":
    main(sys.argv[1:])

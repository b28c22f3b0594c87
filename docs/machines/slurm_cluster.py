"""A Dask cluster on Slurm: ``python slurm_cluster.py NODES``, on the login node.

Needs ``dask-jobqueue``, and ``unknot[dask]`` in this environment, which the nodes see, too. Each
job has a node for itself and measures one cell at a time. Ctrl-C ends the cluster.
"""

from __future__ import annotations

import signal
import sys

from dask_jobqueue import SLURMCluster

OPTIONS = {
    "cores": 1,
    "processes": 1,
    "memory": "8 GiB",
    "walltime": "08:00:00",
    # Nobody else's work on the node, and its own disk for environments.
    "job_extra_directives": ["--exclusive"],
    "job_script_prologue": ["export UNKNOT_CACHE=${SLURM_TMPDIR:-/tmp}/unknot-$USER"],
    "worker_extra_args": ["--resources", "unknot=1"],
}


def main(nodes: int) -> None:
    with SLURMCluster(**OPTIONS) as cluster:
        cluster.scale(jobs=nodes)
        print(f"unknot run w.py --on {cluster.scheduler_address} -o result.json", flush=True)
        signal.sigwait([signal.SIGINT, signal.SIGTERM])


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""A Dask cluster measures what this machine does; a worker that dies loses nothing.

Each test is a process of its own: Dask sets variables of the environment, and teaches pickle about
tracebacks.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(find_spec("distributed") is None, reason="no Dask here"),
]

WORKLOAD = """
class Node: pass
def op():
    node = Node(); node.me = node
def clean(): pass
"""

BEGIN = """
import json, os, platform, signal
from unknot.errors import UsageError
from unknot.measure.cluster import measure_on
from unknot.measure.plan import measure_cells
from unknot.measure.spec import CellSpec, Effort

EFFORT = Effort(ops=40, warmup=4, samples=1, confirm_ops=40, time_limit=60)
SPECS = [
    CellSpec(workload=workload, variant=workload, gc=gc, effort=EFFORT)
    for workload in ("w.py:op", "w.py:clean")
    for gc in ("off", "auto")
]
VERSIONS = [platform.python_version()] * len(SPECS)

def told(cells):
    return [
        (place, cell.verdict, cell.per_op, [one.signature for one in cell.cycles], cell.case)
        for place, cell in sorted(cells.items())
    ]

def main():
    import distributed
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        print(json.dumps(look(cluster)))
"""
END = "\nif __name__ == '__main__':\n    main()\n"


def run(folder: Path, code: str) -> Any:
    """What the code's ``look`` says of a cluster of two workers."""
    (folder / "w.py").write_text(WORKLOAD)
    script = folder / "script.py"
    script.write_text(BEGIN + dedent(code) + END)
    done = subprocess.run(
        [sys.executable, script], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_counts_are_those_of_this_machine(tmp_path: Path) -> None:
    code = """
    def look(cluster):
        here = dict(measure_cells(SPECS, 2))
        there = dict(measure_on(cluster.scheduler_address, SPECS, VERSIONS, 1))
        machines = {cell.machine.name for cell in there.values() if cell.machine}
        return [
            told(here) == told(there),
            [cell.verdict for cell in here.values()].count("cyclic"),
            machines == {platform.node()},
            all(cell.seconds > 0 for cell in there.values()),
        ]
    """
    assert run(tmp_path, code) == [True, 2, True, True]


def test_a_worker_that_is_killed_loses_no_cell(tmp_path: Path) -> None:
    code = """
    def look(cluster):
        pids = [worker.pid for worker in cluster.workers.values()]
        def kill(text):
            if pids:
                os.kill(pids.pop(), signal.SIGKILL)
                pids.clear()
        came = list(measure_on(cluster.scheduler_address, SPECS, VERSIONS, 1, kill))
        return [len(pids), sorted((place, cell.verdict) for place, cell in came)]
    """
    verdicts = [[0, "cyclic"], [1, "cyclic"], [2, "clean"], [3, "clean"]]
    assert run(tmp_path, code) == [0, verdicts]


def test_where_no_scheduler_is_there_is_one_clear_line(tmp_path: Path) -> None:
    code = """
    def look(cluster):
        said = []
        for place in ("nowhere", "tcp://127.0.0.1:9"):
            try:
                next(measure_on(place, SPECS, VERSIONS, 1))
            except UsageError as error:
                said.append(str(error))
        return said
    """
    nowhere, silent = run(tmp_path, code)
    assert nowhere.startswith("--on nowhere: neither dask, nor an address")
    assert silent.startswith("--on tcp://127.0.0.1:9: no scheduler answers there")

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
from unknot.measuring import cluster
from unknot.measuring.cluster import measure_on
from unknot.measuring.plan import measure_cells
from unknot.measuring.spec import CellSpec, Effort

EFFORT = Effort(ops=40, warmup=4, samples=1, confirm_ops=40, time_limit=60)
SPECS = [
    CellSpec(workload=workload, variant=workload, gc=gc, effort=EFFORT)
    for workload in ("w.py:op", "w.py:clean")
    for gc in ("off", "auto")
]
VERSIONS = [platform.python_version()] * len(SPECS)
cluster.CONNECT = 3.0

def told(cells):
    return [
        (place, cell.verdict, cell.per_op, [one.signature for one in cell.cycles], cell.case)
        for place, cell in sorted(cells.items())
    ]

def main():
    import distributed
    with distributed.LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        print(json.dumps(look(cluster)))
"""
END = "\nif __name__ == '__main__':\n    main()\n"


def run(folder: Path, code: str, workers: int = 2) -> Any:
    """What the code's ``look`` says of a cluster of so many workers."""
    (folder / "w.py").write_text(WORKLOAD)
    script = folder / "script.py"
    script.write_text(f"WORKERS = {workers}\n{BEGIN}{dedent(code)}{END}")
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
        came = []
        for place, cell in measure_on(cluster.scheduler_address, SPECS, VERSIONS, 1):
            came.append((place, cell.verdict))
            if pids:
                os.kill(pids.pop(), signal.SIGKILL)
                pids.clear()
        return sorted(came)
    """
    verdicts = [[0, "cyclic"], [1, "cyclic"], [2, "clean"], [3, "clean"]]
    assert run(tmp_path, code) == verdicts


def test_a_death_is_held_against_no_cell_that_was_not_begun(tmp_path: Path) -> None:
    """Dask allows a task three deaths; here are four, each with most tasks still to come."""
    code = """
    import distributed, time
    from unknot.measuring.cluster import connect, spread
    def look(_):
        came, killed = [], set()
        with distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, resources={"unknot": 1}, host="127.0.0.1",
            dashboard_address=None,
        ) as cluster, connect(cluster.scheduler_address, 1) as client:
            [nanny] = cluster.workers.values()
            for number, pid in spread(client, os.getpid, [()] * 12):
                came.append(number)
                if len(killed) < 4 and pid not in killed:
                    killed.add(pid)
                    while nanny.status.name != "running":  # else it gives its worker up
                        time.sleep(0.01)
                    os.kill(pid, signal.SIGKILL)
        return [len(killed), sorted(came) == list(range(12))]
    """
    assert run(tmp_path, code) == [4, True]


DEADLY = """
import os, psutil, signal
def op():
    with open({tries!r}, "a") as tries:
        tries.write("x")
    os.kill(psutil.Process().parents()[1].pid, signal.SIGKILL)
"""


def test_a_cell_that_kills_its_workers_is_given_up_and_the_others_are_not(tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    (tmp_path / "deadly.py").write_text(DEADLY.format(tries=str(tries)))
    code = """
    def look(cluster):
        specs = [CellSpec(workload="deadly.py", effort=EFFORT), *SPECS]
        versions = [*VERSIONS, VERSIONS[0]]
        cells = dict(measure_on(cluster.scheduler_address, specs, versions, 1))
        return [cells[0].error.message, [cells[place].verdict for place in (1, 2, 3, 4)]]
    """
    message, verdicts = run(tmp_path, code, workers=5)
    assert message.startswith("KilledWorker")
    assert verdicts == ["cyclic", "cyclic", "clean", "clean"]
    assert tries.read_text() == "xxxx"  # once, and three times more


NOTING = """
import os
def note(what):
    descriptor = os.open({notes!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, what)
    os.close(descriptor)
def setup(): note(b"b")
def op(): pass
def teardown(): note(b"e")
"""


def test_workers_of_one_machine_measure_one_cell_at_a_time_unless_they_say_more(
    tmp_path: Path,
) -> None:
    notes = tmp_path / "notes"
    (tmp_path / "n.py").write_text(NOTING.format(notes=str(notes)))
    code = """
    def look(cluster):
        specs = [CellSpec(workload="n.py", effort=EFFORT, gc=gc) for gc in ("off", "auto")] * 2
        cells = dict(measure_on(cluster.scheduler_address, specs, VERSIONS, 1))
        return [cell.verdict for cell in cells.values()]
    """
    assert run(tmp_path, code) == ["clean"] * 4
    assert notes.read_text() == "be" * 4


def test_a_scheduler_that_goes_away_ends_the_run_with_one_clear_line(tmp_path: Path) -> None:
    code = """
    import subprocess, sys, time
    from unknot.errors import UnknotError
    QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def start(what, *options):
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *options, "--no-dashboard"]
        return subprocess.Popen(command, **QUIET)

    def look(cluster):
        scheduler = start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", "s.json"
        )
        worker = start(
            "worker", "--scheduler-file", "s.json", "--nthreads", "1", "--no-nanny",
            "--death-timeout", "60"
        )
        came = []
        try:
            while not os.path.exists("s.json"):
                time.sleep(0.1)
            for place, cell in measure_on("s.json", SPECS, VERSIONS, 1):
                came.append(cell.verdict)
                scheduler.kill()
        except UnknotError as error:
            came.append(str(error))
        finally:
            for process in (scheduler, worker):
                process.kill()
                process.wait()
        return came
    """
    assert run(tmp_path, code) == [
        "cyclic",
        "the scheduler is gone; the results so far are kept, and --resume measures the rest",
    ]


def test_where_no_scheduler_is_there_is_one_clear_line(tmp_path: Path) -> None:
    code = """
    def look(cluster):
        said = []
        for place in ("nowhere", "tcp://127.0.0.1:9", "tls://127.0.0.1:9"):
            try:
                next(measure_on(place, SPECS, VERSIONS, 1))
            except UsageError as error:
                said.append(str(error))
        return said
    """
    nowhere, silent, bare = run(tmp_path, code)
    assert "no certificates in Dask's configuration" in bare
    assert nowhere.startswith("--on nowhere: neither dask, nor an address")
    assert silent.startswith("--on tcp://127.0.0.1:9: no scheduler answers there")

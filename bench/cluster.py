"""What a Dask cluster costs compared with local processes: ``python -m bench.cluster``.

Three figures of ``docs/machines.md``: how long a local cluster takes to start; how many empty tasks
a second go through it; and how much longer tasks of one second, and real cells of about a second,
take through a cluster of as many workers as ``--jobs``. With ``--kill-every``, a worker is killed
that often while the cells are measured. The cells must equal those measured locally; otherwise the
exit code is 1.
"""

from __future__ import annotations

import os
import platform
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from unknot.cli.commands import run_command
from unknot.cli.options import JOBS
from unknot.measuring.cluster import HERE, connect, measure_on, spread
from unknot.measuring.plan import measure_cells
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell

EFFORT = Effort(ops=40, warmup=4, samples=1, confirm_ops=40, time_limit=60.0)
WORKLOAD = """
class Node: pass
def cyclic():
    node = Node()
    node.me = node
def clean():
    pass
"""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--empty",
    default=2000,
    show_default=True,
    type=click.IntRange(min=0),
    help="Tasks that do nothing.",
)
@click.option(
    "--seconds",
    default=200,
    show_default=True,
    type=click.IntRange(min=0),
    help="Tasks that take one second.",
)
@click.option(
    "--cells",
    default=40,
    show_default=True,
    type=click.IntRange(min=0),
    help="Real cells, of short operations.",
)
@click.option(
    "--kill-every",
    "pause",
    type=click.FloatRange(min=0, min_open=True),
    help="Kill a worker every SECONDS while cells are measured.",
)
@click.option("--kills", type=click.IntRange(min=1), help="Maximum number of workers to kill.")
@click.option("--jobs", type=JOBS, default=os.cpu_count() or 1, show_default=True, help="Workers.")
def main(
    empty: int, seconds: int, cells: int, pause: float | None, kills: int | None, jobs: int
) -> None:
    """Time a local cluster, and this machine's threads and processes for comparison."""
    print(f"{jobs} workers, load {os.getloadavg()[0]:.2f} as this begins")
    if empty or seconds:
        _time_tasks(empty, seconds, jobs)
    if cells:
        sys.exit(0 if _compare_cells(cells, pause, kills, jobs) else 1)


def _time_tasks(empty: int, seconds: int, jobs: int) -> None:
    began = time.monotonic()
    with connect(HERE, jobs) as client:
        _count(spread(client, bytes, [()] * jobs))
        print(f"start of the cluster: {time.monotonic() - began:.2f} s")
        took = _timed(lambda: spread(client, bytes, [()] * empty))
        print(f"{empty} empty tasks: {took:.1f} s, {1000 * took / max(empty, 1):.2f} ms each")
        there = _timed(lambda: spread(client, time.sleep, [(1.0,)] * seconds))
    with ThreadPoolExecutor(jobs) as threads:
        here = _timed(lambda: threads.map(time.sleep, [1.0] * seconds))
    if seconds:
        _compare(f"{seconds} tasks of one second", here, there)


def _compare_cells(number: int, pause: float | None, kills: int | None, jobs: int) -> bool:
    """Whether the cells are equal, each once."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("w.py").write_text(WORKLOAD)
        specs = [
            CellSpec(workload=f"w.py:{name}", variant=str(each), effort=EFFORT)
            for each in range(number)
            for name in [("cyclic", "clean")[each % 2]]
        ]
        began = time.monotonic()
        with _cluster(jobs, pause, kills) as (place, killed):
            versions = [platform.python_version()] * number
            came = list(measure_on(place, specs, versions, jobs))
        there = time.monotonic() - began
        began = time.monotonic()
        mine = dict(measure_cells(specs, jobs))
        here = time.monotonic() - began
    _compare(f"{number} cells, the cluster's start included", here, there)
    if pause is not None:
        print(f"{len(killed)} workers killed, one every {pause:g} s")
    there_too = dict(came)
    lost, twice = number - len(there_too), len(came) - len(there_too)
    other = [each for each, cell in there_too.items() if _outcome(cell) != _outcome(mine[each])]
    print(f"cells lost: {lost}, twice: {twice}, with another outcome: {len(other)}")
    for number in other:
        print(f"  {number}: {_outcome(there_too[number])} instead of {_outcome(mine[number])}")
    return not (lost or twice or other)


def _outcome(cell: Cell) -> tuple[object, ...]:
    """The part of a result that depends neither on the machine nor on its load."""
    cycles = [(one.signature, one.per_op, one.cut.edge) for one in cell.cycles]
    rate = cell.per_op
    counts = rate and (rate.retained, rate.cyclic, rate.leaked)
    return cell.verdict, counts, cycles, cell.error and cell.error.message


@contextmanager
def _cluster(jobs: int, pause: float | None, kills: int | None) -> Iterator[tuple[str, list[int]]]:
    """A cluster to measure on, and the processes of workers killed there so far."""
    if pause is None:
        yield HERE, []
        return
    distributed: Any = import_module("distributed")

    killed: list[int] = []
    over = threading.Event()
    with distributed.LocalCluster(
        n_workers=jobs,
        threads_per_worker=1,
        resources={"unknot": 1},
        host="127.0.0.1",
        dashboard_address=None,
    ) as cluster:
        killing = threading.Thread(target=_kill, args=(cluster, pause, kills, killed, over))
        killing.start()
        try:
            yield cluster.scheduler_address, killed
        finally:
            over.set()
            killing.join()


def _kill(
    cluster: Any, pause: float, kills: int | None, killed: list[int], over: threading.Event
) -> None:
    """Kill a random running worker after each ``pause``; Dask starts another."""
    while not over.wait(pause) and (kills is None or len(killed) < kills):
        running = [one for one in cluster.workers.values() if one.status.name == "running"]
        if running:
            victim = random.choice(running).pid
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)


def _compare(what: str, here: float, there: float) -> None:
    more = 100 * (there / here - 1)
    print(f"{what}: here {here:.1f} s, through the cluster {there:.1f} s, {more:+.1f} %")


def _timed(work: Callable[[], Iterable[object]]) -> float:
    began = time.monotonic()
    _count(work())
    return time.monotonic() - began


def _count(things: Iterable[object]) -> int:
    return sum(1 for _ in things)


if __name__ == "__main__":
    run_command(main, "python -m bench.cluster")

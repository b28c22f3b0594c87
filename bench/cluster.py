"""What a Dask cluster costs beside this machine's own processes: ``python -m bench.cluster``.

Three figures of ``docs/machines.md``: how long a local cluster takes to start; how many empty tasks
a second go through it; and how much longer tasks of one second, and real cells of about a second,
take through a cluster of as many workers as ``--jobs``.
"""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir
from pathlib import Path

import click

from unknot.cli.commands import run_command
from unknot.cli.options import JOBS
from unknot.measuring.cluster import HERE, connect, measure_on, spread
from unknot.measuring.plan import measure_cells
from unknot.measuring.spec import CellSpec, Effort

EFFORT = Effort(ops=40, warmup=4, samples=1, confirm_ops=40, time_limit=60.0)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--empty",
    default=2000,
    show_default=True,
    type=click.IntRange(min=1),
    help="Tasks that do nothing.",
)
@click.option(
    "--seconds",
    default=200,
    show_default=True,
    type=click.IntRange(min=1),
    help="Tasks that take one second.",
)
@click.option(
    "--cells",
    default=40,
    show_default=True,
    type=click.IntRange(min=0),
    help="Real cells, of an empty operation.",
)
@click.option("--jobs", type=JOBS, default=os.cpu_count() or 1, show_default=True, help="Workers.")
def main(empty: int, seconds: int, cells: int, jobs: int) -> None:
    """Time a local cluster, and this machine's threads and processes beside it."""
    print(f"{jobs} workers, load {os.getloadavg()[0]:.2f} as this begins")
    began = time.monotonic()
    with connect(HERE, jobs) as client:
        _count(spread(client, bytes, [()] * jobs))
        print(f"start of the cluster: {time.monotonic() - began:.2f} s")
        took = _timed(lambda: spread(client, bytes, [()] * empty))
        print(f"{empty} empty tasks: {took:.1f} s, {1000 * took / max(empty, 1):.2f} ms each")
        there = _timed(lambda: spread(client, time.sleep, [(1.0,)] * seconds))
    with ThreadPoolExecutor(jobs) as threads:
        here = _timed(lambda: threads.map(time.sleep, [1.0] * seconds))
    _compare(f"{seconds} tasks of one second", here, there)
    if not cells:
        return
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("w.py").write_text("def op(): pass\n")
        specs = [
            CellSpec(workload="w.py", variant=str(each), effort=EFFORT) for each in range(cells)
        ]
        versions = [platform.python_version()] * cells
        there = _timed(lambda: measure_on(HERE, specs, versions, jobs))
        here = _timed(lambda: measure_cells(specs, jobs))
    _compare(f"{cells} cells, the cluster's start included", here, there)


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

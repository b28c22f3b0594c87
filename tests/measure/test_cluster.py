"""A Dask cluster measures what this machine does; a worker that dies loses nothing."""

from __future__ import annotations

import os
import platform
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from unknot.errors import UsageError
from unknot.measure.cluster import measure_on
from unknot.measure.plan import measure_cells
from unknot.measure.spec import CellSpec, Effort
from unknot.records import Cell

distributed: Any = pytest.importorskip("distributed")

pytestmark = pytest.mark.once

EFFORT = Effort(ops=40, warmup=4, samples=1, confirm_ops=40, time_limit=60)
CODE = """
class Node: pass
def op():
    node = Node(); node.me = node
def clean(): pass
"""


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[CellSpec]:
    (tmp_path / "w.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return [
        CellSpec(workload=workload, variant=workload, gc=gc, effort=EFFORT)
        for workload in ("w.py:op", "w.py:clean")
        for gc in ("off", "auto")
    ]


@pytest.fixture
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as made:
        yield made


def told(cells: dict[int, Cell]) -> list[Any]:
    return [
        (place, cell.case, cell.verdict, cell.per_op, [one.signature for one in cell.cycles])
        for place, cell in sorted(cells.items())
    ]


def test_counts_are_those_of_this_machine(specs: list[CellSpec], cluster: Any) -> None:
    here = dict(measure_cells(specs, 2))
    versions = [platform.python_version()] * len(specs)
    there = dict(measure_on(cluster.scheduler_address, specs, versions, 1))
    assert told(there) == told(here)
    assert {cell.machine.name for cell in there.values() if cell.machine} == {platform.node()}
    assert all(cell.seconds > 0 for cell in there.values())


def test_a_worker_that_is_killed_loses_no_cell(specs: list[CellSpec], cluster: Any) -> None:
    versions = [platform.python_version()] * len(specs)
    pids = [worker.pid for worker in cluster.workers.values()]
    killed = threading.Event()

    def kill(text: str) -> None:
        if not killed.is_set():
            killed.set()
            os.kill(pids[0], signal.SIGKILL)

    cells = {}
    for place, cell in measure_on(cluster.scheduler_address, specs, versions, 1, kill):
        assert place not in cells
        cells[place] = cell
    assert killed.is_set()
    assert sorted(cells) == [0, 1, 2, 3]
    assert [cell.verdict for _, cell in sorted(cells.items())] == ["cyclic"] * 2 + ["clean"] * 2


def test_where_no_scheduler_is_there_is_one_clear_line(specs: list[CellSpec]) -> None:
    versions = ["3.13.0"] * len(specs)
    with pytest.raises(UsageError, match="neither dask, nor an address"):
        next(measure_on("nowhere", specs, versions, 1))
    with pytest.raises(UsageError, match="no scheduler answers"):
        next(measure_on("tcp://127.0.0.1:9", specs, versions, 1))

"""Three hosts, made of network namespaces: a worker's host is cut off half way, and comes back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from unknot.measuring.plan import measure_cells
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not os.environ.get("UNKNOT_MATRIX"), reason="UNKNOT_MATRIX=1 runs it"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(shutil.which("ip") is None, reason="needs iproute2"),
    pytest.mark.skipif(find_spec("distributed") is None, reason="no Dask here"),
]

CELLS = 12
WORKLOAD = """
class Node: pass
def cyclic():
    node = Node()
    node.me = node
def clean():
    pass
"""
SPECS = [
    CellSpec(
        workload=f"w.py:{('cyclic', 'clean')[number % 2]}",
        variant=str(number),
        effort=Effort(ops=40, warmup=4, samples=1, confirm_ops=40, time_limit=60),
    )
    for number in range(CELLS)
]
CLIENT = """
import json, platform
from unknot.measuring.cluster import connect, measure_on
from tests.measuring.test_network import SPECS, told
PLACE = "tcp://127.0.0.1:8786"
with connect(PLACE, 1) as client:
    client.wait_for_workers(2)
for place, cell in measure_on(PLACE, SPECS, [platform.python_version()] * len(SPECS), 1):
    print(json.dumps([place, told(cell)]), flush=True)
"""
DASK = {
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "12s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s",
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "15s",
    "PYTHONPATH": str(Path(__file__).parents[2]),
}


def told(cell: Cell) -> list[object]:
    """What does not depend on the machine."""
    assert cell.per_op is not None, cell.error
    return [
        cell.variant,
        cell.verdict,
        [cell.per_op.retained, cell.per_op.cyclic, cell.per_op.leaked],
        [[cycle.signature, cycle.per_op, cycle.cut.edge] for cycle in cell.cycles],
    ]


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Hosts:
    """``middle``, which has a link to each of ``left`` and ``right``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tag = f"unknot{os.getpid()}"

    def __enter__(self) -> Hosts:
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _make(self) -> None:
        for host in ("middle", "left", "right"):
            ip("netns", "add", self._name(host))
            self.ip(host, "link", "set", "lo", "up")
        for number, host in enumerate(("left", "right"), 1):
            pair = ["peer", "name", "eth0", "netns", self._name(host)]
            ip("link", "add", f"to-{host}", "netns", self._name("middle"), "type", "veth", *pair)
            for at, device, end in (("middle", f"to-{host}", 1), (host, "eth0", 2)):
                self.ip(at, "address", "add", f"10.77.{number}.{end}/24", "dev", device)
                self.ip(at, "link", "set", device, "up")

    def __exit__(self, *_: object) -> None:
        for host in ("middle", "left", "right"):
            subprocess.run(["ip", "netns", "del", self._name(host)], check=False)

    def _name(self, host: str) -> str:
        return f"{self._tag}-{host}"

    def ip(self, host: str, *arguments: str) -> None:
        ip("-n", self._name(host), *arguments)

    @contextmanager
    def running(self, host: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """Python with these arguments on that host."""
        cache = {"UNKNOT_CACHE": str(self._folder / f"cache-{host}")}
        with (self._folder / f"{host}.log").open("a") as log:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self._name(host), sys.executable, *arguments],
                cwd=self._folder,
                env={**os.environ, **DASK, **cache},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def worker(self, number: int) -> AbstractContextManager[subprocess.Popen[str]]:
        scheduler = f"tcp://10.77.{number}.1:8786"
        host = ("left", "right")[number - 1]
        options = ["--host", f"10.77.{number}.2", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        command = ["-m", "distributed.cli.dask_worker", scheduler, *options]
        return self.running(host, *command, "--resources", "unknot=1")


def test_a_host_that_is_cut_off_and_comes_back_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "w.py").write_text(WORKLOAD)
    (tmp_path / "client.py").write_text(CLIENT)
    monkeypatch.chdir(tmp_path)
    with Hosts(tmp_path) as hosts, ExitStack() as stack:
        enter = stack.enter_context
        scheduler = ["-m", "distributed.cli.dask_scheduler", "--no-dashboard", "--port", "8786"]
        enter(hosts.running("middle", *scheduler))
        enter(hosts.worker(1))
        enter(hosts.worker(2))
        client = enter(hosts.running("middle", "client.py"))
        assert client.stdout is not None
        came = []
        for line in client.stdout:
            came.append(json.loads(line))
            if len(came) == CELLS // 3:
                hosts.ip("middle", "link", "set", "to-right", "down")
            if len(came) == 2 * CELLS // 3:
                hosts.ip("middle", "link", "set", "to-right", "up")
                enter(hosts.worker(2))
        assert client.wait() == 0, (tmp_path / "middle.log").read_text()[-2000:]
    assert len(came) == CELLS  # none twice
    here = dict(measure_cells(SPECS, 2))
    assert dict(map(tuple, came)) == {place: told(cell) for place, cell in here.items()}

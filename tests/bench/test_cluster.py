"""A small run of what a cluster costs: cells come out as they do here, also where workers die."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(find_spec("distributed") is None, reason="no Dask here"),
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench.cluster", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip


def test_it_times_tasks_and_compares_cells_while_workers_die() -> None:
    tasks = ("--empty", "3", "--seconds", "1", "--cells", "4", "--jobs", "2")
    done = run(*tasks, "--kill-every", "0.5", "--kills", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 empty tasks: " in done.stdout
    assert "1 tasks of one second: here 1." in done.stdout
    assert "\n1 workers killed, one every 0.5 s\n" in done.stdout
    assert "cells lost: 0, twice: 0, with another outcome: 0" in done.stdout


@pytest.mark.parametrize(
    "arguments", [["--kill-every", "0"], ["--jobs", "0"], ["--cells", "-1"], ["--jobs", "x"]]
)
def test_wrong_use_is_said_in_a_line(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert arguments[0] in done.stderr
    assert "Traceback" not in done.stderr

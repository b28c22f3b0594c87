"""The command that measures how long a process stands still for a look."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.attach import SHAPES, look_at, run
from tests.attach.debugger import need_gdb
from unknot.environments.interpreters import resolve_interpreter

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc"),
]


@pytest.mark.parametrize(("shape", "looks"), [(SHAPES[0], 2), (SHAPES[1], 1)])
def test_a_row_has_a_pause_for_each_look_and_the_costs_of_both_commands(
    shape: str, looks: int
) -> None:
    need_gdb()
    row = look_at(resolve_interpreter(sys.executable), shape, 20_000, looks, 60.0)
    assert len(row.forks) == len(row.stays) == looks
    assert min(row.forks + row.stays) > 0
    assert 20_000 < row.objects < 60_000
    assert row.dump.megabytes > 20
    assert row.explain.megabytes > 20
    assert shape in str(row)
    assert len(str(row)) <= 80


def test_a_command_that_fails_is_told() -> None:
    with pytest.raises(SystemExit, match=r"unknot explain nothing\.dump: .*nothing\.dump"):
        run(["explain", "nothing.dump"])


def test_an_interpreter_that_is_not_there_is_a_usage_error() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.attach", "--python", "3.99"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr

"""Servers under load, and numpy in eight threads, are looked into, and answer every request."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.attach.servers import serving
from tests.attach.targets import running
from tests.attach.test_process import threads_and_files
from tests.interpreters import VERSIONS, need_interpreter
from unknot.attach.explain import explain
from unknot.attach.process import dump_process
from unknot.attach.target import find_target
from unknot.environments.cache import environment
from unknot.errors import UsageError
from unknot.records.look import Look

SECONDS = 60.0

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc"),
    pytest.mark.skipif(not os.environ.get("UNKNOT_MATRIX"), reason="UNKNOT_MATRIX=1 runs it"),
    pytest.mark.usefixtures("gdb"),
]


def look_into(pid: int) -> Look:
    return explain(dump_process(find_target(pid), seconds=SECONDS))


def planted(look: Look) -> tuple[int, int]:
    """How many planted cycles wait, and how many objects the planted registry has."""
    (cycle,) = [one for one in look.cycles if "Request" in one.path[0]]
    (name,) = [one.type for one in look.types if one.type.endswith(".Session")]
    (total,) = [one.objects for one in look.types if one.type == name]
    assert (cycle.path, cycle.cut.edge) == (["Request.me"], "Request.me")
    return round(cycle.per_op), total


@pytest.mark.parametrize("kind", ["uvicorn", "gunicorn"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_under_load_is_looked_into_and_answers_all(
    version: str, kind: str, tmp_path: Path
) -> None:
    need_interpreter(version)
    with serving(kind, version, tmp_path) as (pid, load):
        with load.running():
            answered = load.answered
            cycles, sessions = planted(look_into(pid))
            assert cycles == sessions
            assert answered <= cycles <= load.sent
        assert load.wrong == []
        assert planted(look_into(pid)) == (load.sent, load.sent)
        for _ in range(7):
            load.ask()
        assert load.answered == load.sent
        assert planted(look_into(pid)) == (load.sent, load.sent)


NUMPY = """
import numpy
lines = []
def work():
    one = numpy.ones((200, 200))
    while not lines:
        one @ one
begin()
for _ in range(8):
    threading.Thread(target=work).start()
ready()
lines.append(sys.stdin.readline())
print("answered", lines[0].strip(), flush=True)
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_eight_threads_of_numpy_are_looked_into_and_go_on(version: str) -> None:
    need_interpreter(version)
    python = environment(["numpy"], version).python
    with running(python, "8 threads of numpy", NUMPY, OPENBLAS_NUM_THREADS="1") as program:
        before = threads_and_files(program.pid)
        look = look_into(program.pid)
        assert threads_and_files(program.pid) == before
        assert program.goes_on("19")
    assert planted(look) == (100, 100)


@pytest.mark.parametrize("version", VERSIONS)
def test_numpy_whose_fork_would_not_end_is_refused_and_goes_on(version: str) -> None:
    """With threads of OpenBLAS's own, ``os.fork`` waits for ever in such a program."""
    need_interpreter(version)
    python = environment(["numpy"], version).python
    with running(python, "8 threads of numpy", NUMPY, OPENBLAS_NUM_THREADS="2") as program:
        with pytest.raises(UsageError, match="look with --in-place"):
            look_into(program.pid)
        assert program.goes_on("19")

"""A process that looks at itself: what it holds is said, and nothing stays."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from unknot.attach.duties import Greet
from unknot.attach.landing import Landing
from unknot.errors import TimeLimitExceeded

PLANTED = """
import gc
import json

import unknot
from unknot.attach.explain import explain
from unknot.attach.own import dump_own


class Linked:
    def __init__(self):
        self.me = self


class Kept:
    pass


KEPT = []
gc.collect()
gc.disable()
for _ in range(30):
    Linked()
look = unknot.snapshot()
waiting = sum(type(one) is Linked for one in gc.get_objects())
before = dump_own()
KEPT.extend(Kept() for _ in range(200))
after = dump_own(before=before)
print(json.dumps({
    "cycles": [
        [one.per_op, one.cut.sufficient, one.cut.proven]
        for one in look.cycles
        if "Linked.me" in one.path[0]
    ],
    "waiting": waiting,
    "pause": look.facts.pause,
    "grown": {
        one.type.rpartition(".")[2]: [one.per_op, one.path] for one in explain(after, before).grown
    },
}))
"""


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    """What a small process found in itself: that of the tests takes minutes to look through."""
    done = subprocess.run(
        [sys.executable, "-c", PLANTED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_cycles_that_wait_are_found_and_left_where_they_are(said: dict[str, Any]) -> None:
    assert said["cycles"] == [[30, True, 30]]
    assert said["waiting"] == 30
    assert said["pause"] > 0


def test_what_grew_is_named_with_its_holder_and_what_did_not_is_not(said: dict[str, Any]) -> None:
    rate, path = said["grown"]["Kept"]
    assert rate == 200
    assert path[0].endswith("__main__.KEPT")
    assert "Linked" not in said["grown"]


QUIET = """
import gc, os, threading, unknot

ran = []
os.register_at_fork(before=lambda: ran.append("before"))
os.register_at_fork(after_in_parent=lambda: ran.append("parent"))
os.register_at_fork(after_in_child=lambda: ran.append("child"))
unknot.snapshot()  # what it imports stays, as does what any import leaves
gc.collect()

def count():
    found = {}
    for each in gc.get_objects():
        found[type(each).__name__] = found.get(type(each).__name__, 0) + 1
    return found

before = count()
threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))
from unknot.attach.duties import Greet
from unknot.attach.landing import Landing
count()
before = count()
with Landing() as landing:
    exec(landing.statement, {})
    assert landing.said() > 0
    with landing.wait(60) as visit:
        visit.ask(Greet())
landing = visit = None
assert threading.active_count() == threads
assert len(os.listdir("/proc/self/fd")) == files
after = count()
print({name: (before.get(name), number) for name, number in after.items()
       if before.get(name) != number and name not in ("frame", "dict", "list", "Landing")})
print(ran)
os.fork() or os._exit(0)
print(sorted(set(ran)))
"""


def test_no_hook_runs_and_all_are_back_afterwards() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(QUIET)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-2:] == ["[]", "['before', 'parent']"]


def test_no_folder_and_no_process_are_left() -> None:
    with Landing() as landing:
        exec(landing.statement, {})
        with landing.wait(60) as visit:
            copy = visit.ask(Greet())[0]["copy"]
            assert Path(landing.inside, "visit.py").exists()
    assert not Path(landing.inside).exists()
    with pytest.raises(ChildProcessError):  # the copy is nobody's child
        os.waitpid(copy, os.WNOHANG)
    deadline = time.monotonic() + 60
    while Path(f"/proc/{copy}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_script_does_nothing_when_it_runs_again() -> None:
    with Landing() as landing:
        exec(landing.statement, {})
        told = Path(landing.inside, "said").stat().st_mtime_ns
        exec(landing.statement, {})
        assert Path(landing.inside, "said").stat().st_mtime_ns == told
        with landing.wait(60) as visit:
            assert visit.ask(Greet())[0]["enabled"] == gc.isenabled()
        with pytest.raises(TimeLimitExceeded):
            landing.wait(0.3)

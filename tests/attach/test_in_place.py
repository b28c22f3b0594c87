"""A process looked at in place: it is not forked, says the same, and nothing stays in it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.attach.targets import PLANTED, running
from tests.interpreters import need_interpreter
from unknot.attach.dump import Dump
from unknot.attach.explain import explain
from unknot.attach.process import dump_process
from unknot.attach.target import find_target
from unknot.errors import TimeLimitExceeded, UnknotError

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc"),
    pytest.mark.usefixtures("gdb"),
]


def look_in_place(pid: int, before: Dump | None = None) -> Dump:
    return dump_process(find_target(pid), seconds=60.0, in_place=True, before=before)


WAITING = """
import select
def wait():
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        pass
    sys.stdin.readline()
"""


@contextmanager
def asked(version: str, source: str) -> Iterator[subprocess.Popen[str]]:
    """A program that has said ``ready``."""
    process = subprocess.Popen(
        [need_interpreter(version), "-c", PLANTED + WAITING + source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def answer(process: subprocess.Popen[str]) -> str:
    """What it prints next, once it has a line."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return process.stdout.readline()


@pytest.mark.parametrize(
    ("version", "kind"),
    [("3.8", "busy asyncio"), ("3.11", "blocked in time.sleep"), ("3.14", "busy asyncio")],
)
def test_it_says_what_a_copy_says_and_goes_on(version: str, kind: str) -> None:
    with running(need_interpreter(version), kind) as program:
        copied = explain(dump_process(find_target(program.pid), seconds=60.0))
        dump = look_in_place(program.pid)
        assert program.goes_on("19")
    look = explain(dump)
    assert 0 < dump.facts.longest <= dump.facts.pause
    assert dump.facts.stops > 1
    for each in (look, copied):
        (cycle,) = [one for one in each.cycles if "Request" in one.path[0]]
        assert (cycle.path, cycle.per_op, cycle.cut.edge) == (["Request.me"], 100, "Request.me")
        totals = {total.type: total for total in each.types}
        assert totals["__main__.Session"].objects == 100


TRACES = """
import collections, gc, threading
def traces():
    gc.callbacks.clear()
    gc.collect()
    gc.callbacks.append(print)
    count = collections.Counter(map(type, gc.get_objects()))
    state = (sorted(sys.modules), sys.meta_path, sorted(sys.path_importer_cache), gc.isenabled(),
        gc.get_debug(), gc.get_freeze_count(), sys.getswitchinterval(), os.listdir("/proc/self/fd"),
        threading.active_count(), len(gc.callbacks), len(gc.garbage))
    return count, state
begin()
ready()
wait()
first = traces()
first = traces()
print("counted", flush=True)
wait()
second = traces()
print(dict(second[0] - first[0]), second[1] == first[1], flush=True)
"""


@pytest.mark.parametrize("version", ["3.13", "3.14"])
def test_not_even_a_module_of_c_stays_from_3_13_on(version: str) -> None:
    with asked(
        version, TRACES.replace("second[1] == first[1]", "second[1][0] == first[1][0]")
    ) as process:
        assert answer(process) == "counted\n"
        look_in_place(process.pid)
        assert answer(process).endswith(" True\n")


@pytest.mark.parametrize("version", ["3.8", "3.12", "3.14"])
def test_nothing_stays_and_what_waits_for_the_collector_is_left_to_it(version: str) -> None:
    """Nor does the collector's callback run, which prints; the first look is for what it leaves."""
    with asked(version, TRACES) as process:
        look_in_place(process.pid)
        assert answer(process) == "counted\n"
        for _ in range(2):
            look_in_place(process.pid)
        more, _, same = answer(process).rpartition(" ")
    assert same == "True\n"
    # To read attributes makes the dict of an instance that had none, as reading them always does.
    assert more == "{}" or re.fullmatch(r"\{<class 'dict'>: \d{1,2}\}", more)


def test_garbage_of_the_process_survives_the_look() -> None:
    waiting = """
import weakref
begin(50)
last = Request(); last.me = last; last = weakref.ref(last)
ready()
wait()
print(last() is not None, flush=True)
"""
    with asked("3.11", waiting) as process:
        look = explain(look_in_place(process.pid))
        assert answer(process) == "True\n"
    assert [cycle.per_op for cycle in look.cycles if "Request" in cycle.path[0]] == [51]


def test_a_process_that_froze_objects_is_left_alone() -> None:
    frozen = """
import gc
begin(20)
gc.freeze()
kept = gc.get_freeze_count()
ready()
wait()
print(kept - 5 <= gc.get_freeze_count() <= kept, flush=True)
"""
    with asked("3.14", frozen) as process:
        with pytest.raises(UnknotError, match="look without --in-place"):
            look_in_place(process.pid)
        assert answer(process) == "True\n"


def test_what_grows_meanwhile_is_named_with_its_holder() -> None:
    grows = "begin()\nready()\nwait()\nbegin(250)\nprint('grown', flush=True)\n"
    with asked("3.13", grows + "wait()") as process:
        first = look_in_place(process.pid)
        assert answer(process) == "grown\n"
        second = look_in_place(process.pid, first)
    grown = {leak.type: leak for leak in explain(second, first).grown}
    leak = grown["__main__.Session"]
    assert (leak.per_op, leak.path) == (250, ["module __main__.REGISTRY", "list[…]"])


def test_a_process_that_is_blocked_is_not_reached_and_left_well() -> None:
    with running(need_interpreter("3.11"), "blocked in recv") as program:
        with pytest.raises(TimeLimitExceeded, match="look without it"):
            dump_process(find_target(program.pid), seconds=5.0, in_place=True)
        assert program.goes_on("on")


@pytest.mark.parametrize(("version", "count"), [("3.8", 2), ("3.11", 8), ("3.14", 2)])
def test_threads_that_never_rest_are_waited_for_and_go_on(version: str, count: int) -> None:
    threads = f"""
opened = []
def note(event, arguments):
    if event == "open" and sys.getswitchinterval() > 1:
        opened.append(arguments[0])
sys.addaudithook(note)
def work():
    while not lines:
        sorted(range(3000), reverse=True)
lines = []
begin()
for _ in range({count}):
    threading.Thread(target=work).start()
ready()
wait()
lines.append(1)
print("opened", opened, flush=True)
"""
    with asked(version, threads) as process:
        (cycle,) = [
            one for one in explain(look_in_place(process.pid)).cycles if "Request" in one.path[0]
        ]
        # Whoever opens a file lets others go on, and then waits for each of them.
        assert answer(process) == "opened []\n"
    assert cycle.per_op == 100

"""What the collector does not look into is told where it holds something, and runs no code."""

from __future__ import annotations

import atexit
import datetime
import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.interpreters import VERSIONS, need_interpreter

AGENT = Path(__file__).parents[2] / "src" / "unknot" / "agent"

PROGRAM = """
import importlib.util, json, sys, threading
from datetime import datetime, timedelta, tzinfo

spec = importlib.util.spec_from_file_location(
    "unknot_agent", sys.argv[1] + "/__init__.py", submodule_search_locations=[sys.argv[1]]
)
package = importlib.util.module_from_spec(spec)
sys.modules["unknot_agent"] = package
spec.loader.exec_module(package)
from unknot_agent.unseen import find_unseen

class Zone(tzinfo):
    def utcoffset(self, when):
        raise AssertionError("the agent asked the program")
    __eq__ = __hash__ = dst = tzname = __repr__ = utcoffset

class Plain:
    def __getattribute__(self, name):
        raise AssertionError("the agent asked the program for " + name)

class Locals(dict):
    def items(self):
        raise AssertionError("the agent asked the program for its locals")

class Body(type):
    @classmethod
    def __prepare__(cls, name, bases):
        return Locals()

def run(thing, ready, stop):
    ready.set()
    stop.wait()

zone, in_thread, in_body, nowhere = Zone(), Plain(), Plain(), Plain()
stamps = [datetime(2026, 1, 1, tzinfo=zone)]
plain = {"text": "that the collector has nothing to do with"}
ready, stop = threading.Event(), threading.Event()
threading.Thread(target=run, args=(in_thread, ready, stop), daemon=True).start()
ready.wait()

class Within(metaclass=Body):
    held = in_body
    answer = find_unseen([id(zone), id(in_thread), id(in_body), id(nowhere), id(plain)])

stop.set()
told = {one["id"]: one for one in Within.answer["objects"]}
wanted = {id(zone): "zone", id(in_thread): "in thread", id(in_body): "in body", id(plain): "plain"}
found = {}
for hold in Within.answer["holds"]:
    holder, keeper = told[hold["holder"]], told.get(hold["keeper"])
    found[wanted[hold["id"]]] = [
        holder["type"], holder["name"], hold["kind"], hold["name"],
        keeper and keeper["type"],
        [[one["kind"], one["index"]] for one in keeper["references"]] if keeper else [],
    ]
print(json.dumps(found))
"""


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_a_frame_that_runs_and_the_memory_of_c_are_told_and_nothing_else(version: str) -> None:
    done = subprocess.run(
        [need_interpreter(version), "-c", PROGRAM, str(AGENT)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    expected = {
        "zone": ["datetime.datetime", None, "unknown", None, "builtins.list", [["item", 0]]],
        "in thread": ["builtins.frame", "run", "local", "thing", None, []],
        "plain": ["builtins.dict", None, "item", "plain", None, []],
    }
    if version in ("3.14", "3.15"):  # every dict is tracked there, so a snapshot has its holder
        del expected["plain"]
    assert json.loads(done.stdout) == expected


def test_a_time_without_a_zone_is_not_read_past_its_end() -> None:
    from unknot.agent.unseen import ZONED, find_unseen

    class Kept:
        def close(self) -> None:
            pass

    times = [datetime.time(1, 2, 3) for _ in range(20_000)]
    kept = [Kept() for _ in range(2_000)]
    for each in kept:
        atexit.register(each.close)  # C keeps a record of each, in memory between the times
    holders = {one["type"] for one in find_unseen([id(each) for each in kept])["objects"]}
    for each in kept:
        atexit.unregister(each.close)
    assert not ZONED & holders
    assert len(times) == 20_000


def test_looking_for_what_is_unseen_leaves_no_cycle() -> None:
    program = dedent(
        """
        import gc
        from unknot.agent.unseen import find_unseen

        def look():
            kept = [object]
            return find_unseen([id(kept)])["holds"]

        look()
        gc.collect()
        gc.disable()
        assert len(look()) == 1
        print(gc.collect())
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "0\n"


def test_every_dict_is_measured_tracked_or_not() -> None:
    from unknot.agent.unseen import measure_dicts

    registries = [{"one": 1, "two": 2}, {"one": []}]
    ids, lengths = measure_dicts()
    found = dict(zip(ids, lengths, strict=True))
    assert [found[id(each)] for each in registries] == [2, 1]


def test_an_array_of_objects_is_told_and_one_of_numbers_is_not() -> None:
    numpy = pytest.importorskip("numpy")
    from unknot.agent.unseen import find_unseen

    class Kept:
        pass

    slots = numpy.empty(3, dtype=object)
    slots[1] = Kept()
    address = id(slots[1])
    arrays = [slots, numpy.array([address], dtype=numpy.uint64)]
    (hold,) = find_unseen([address])["holds"]
    assert (hold["holder"], hold["keeper"]) == (id(slots), id(arrays))
    registry = [slots[1]]
    slots[1] = None
    assert find_unseen([address])["holds"] == []
    assert isinstance(registry[0], Kept)

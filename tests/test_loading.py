"""What a look at the own heap imports is no part of what it, or the next, finds."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LOOKS = """
import gc
import json
import sys

import unknot


class Linked:
    def __init__(self):
        self.me = self


def block():
    try:
        with unknot.no_cycles():
            Linked()
    except unknot.CyclesLeft as left:
        return [cycle.path[0] for cycle in left.cycles]


def explain():
    return [cycle.path[0] for cycle in unknot.explain().cycles]


def snapshot():
    return [cycle.path[0] for cycle in unknot.snapshot().cycles]


def outer():
    try:
        with unknot.no_cycles():
            block()
    except unknot.CyclesLeft as left:
        return [cycle.path[0] for cycle in left.cycles]


gc.collect()
gc.disable()
Linked()
found = {name: globals()[name]() for name in sys.argv[1:]}
print(json.dumps(found))
"""
MINE = ["Linked.me"]
ORDER = ["block", "explain", "snapshot", "outer"]


@pytest.mark.parametrize(
    "order", [ORDER[first:] + ORDER[:first] for first in range(4)], ids="-".join
)
def test_a_look_finds_nothing_that_another_imported(order: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOKS, *order], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == dict.fromkeys(order, MINE)

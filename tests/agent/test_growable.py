"""Objects that grow in place are measured by C code alone, tracked or not."""

from __future__ import annotations

import array
import collections
import io
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from unknot.agent.growable import can_grow, measure_growable


class Sized(list[int]):
    """A list that says what it likes about its size."""

    def __sizeof__(self) -> int:
        raise AssertionError("the agent asked the program")

    __len__ = __iter__ = __sizeof__  # type: ignore[assignment]


class Kept:
    """Holds what is measured, so that something tracked leads to it."""

    thing: Any = None


GROWING: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "bytearray": (bytearray, lambda thing: thing.extend(b"x" * 5000)),
    "list": (list, lambda thing: thing.extend(range(600))),
    "dict": (dict, lambda thing: thing.update(dict.fromkeys(range(600)))),
    "set": (set, lambda thing: thing.update(range(600))),
    "deque": (collections.deque, lambda thing: thing.extend(range(600))),
    "array": (lambda: array.array("d"), lambda thing: thing.extend([0.0] * 600)),
    "bytes io": (io.BytesIO, lambda thing: thing.write(b"x" * 5000)),
    "string io": (io.StringIO, lambda thing: thing.write("x" * 5000)),
}


def sizes() -> dict[int, int]:
    _, (ids, measured, _) = measure_growable()
    return dict(zip(ids.tolist(), measured.tolist(), strict=True))


def growths() -> dict[str, list[int]]:
    """Bytes that each of ``GROWING`` gains: when nothing happens to it, and when it grows."""
    found = {}
    for name, (make, grow) in GROWING.items():
        Kept.thing = thing = make()
        before = sizes()[id(thing)]
        idle = sizes()[id(thing)]
        grow(thing)
        found[name] = [idle - before, sizes()[id(thing)] - before]
    return found


@pytest.fixture(scope="module")
def measured_growths() -> dict[str, list[int]]:
    """In a process of its own: that of the tests has a heap that takes a second to measure."""
    code = f"import json\nfrom {__name__} import growths\nprint(json.dumps(growths()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found: dict[str, list[int]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", GROWING)
def test_what_grows_in_place_is_larger_than_before(
    name: str, measured_growths: dict[str, list[int]]
) -> None:
    idle, grown = measured_growths[name]
    assert idle == 0
    assert 4500 < grown < 40_000


@pytest.mark.parametrize("cls", [str, bytes, int, tuple, frozenset, type, object, Kept])
def test_what_cannot_grow_is_left_out(cls: type) -> None:
    assert not can_grow(cls)


def test_no_code_of_the_program_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    stubborn = Sized([1, 2])
    monkeypatch.setattr(Kept, "thing", stubborn)
    assert sizes()[id(stubborn)] == 2 * 8


def test_a_closed_file_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO("text")
    closed.read()
    monkeypatch.setattr(Kept, "thing", closed)
    assert sizes()[id(closed)] == 4
    closed.close()
    assert sizes()[id(closed)] == 0

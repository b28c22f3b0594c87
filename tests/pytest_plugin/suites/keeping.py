"""Every other test finds what the first run of another has left, and nothing of the others."""

import gc
import os
import random
import sys
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path

import pytest

SEEN: list[object] = []
FOUND: dict[str, list[int]] = {"in": []}
NUMBER = 0


class Connection:
    """Is no plain data, so it is left alone."""


@pytest.fixture(scope="module")
def bucket() -> Iterator[list[str]]:
    value: list[str] = []
    yield value
    assert value == ["once"]


@pytest.fixture(scope="session")
def tally() -> Counter[str]:
    return Counter()


class Thing:
    def __init__(self) -> None:
        self.calls = deque([0])


@pytest.fixture(scope="module")
def thing() -> Thing:
    return Thing()


def test_leaves_variables() -> None:
    global NUMBER
    NUMBER += 1
    SEEN.append("x")
    FOUND["in"].append(NUMBER)
    random.seed(1)


def test_finds_variables() -> None:
    assert (NUMBER, SEEN, FOUND) == (1, ["x"], {"in": [1]})
    assert random.random() == random.Random(1).random()


def test_leaves_in_fixtures(bucket: list[str], tally: Counter[str], thing: Thing) -> None:
    bucket.append("once")
    tally["x"] += 1
    thing.calls.append(len(thing.calls))


def test_finds_in_fixtures(bucket: list[str], tally: Counter[str], thing: Thing) -> None:
    assert (bucket, tally, thing.calls) == (["once"], {"x": 1}, deque([0, 1]))


class TestOfAClass:
    ran = 0

    def test_leaves(self) -> None:
        type(self).ran += 1

    def test_finds(self) -> None:
        assert self.ran == 1


def test_leaves_the_process(tmp_path: Path) -> None:
    os.environ["UNKNOT_TESTED"] = os.environ.get("UNKNOT_TESTED", "") + "x"
    gc.freeze()
    os.chdir(tmp_path)


def test_finds_the_process() -> None:
    assert os.environ.pop("UNKNOT_TESTED") == "x"
    assert gc.get_freeze_count() > 0
    assert "test_leaves_the_process" in str(Path.cwd())
    gc.unfreeze()


def test_ends_its_folder(tmp_path: Path) -> None:
    os.chdir(tmp_path)
    tmp_path.rmdir()


def test_has_no_folder() -> None:
    with pytest.raises(FileNotFoundError):
        Path.cwd()
    os.chdir(sys.prefix)


KEPT: list[Connection] = []


def test_leaks_connections() -> None:
    KEPT.append(Connection())


def test_leaks_lists() -> None:
    SEEN.append([SEEN])

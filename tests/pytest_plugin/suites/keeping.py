"""Every other test finds what the first run of another has left, and nothing of the others."""

import gc
import os
import random
import sys
from collections import Counter, deque
from pathlib import Path

import pytest

SEEN = []
FOUND = {"in": []}
NUMBER = 0


class Connection:
    """Is no plain data, so it is left alone."""


@pytest.fixture(scope="module")
def bucket():
    value = []
    yield value
    assert value == ["once"]


@pytest.fixture(scope="session")
def tally():
    return Counter()


class Thing:
    def __init__(self) -> None:
        self.calls = deque([0])


@pytest.fixture(scope="module")
def thing():
    return Thing()


def test_leaves_variables():
    global NUMBER
    NUMBER += 1
    SEEN.append("x")
    FOUND["in"].append(NUMBER)
    random.seed(1)


def test_finds_variables():
    assert (NUMBER, SEEN, FOUND) == (1, ["x"], {"in": [1]})
    assert random.random() == random.Random(1).random()


def test_leaves_in_fixtures(bucket, tally, thing):
    bucket.append("once")
    tally["x"] += 1
    thing.calls.append(len(thing.calls))


def test_finds_in_fixtures(bucket, tally, thing):
    assert (bucket, tally, thing.calls) == (["once"], {"x": 1}, deque([0, 1]))


class TestOfAClass:
    ran = 0

    def test_leaves(self):
        type(self).ran += 1

    def test_finds(self):
        assert self.ran == 1


def test_leaves_the_process(tmp_path):
    os.environ["UNKNOT_TESTED"] = os.environ.get("UNKNOT_TESTED", "") + "x"
    gc.freeze()
    os.chdir(tmp_path)


def test_finds_the_process():
    assert os.environ.pop("UNKNOT_TESTED") == "x"
    assert gc.get_freeze_count() > 0
    assert "test_leaves_the_process" in str(Path.cwd())
    gc.unfreeze()


def test_ends_its_folder(tmp_path):
    os.chdir(tmp_path)
    tmp_path.rmdir()


def test_has_no_folder():
    with pytest.raises(FileNotFoundError):
        Path.cwd()
    os.chdir(sys.prefix)


KEPT = []


def test_leaks_connections():
    KEPT.append(Connection())


def test_leaks_lists():
    SEEN.append([SEEN])

"""Leaks that tests share, and what only looks like them. Each run of a body is noted in a file."""

from collections import deque
from pathlib import Path

import pytest


class Thing:
    me: "Thing"


registry: list[Thing] = []
other: list[Thing] = []
bounded: deque[Thing] = deque(maxlen=40)


@pytest.fixture(autouse=True)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def keep_in(container: list[Thing] | deque[Thing], name: str) -> None:
    with Path("runs.txt").open("a") as file:
        file.write(name + "\n")
    container.append(Thing())


def test_first_leaks(name: str) -> None:
    keep_in(registry, name)


def test_second_leaks(name: str) -> None:
    keep_in(registry, name)


def test_third_leaks_and_leaves_a_cycle(name: str) -> None:
    keep_in(registry, name)
    thing = Thing()
    thing.me = thing


def test_elsewhere_leaks(name: str) -> None:
    keep_in(other, name)


def test_elsewhere_leaks_again(name: str) -> None:
    keep_in(other, name)


def test_twice_as_much_leaks(name: str) -> None:
    keep_in(registry, name)
    registry.append(Thing())


def test_bounded(name: str) -> None:
    keep_in(bounded, name)


def test_let_go(name: str) -> None:
    keep_in(registry, name)
    registry.pop()

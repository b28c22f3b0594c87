"""Leaks that tests share, and what only looks like them. Each run of a body is noted in a file."""

from collections import deque
from pathlib import Path

import pytest


class Thing:
    pass


registry, other, bounded = [], [], deque(maxlen=40)


@pytest.fixture(autouse=True)
def name(request):
    return request.node.name


def keep_in(container, name):
    with Path("runs.txt").open("a") as file:
        file.write(name + "\n")
    container.append(Thing())


def test_first_leaks(name):
    keep_in(registry, name)


def test_second_leaks(name):
    keep_in(registry, name)


def test_third_leaks_and_leaves_a_cycle(name):
    keep_in(registry, name)
    thing = Thing()
    thing.me = thing


def test_elsewhere_leaks(name):
    keep_in(other, name)


def test_elsewhere_leaks_again(name):
    keep_in(other, name)


def test_twice_as_much_leaks(name):
    keep_in(registry, name)
    registry.append(Thing())


def test_bounded(name):
    keep_in(bounded, name)


def test_let_go(name):
    keep_in(registry, name)
    registry.pop()

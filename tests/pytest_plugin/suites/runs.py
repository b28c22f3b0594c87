"""Each test notes in a file that it ran; plain data would be set back. All of it passes."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import Path


class Node:
    me: Node
    made: datetime


class Zone(tzinfo):
    """The collector does not see that a date refers to one."""

    def utcoffset(self, _: datetime | None) -> None:
        return None

    def dst(self, _: datetime | None) -> None:
        return None

    def tzname(self, _: datetime | None) -> None:
        return None


TABLE = dict(enumerate(Node() for _ in range(1000)))


def run(name: str) -> int:
    """The number of this run."""
    path = Path(f"{name}.runs")
    number = path.stat().st_size + 1 if path.exists() else 1
    with path.open("a") as file:
        file.write(".")
    return number


def leave() -> None:
    node = Node()
    node.me = node


def test_nothing() -> None:
    run("nothing")


def test_cycle() -> None:
    run("cycle")
    leave()


def test_hidden() -> None:
    run("hidden")
    node = Node()
    node.me = node
    node.made = datetime(2026, 11, 27, tzinfo=Zone())


def test_named() -> None:
    type(f"Made{run('named')}", (), {})


def test_replaces() -> None:
    number = run("replaces")
    TABLE[number] = Node()  # in the place of one that is as old as this module


def test_third() -> None:
    if run("third") % 3 == 0:
        leave()


def test_late() -> None:
    if run("late") > 4:
        leave()


def test_early() -> None:
    if run("early") < 4:
        leave()

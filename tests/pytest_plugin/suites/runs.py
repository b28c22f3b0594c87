"""Each test notes in a file that it ran; plain data would be set back. All of it passes."""

from __future__ import annotations

from pathlib import Path


class Node:
    me: Node


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


def test_third() -> None:
    if run("third") % 3 == 0:
        leave()


def test_late() -> None:
    if run("late") > 4:
        leave()


def test_early() -> None:
    if run("early") < 4:
        leave()

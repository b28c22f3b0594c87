"""Operations that keep a known amount of memory: in a cycle, or reachable."""

from __future__ import annotations

from typing import Any


class Node:
    def __init__(self, payload: Any) -> None:
        self.me = self
        self.payload = payload


def buffer() -> None:
    """A cycle that keeps a buffer."""
    Node(bytearray(1_000_000))


def pairs() -> None:
    """A frame in a cycle that keeps plain tuples, which the collector does not track."""
    kept = [(number, number + 1) for number in range(1000, 2000)]
    try:
        kept.remove((0, 0))
    except ValueError as error:
        found = error  # noqa: F841 - the frame keeps it, and it keeps the frame


TABLES: list[dict[str, str]] = []


def table() -> None:
    """A dict of strings that stays reachable."""
    TABLES.append({f"key {number}": f"value {number}" for number in range(10_000)})

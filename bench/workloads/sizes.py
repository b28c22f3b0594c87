"""Operations that keep a known amount of memory: in a cycle, in a frame, or reachable."""

from __future__ import annotations

from typing import Any


class Node:
    def __init__(self, payload: Any) -> None:
        self.me = self
        self.payload = payload


def buffer() -> None:
    """a 1,000,000-byte bytearray in a cycle"""
    Node(bytearray(1_000_000))


TABLES: list[dict[str, str]] = []


def table() -> None:
    """a leaked dict of 10,000 strings"""
    TABLES.append({f"key {number}": f"value {number}" for number in range(10_000)})


def numbers() -> None:
    """a numpy array in a cycle"""
    import numpy

    Node(numpy.zeros(100_000))


def pairs() -> None:
    """1,000 tuples of integers in a frame"""
    kept = [(number, number + 1) for number in range(1000, 2000)]
    try:
        kept.remove((0, 0))
    except ValueError as error:
        found = error  # noqa: F841 - the frame keeps it, and it keeps the frame

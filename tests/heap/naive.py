"""The same answers by plain reachability, slow and easy to believe."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["find_components", "reach", "still_held"]

Edge = tuple[int, int]


def reach(starts: Iterable[int], edges: Iterable[Edge]) -> set[int]:
    """What ``starts`` lead to, themselves not unless something leads back."""
    edges = list(edges)
    found: set[int] = set()
    level = set(starts)
    while level:
        level = {target for source, target in edges if source in level} - found
        found |= level
    return found


def find_components(size: int, edges: Iterable[Edge]) -> set[frozenset[int]]:
    """The cyclic strongly connected components."""
    edges = list(edges)
    ways = {number: reach([number], edges) for number in range(size)}
    return {
        frozenset(other for other in ways[number] if number in ways[other])
        for number in range(size)
        if number in ways[number]
    }


def still_held(size: int, edges: Iterable[Edge]) -> set[int]:
    """What is in a cycle, or held by one."""
    edges = list(edges)
    cyclic = {number for number in range(size) if number in reach([number], edges)}
    return cyclic | reach(cyclic, edges)

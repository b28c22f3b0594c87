"""Strongly connected components of large graphs that are mostly trees and small cycles.

The graph is contracted by steps over all vertices, each of which takes no longer than the logarithm
of the longest path. What remains, such as a dense core, goes to Tarjan's algorithm in rustworkx,
which is linear but takes a Python object for each reference.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from unknot.heap.order import places_of, read, tally

if TYPE_CHECKING:
    import rustworkx

__all__ = ["digraph", "strong_components"]

Numbers: TypeAlias = npt.NDArray[np.int32]
Mask: TypeAlias = npt.NDArray[np.bool_]
IntArray: TypeAlias = npt.NDArray[np.int64]
Solve: TypeAlias = Callable[[Numbers, Numbers, int], Numbers]

FEW = 2_000
"""References up to which contracting costs more than it saves."""
LEAST_GAIN = 0.1
"""Share of the references by which three steps have to shrink a graph to go on."""
SHALLOW = 8
"""Depth of a tree up to which it is climbed step by step."""
CHUNK = 512
"""References passed to rustworkx at a time: fewer tuples than make a collection due."""


def strong_components(sources: Numbers, targets: Numbers, size: int) -> Numbers:
    """(size,) the component of each vertex. Components are numbered by their first vertices."""
    found = _solve(sources, targets, size)
    every = np.arange(size, dtype=np.int32)
    if (found > every).any():
        first = np.empty(size, dtype=np.int32)
        first[found[::-1]] = every[::-1]  # the first of several remains
        found = read(first, found)
    numbers = np.cumsum(found == every, dtype=np.int32)
    numbers -= np.int32(1)
    return read(numbers, found)


def _solve(sources: Numbers, targets: Numbers, size: int, step: int = 0, goal: int = -1) -> Numbers:
    """(size,) one vertex of each vertex's component, the same for all of the component.

    Contracts step by step, and gives up if three steps leave more than ``goal`` references.
    """
    sources, targets = _without_loops(sources, targets)
    if len(sources) <= FEW or (step and step % len(STEPS) == 0 and len(sources) > goal):
        return _search(sources, targets, size)
    if step % len(STEPS) == 0:
        goal = int(len(sources) * (1 - LEAST_GAIN))

    def solve(sources: Numbers, targets: Numbers, size: int) -> Numbers:
        return _solve(sources, targets, size, step + 1, goal)

    return STEPS[step % len(STEPS)](sources, targets, size, solve)


def _contract_trees(sources: Numbers, targets: Numbers, size: int, solve: Solve) -> Numbers:
    """Contracts every vertex with one incoming reference into its predecessor.

    All paths to such a vertex pass its root, the next vertex above with several predecessors or
    none. So it is in its root's component if it, or what is below it, leads to that component, and
    otherwise in none.
    """
    single = tally(targets, size) == 1
    tree = read(single, targets)
    above = np.arange(size, dtype=np.int32)
    above[targets[tree]] = sources[tree]
    root = _find_roots(above, single)
    rest = ~tree
    rest |= read(root, targets) == targets  # a ring of such vertices was cut open at one
    sources, targets = sources[rest], targets[rest]
    outer = read(root, sources)
    found = _solve_used(outer, targets, size, solve)
    held = np.zeros(size, dtype=bool)
    held[sources[read(found, outer) == read(found, targets)]] = True
    _mark_above(held, above)
    held &= single
    below = places_of(held)
    found[below] = read(found, read(root, below))
    return found


def _find_roots(above: Numbers, single: Mask) -> Numbers:
    """(n,) the root of each vertex by pointer jumping.

    Rings without any other root get one each: ``above`` and ``single`` are changed accordingly.
    """
    root = above.copy()
    active = places_of(single)
    count = 0
    while len(active) != count:  # a root has vertices at each distance up to its greatest
        count = len(active)
        active = active[read(single, read(root, active))]
        root[active] = read(root, read(root, active))
    if count:
        _open_rings(above, single, root, active)
    return root


def _open_rings(above: Numbers, single: Mask, root: Numbers, active: Numbers) -> None:
    """Gives each ring a root, its least vertex, for the ``active`` vertices that lead to one.

    Their ``root`` so far is any vertex above.
    """
    on_ring, count, before = single, len(active), 0
    while count != before:  # below a ring, too, are vertices at each distance
        before = count
        on_ring = np.zeros(len(above), dtype=bool)
        on_ring[read(root, active)] = True
        count = int(np.count_nonzero(on_ring))
        root[active] = read(root, read(root, active))
    ring = places_of(on_ring)
    jump = above.copy()
    least = np.arange(len(above), dtype=np.int32)
    last, now = ring[:0], ring
    while not np.array_equal(last, now):  # twice as far is nothing less: that is around
        there = read(jump, ring)
        last, now = now, np.minimum(now, read(least, there))
        least[ring] = now
        jump[ring] = read(jump, there)
    root[active] = read(least, read(root, active))
    tops = places_of(on_ring)
    tops = tops[read(least, tops) == tops]
    above[tops] = root[tops] = tops
    single[tops] = False


def _mark_above(held: Mask, above: Numbers) -> None:
    """Marks everything above what is marked: step by step, then by distances that double."""
    reached = read(above, places_of(held))
    for _ in range(SHALLOW):
        reached = reached[~read(held, reached)]
        if not len(reached):
            return
        held[reached] = True
        reached = read(above, reached)
    while True:
        reached = read(above, places_of(held))
        reached = reached[~read(held, reached)]
        if not len(reached):  # then nothing is further above either
            return
        held[reached] = True
        above = read(above, above)


def _contract_back(sources: Numbers, targets: Numbers, size: int, solve: Solve) -> Numbers:
    """Contracts every vertex with one outgoing reference into its successor."""
    return _contract_trees(targets, sources, size, lambda one, other, n: solve(other, one, n))


def _contract_pairs(sources: Numbers, targets: Numbers, size: int, solve: Solve) -> Numbers:
    """Contracts vertices that refer to each other. Which of them, depends on the turns taken."""
    forth, back = _key(sources, targets), _key(targets, sources)
    forth.sort()  # several times faster than the hash table of np.unique
    forth = forth[np.append(forth[:-1] != forth[1:], True)]
    back.sort()
    place = np.searchsorted(back, forth)
    place[place == len(back)] = 0
    both = forth[back[place] == forth]
    one, other = (both >> 32).astype(np.int32), both.astype(np.int32)
    sources, targets = (forth >> 32).astype(np.int32), forth.astype(np.int32)
    least = np.arange(size, dtype=np.int32)
    for _ in range(size.bit_length()):
        last = least.copy()
        np.minimum.at(least, one, least[other])
        least = least[least]
        if np.array_equal(least, last):
            break
    return _solve_used(least[sources], least[targets], size, solve)[least]


STEPS = (_contract_trees, _contract_back, _contract_pairs)


def _key(sources: Numbers, targets: Numbers) -> npt.NDArray[np.int64]:
    """(m,) one number for each reference, in the order of sources, then targets."""
    keys = sources.astype(np.int64) << 32
    keys |= targets
    return keys


def _solve_used(sources: Numbers, targets: Numbers, size: int, solve: Solve) -> Numbers:
    """(size,) the solution for the vertices that have references; the others are by themselves."""
    found = np.arange(size, dtype=np.int32)
    sources, targets = _without_loops(sources, targets)
    if not len(sources):
        return found
    used = np.zeros(size, dtype=bool)
    used[sources] = used[targets] = True
    kept = places_of(used)
    numbers = np.cumsum(used, dtype=np.int32) - np.int32(1)
    found[kept] = kept.take(solve(numbers.take(sources), numbers.take(targets), len(kept)))
    return found


def _without_loops(sources: Numbers, targets: Numbers) -> tuple[Numbers, Numbers]:
    leads = sources != targets
    return (sources, targets) if leads.all() else (sources[leads], targets[leads])


def _search(sources: Numbers, targets: Numbers, size: int) -> Numbers:
    """(size,) one vertex of each vertex's component, by Tarjan's algorithm."""
    found = np.arange(size, dtype=np.int32)
    if not len(sources):
        return found
    from rustworkx import strongly_connected_components

    components = strongly_connected_components(digraph(sources, targets, size))
    lengths = list(map(len, components))
    firsts = np.fromiter((component[0] for component in components), np.int32, len(components))
    every = np.fromiter(chain.from_iterable(components), np.int32, size)
    found[every] = firsts.repeat(lengths)
    return found


def digraph(sources: Numbers, targets: Numbers, size: int) -> rustworkx.PyDiGraph[None, None]:
    """The graph of those references, for an algorithm of rustworkx."""
    import rustworkx

    graph: rustworkx.PyDiGraph[None, None] = rustworkx.PyDiGraph(
        node_count_hint=size, edge_count_hint=len(sources)
    )
    graph.add_nodes_from([None] * size)
    for begin in range(0, len(sources), CHUNK):
        part = slice(begin, begin + CHUNK)
        graph.add_edges_from_no_data(
            list(zip(sources[part].tolist(), targets[part].tolist(), strict=True))
        )
    return graph

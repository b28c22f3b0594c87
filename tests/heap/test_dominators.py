"""Dominators against networkx, and retained sizes against what really goes."""

from __future__ import annotations

import networkx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from unknot.heap.dominators import UNREACHED, find_dominators


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]], list[int]]:
    size = draw(st.integers(1, 24))
    object_ = st.integers(0, size - 1)
    pairs = draw(st.lists(st.tuples(object_, object_), max_size=3 * size))
    return size, sorted(pairs), sorted(draw(st.sets(object_, min_size=1, max_size=4)))


def drawn(size: int, pairs: list[tuple[int, int]], roots: list[int]) -> networkx.DiGraph:
    graph = networkx.DiGraph(pairs)
    graph.add_nodes_from(range(size + 1))
    graph.add_edges_from((size, root) for root in roots)
    return graph


def arrays(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    ends = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_the_immediate_dominators_are_those_of_networkx(
    made: tuple[int, list[tuple[int, int]], list[int]],
) -> None:
    size, pairs, roots = made
    wanted = networkx.immediate_dominators(drawn(*made), size)

    found = find_dominators(*arrays(pairs), np.array(roots), size).parents.tolist()

    assert found == [wanted.get(number, UNREACHED) for number in range(size)]


@given(graphs(), st.data())
@settings(max_examples=100, deadline=None)
def test_an_object_retains_what_no_root_reaches_without_it(
    made: tuple[int, list[tuple[int, int]], list[int]], data: st.DataObject
) -> None:
    size, pairs, roots = made
    sizes = data.draw(st.lists(st.integers(1, 99), min_size=size, max_size=size))
    graph = drawn(*made)
    reached = networkx.descendants(graph, size)

    retained = find_dominators(*arrays(pairs), np.array(roots), size).sums(np.array(sizes))

    for number in range(size):
        without = graph.copy()
        without.remove_node(number)
        kept = networkx.descendants(without, size) if number in reached else reached
        assert retained[number] == sum(sizes[each] for each in reached - kept)
    assert retained[size] == sum(sizes[each] for each in reached)


def test_a_long_chain_is_no_harder_than_a_short_one() -> None:
    size = 20_000
    chain = np.arange(size, dtype=np.int32)

    found = find_dominators(chain[:-1], chain[1:], np.array([0]), size)

    assert found.parents.tolist() == [size, *range(size - 1)]
    assert found.sums(np.ones(size, dtype=np.int64))[:3].tolist() == [size, size - 1, size - 2]

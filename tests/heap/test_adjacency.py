"""Breadth-first search takes the order and finds the predecessors that scipy's does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from unknot.heap.adjacency import UNREACHED, Adjacency, breadth_first

WIDE = 400
"""Vertices of a layer, more than are visited one by one."""


def check(sources: np.ndarray, targets: np.ndarray, size: int, roots: np.ndarray) -> None:
    """scipy's search begins at a further vertex that leads to all roots, and comes last."""
    order = np.argsort(sources, kind="stable")
    sources, targets = sources[order].astype(np.int32), targets[order].astype(np.int32)
    graph = Adjacency.of(sources, targets, size)
    rows = np.append(graph.starts, len(targets) + len(roots))
    columns = np.append(targets, roots)
    matrix = csr_array((np.ones(len(columns)), columns, rows), shape=(size + 1, size + 1))
    expected, before = breadth_first_order(matrix, size)
    found, predecessors = breadth_first(graph, roots)
    assert found.tolist() == expected.tolist()[1:]
    assert predecessors.tolist() == np.maximum(before[:size], UNREACHED).tolist()


@given(st.data())
def test_small_graphs(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 12))
    number = st.integers(0, size - 1)
    pairs = np.array(data.draw(st.lists(st.tuples(number, number))), dtype=int).reshape(-1, 2)
    roots = data.draw(st.lists(number, unique=True))
    check(pairs[:, 0], pairs[:, 1], size, np.array(roots, dtype=np.int32))


@pytest.mark.parametrize("seed", range(8))
def test_levels_that_are_wide_then_narrow_then_wide(seed: int) -> None:
    """Layers of one vertex and of many, each of which leads to the next and to some before."""
    generator = np.random.default_rng(seed)
    widths = generator.choice([1, 3, WIDE], 30)
    ends = np.cumsum(widths)
    layer = np.repeat(np.arange(30), widths)
    size = int(ends[-1])
    onwards = np.flatnonzero(layer < 29)
    following = layer[onwards] + 1
    targets = ends[following] - 1 - generator.integers(0, widths[following])
    hubs = np.repeat(ends[:-1] - 1, widths[1:])  # of each layer leads to all of the next
    back = generator.integers(0, size, 2 * size)
    sources = np.concatenate([onwards, hubs, back])
    targets = np.concatenate([targets, np.arange(widths[0], size), back // 2])
    check(sources, targets, size, np.array([0]))
    check(sources, targets, size, generator.permutation(size)[: size // 3])


def test_successors_are_in_order_where_that_is_asked() -> None:
    graph = Adjacency.ordered(np.array([2, 0, 2, 2]), np.array([1, 2, 0, 2]), 3)
    assert graph.starts.tolist() == [0, 1, 1, 4]
    assert graph.targets.tolist() == [2, 0, 1, 2]
    found, whose = graph.successors(np.array([2, 1, 0], dtype=np.int32))
    assert (found.tolist(), whose.tolist()) == ([0, 1, 2, 2], [2, 2, 2, 0])
    assert len(graph) == 3


def test_a_long_chain() -> None:
    size = 50_000
    graph = Adjacency.of(np.arange(size - 1), np.arange(1, size), size)  # type: ignore[arg-type]
    order, before = breadth_first(graph, np.array([0]))
    assert np.array_equal(order, np.arange(size))
    assert before.tolist() == [size, *range(size - 1)]

"""Strong components are those that scipy finds, also where a graph is first contracted."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from unknot.heap.components import strong_components

COPIES = 1_000
"""Of a graph with some references; so many are not searched before they are contracted."""

Edges = list[tuple[int, int]]


@st.composite
def edges(draw: st.DrawFn, size: int = 9) -> Edges:
    number = st.integers(0, size - 1)
    return draw(st.lists(st.tuples(number, number), min_size=3, max_size=3 * size))


def components_by_scipy(pairs: np.ndarray, size: int) -> np.ndarray:
    distinct = np.unique(pairs, axis=0)  # on some graphs with duplicates it never ends
    matrix = csr_array((np.ones(len(distinct)), distinct.T), shape=(size, size))
    labels = connected_components(matrix, connection="strong")[1]
    _, first, back = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[back]


def check(pairs: np.ndarray, size: int) -> np.ndarray:
    sources, targets = pairs.astype(np.int32).T
    found = strong_components(sources, targets, size)
    assert np.array_equal(found, components_by_scipy(pairs, size))
    return found


@given(edges())
def test_components_of_a_small_graph_are_numbered_by_their_first_vertices(pairs: Edges) -> None:
    check(np.array(pairs), 9)


@given(edges(), st.randoms(use_true_random=False), st.booleans())
def test_components_of_many_copies_in_any_order(
    pairs: Edges, random: Random, shuffled: bool
) -> None:
    size = 9 * COPIES
    many = (np.array(pairs) + 9 * np.arange(COPIES)[:, None, None]).reshape(-1, 2)
    if shuffled:
        generator = np.random.default_rng(random.randrange(1 << 32))
        many = generator.permutation(size)[generator.permutation(many)]
    check(many, size)


@given(st.integers(0, 1 << 32), st.sampled_from([0.7, 1.0, 1.3, 2.0, 4.0]))
def test_components_of_random_graphs_of_any_density(seed: int, density: float) -> None:
    generator = np.random.default_rng(seed)
    size = 5_000
    check(generator.integers(0, size, (int(density * size), 2)), size)


UP = np.arange(100_000)
NEXT = np.roll(UP, -1)
ANY = np.random.default_rng(1).permutation(UP)
HUB = np.stack([np.zeros_like(UP), UP], axis=1)
LARGE = {
    "a ring": np.stack([UP, NEXT], axis=1),
    "a ring the other way round": np.stack([NEXT, UP], axis=1),
    "a ring in any order": np.stack([ANY, np.roll(ANY, 1)], axis=1),
    "a list linked both ways": np.concatenate(
        [np.stack([UP[:-1], UP[1:]], axis=1), np.stack([UP[1:], UP[:-1]], axis=1)]
    ),
    "a ring linked both ways": np.concatenate(
        [np.stack([UP, NEXT], axis=1), np.stack([NEXT, UP], axis=1)]
    ),
    "a hub": np.concatenate([HUB, HUB[:, ::-1]]),
    "a tree whose leaves lead to its root": np.concatenate(
        [np.stack([(UP[1:] - 1) // 2, UP[1:]], axis=1), np.stack([UP[50_000:], 0 * UP[50_000:]], 1)]
    ),
}


@pytest.mark.parametrize("shape", LARGE)
def test_one_component_of_many_vertices(shape: str) -> None:
    assert check(LARGE[shape], len(UP)).max() == 0


def test_a_chain_has_as_many_components_as_vertices_and_no_graph_none() -> None:
    assert check(LARGE["a ring"][:-1], len(UP))[-1] == len(UP) - 1
    none = np.zeros(0, np.int32)
    assert strong_components(none, none, 3).tolist() == [0, 1, 2]
    assert strong_components(none, none, 0).tolist() == []


@pytest.mark.parametrize("reach", [3, 100, len(UP)])
def test_rings_have_what_hangs_from_them_at_any_distance(reach: int) -> None:
    generator = np.random.default_rng(reach)
    above = (UP + generator.integers(1, reach + 1, len(UP))) % len(UP)
    pairs = np.stack([above, UP], axis=1)  # each vertex has one predecessor
    assert 0 < len(UP) - len(np.unique(check(pairs, len(UP)))) < len(UP)
    order = generator.permutation(UP)
    check(order[pairs], len(UP))

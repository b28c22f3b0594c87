"""Garbage becomes kinds of cycle: components, owners and groups agree with plain reachability."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.heap.made import make_snapshot
from tests.heap.naive import find_components, reach
from unknot.heap import Kind, Snapshot, find_garbage, find_kinds

Graph = tuple[list[str], list[tuple[int, int]]]


@st.composite
def graphs(draw: st.DrawFn, largest: int = 12) -> Graph:
    size = draw(st.integers(1, largest))
    number = st.integers(0, size - 1)
    types = draw(st.lists(st.sampled_from(["a", "b", "c"]), min_size=size, max_size=size))
    return types, draw(st.lists(st.tuples(number, number), max_size=3 * largest))


def analyse(graph: Graph) -> list[Kind]:
    snapshot = make_snapshot(*graph)
    return find_kinds(snapshot, np.ones(len(snapshot), dtype=bool))


def outline(kinds: list[Kind]) -> list[tuple[int, int, int]]:
    """What must not depend on the order of objects."""
    return sorted((kind.colour, kind.copies, kind.size) for kind in kinds)


def copies_of(graph: Graph, copies: int) -> Graph:
    types, references = graph
    size = len(types)
    moved = [(s + at * size, t + at * size) for at in range(copies) for s, t in references]
    return types * copies, moved


def ring(*types: str) -> Graph:
    return list(types), [(at, (at + 1) % len(types)) for at in range(len(types))]


@given(graphs())
def test_the_components_are_those_of_plain_reachability(graph: Graph) -> None:
    found = {
        frozenset(copy)
        for kind in analyse(graph)
        for copy in kind.graph.numbers[kind.members].tolist()
    }
    assert found == find_components(len(graph[0]), graph[1])


@given(graphs())
def test_every_object_is_in_one_component_or_hangs_from_one_that_leads_to_it(graph: Graph) -> None:
    types, references = graph
    seen: list[int] = []
    for kind in analyse(graph):
        for copy in range(kind.copies):
            members = kind.members[copy].tolist()
            hanging = kind.hanging_from(copy).tolist()
            assert set(hanging) <= reach(members, references)
            seen += members + hanging
    cyclic = {number for part in find_components(len(types), references) for number in part}
    assert sorted(seen) == sorted(cyclic | reach(cyclic, references))
    assert sum(kind.objects for kind in analyse(graph)) == len(seen)
    assert sum(count for kind in analyse(graph) for count in kind.types.values()) == len(seen)


def test_what_hangs_goes_to_the_nearest_component() -> None:
    types = ["a", "b", "x", "x", "x"]
    references = [(0, 0), (1, 1), (0, 2), (2, 3), (3, 4), (1, 4)]
    far, near = sorted(analyse((types, references)), key=lambda kind: sorted(kind.types))
    assert (far.types, near.types) == ({"a": 1, "x": 2}, {"b": 1, "x": 1})


@given(graphs(), st.randoms(use_true_random=False))
def test_grouping_does_not_depend_on_the_order_of_objects(graph: Graph, random: Random) -> None:
    types, references = graph
    order = list(range(len(types)))
    random.shuffle(order)
    shuffled = [""] * len(types)
    for number, place in enumerate(order):
        shuffled[place] = types[number]
    moved = [(order[source], order[target]) for source, target in references]
    random.shuffle(moved)
    assert outline(analyse(graph)) == outline(analyse((shuffled, moved)))


@given(graphs(), st.integers(2, 5))
def test_copies_of_a_graph_are_the_same_kinds_that_many_times(graph: Graph, copies: int) -> None:
    once, often = outline(analyse(graph)), outline(analyse(copies_of(graph, copies)))
    assert often == [(colour, count * copies, size) for colour, count, size in once]


DIFFERENT = {
    "ring": ring("a", "b", "c"),
    "shorter": ring("a", "b"),
    "other way round": ring("c", "b", "a"),
    "another type": ring("a", "b", "d"),
    "one reference more": (["a", "b", "c"], [(0, 1), (1, 2), (2, 0), (1, 0)]),
    "a reference twice": (["a", "b", "c"], [(0, 1), (0, 1), (1, 2), (2, 0)]),
    "another one twice": (["a", "b", "c"], [(0, 1), (1, 2), (1, 2), (2, 0)]),
    "to itself": (["a", "b", "c"], [(0, 1), (1, 2), (2, 0), (0, 0)]),
    "four alike": (["a"] * 4, [(0, 1), (1, 2), (2, 3), (3, 0)]),
    "four alike, a chord": (["a"] * 4, [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]),
    "four alike, back": (["a"] * 4, [(0, 1), (1, 2), (2, 3), (3, 0), (1, 0)]),
}


def test_different_structures_are_different_kinds() -> None:
    colours = {name: analyse(graph)[0].colour for name, graph in DIFFERENT.items()}
    assert len(set(colours.values())) == len(DIFFERENT)


def test_types_of_one_name_are_one_type() -> None:
    heap = make_snapshot(*ring("a", "b"))
    twice = Snapshot(
        ids=np.arange(4, dtype=np.uint64),
        type_names=("a", "b", "a"),
        types=np.array([0, 1, 2, 1], dtype=np.int32),
        counts=np.ones(4, dtype=np.int64),
        sources=np.arange(4, dtype=np.int32),
        targets=np.array([1, 0, 3, 2], dtype=np.int32),
    )
    (kind,) = find_kinds(twice, find_garbage(twice))
    assert (kind.copies, kind.size, kind.types) == (2, 2, {"a": 2, "b": 2})
    assert kind.colour == find_kinds(heap, find_garbage(heap))[0].colour


def test_kinds_differ_by_their_cycle_and_not_by_what_hangs_from_it() -> None:
    types, references = copies_of(ring("a", "b"), 2)
    (kind,) = analyse(([*types, "x", "x", "x"], [*references, (0, 4), (4, 5), (2, 6)]))
    assert (kind.copies, kind.objects, len(kind.hanging)) == (2, 7, 3)
    assert [len(kind.hanging_from(copy)) for copy in range(2)] == [2, 1]


def test_the_kind_with_most_objects_comes_first() -> None:
    types, references = copies_of(ring("a", "b"), 3)
    more = [(s + 6, t + 6) for s, t in ring("c", "c", "c", "c")[1]]
    kinds = analyse(([*types, *"cccc"], references + more))
    assert [(kind.copies, kind.size) for kind in kinds] == [(3, 2), (1, 4)]


def test_samples_are_spread_over_the_copies() -> None:
    snapshot = make_snapshot(*copies_of(ring("a", "b"), 9))
    (kind,) = find_kinds(snapshot, find_garbage(snapshot), samples=3)
    assert kind.samples == (0, 4, 8)
    assert kind.places(4) == [8, 9]


def test_no_garbage_is_no_kind() -> None:
    snapshot = make_snapshot(["a"], [], outside=[1])
    assert find_kinds(snapshot, find_garbage(snapshot)) == []
    nothing = make_snapshot([], [])
    assert find_kinds(nothing, find_garbage(nothing)) == []


@pytest.mark.parametrize("last", [0, 1, 299_999])
def test_a_chain_of_many_objects_takes_no_recursion_and_no_loop(last: int) -> None:
    """A ring, a ring with one object ahead of it, and a chain that ends in a ring of one."""
    size = 300_000
    targets = np.append(np.arange(1, size), last).astype(np.int32)
    snapshot = Snapshot(
        ids=np.arange(size, dtype=np.uint64),
        type_names=("a",),
        types=np.zeros(size, dtype=np.int32),
        counts=np.bincount(targets, minlength=size),
        sources=np.arange(size, dtype=np.int32),
        targets=targets,
    )
    (kind,) = find_kinds(snapshot, find_garbage(snapshot))
    assert (kind.size, len(kind.hanging)) == (size - last, 0)


def test_a_long_chain_hangs_from_the_cycle_it_starts_at() -> None:
    size = 300_000
    sources = np.append(0, np.arange(size - 1))
    targets = np.append(0, np.arange(1, size))
    snapshot = Snapshot(
        ids=np.arange(size, dtype=np.uint64),
        type_names=("a",),
        types=np.zeros(size, dtype=np.int32),
        counts=np.bincount(targets, minlength=size),
        sources=sources,
        targets=targets,
    )
    (kind,) = find_kinds(snapshot, find_garbage(snapshot))
    assert (kind.size, len(kind.hanging)) == (1, size - 1)


def test_references_that_occur_twice_make_one_cycle() -> None:
    kinds = analyse((["a"] * 3, [(0, 1), (0, 1), (1, 2), (1, 0), (1, 0), (2, 0), (2, 0), (2, 2)]))
    assert [kind.size for kind in kinds] == [3]


def test_many_copies_are_one_kind_and_all_of_them_are_counted() -> None:
    """Five objects a copy, two of them hanging."""
    copies = 20_000
    base = np.arange(copies) * 5
    pattern = np.array([(0, 1), (0, 3), (1, 2), (2, 0), (2, 4)])
    sources, targets = ((base[:, None] + pattern[:, column]).ravel() for column in range(2))
    snapshot = Snapshot(
        ids=np.arange(5 * copies, dtype=np.uint64),
        type_names=tuple("abcd"),
        types=np.tile([0, 1, 2, 1, 3], copies),
        counts=np.bincount(targets, minlength=5 * copies),
        sources=sources,
        targets=targets,
    )
    (kind,) = find_kinds(snapshot, find_garbage(snapshot))
    assert (kind.copies, kind.size, len(kind.hanging)) == (copies, 3, 2 * copies)

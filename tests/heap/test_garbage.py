"""Trial deletion finds what the collector would free, and what the collector itself miscounts."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from unknot.agent.census import undisturbed
from unknot.agent.snapshot import snapshot
from unknot.heap import Snapshot, find_garbage, garbage_by_type

NODE = f"{__name__}.Node"


class Node:
    def __init__(self) -> None:
        self.others: list[Node] = []


class Owner:
    generator: AsyncIterator[int]


@contextmanager
def collector_off() -> Iterator[None]:
    """A heap without garbage, that stays as it is; pytest's own objects are out of sight."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def take() -> Snapshot:
    """A snapshot as it comes over the wire."""
    with undisturbed():
        message, arrays = snapshot(gc.get_objects())
    buffers = [bytes(memoryview(column).cast("B")) for column in arrays]
    return Snapshot.from_raw(json.loads(json.dumps(message)), buffers)


def build(size: int, references: list[tuple[int, int]], kept: set[int]) -> list[Node]:
    """A graph of nodes; all but the kept ones are let go of."""
    nodes = [Node() for _ in range(size)]
    for source, target in references:
        nodes[source % size].others.append(nodes[target % size])
    return [node for number, node in enumerate(nodes) if number in kept]


@given(
    st.integers(1, 30),
    st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=90),
    st.sets(st.integers(0, 29), max_size=4),
)
def check_a_random_graph(size: int, references: list[tuple[int, int]], kept: set[int]) -> None:
    gc.collect()
    held = build(size, references, kept)
    heap = take()
    garbage = set(heap.ids[find_garbage(heap)].tolist())
    nodes = {id(found) for found in gc.get_objects() if type(found) is Node}
    freed = gc.collect()
    survivors = {id(found) for found in gc.get_objects() if type(found) is Node}
    assert nodes - survivors == garbage & nodes
    assert freed == len(garbage)
    assert len(held) <= len(survivors)


def test_the_garbage_of_a_random_graph_is_what_a_collection_frees() -> None:
    with collector_off():
        check_a_random_graph()


@st.composite
def heaps(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]], list[int]]:
    """A made graph: objects, references, and how often each is held from outside."""
    size = draw(st.integers(1, 12))
    number = st.integers(0, size - 1)
    references = draw(st.lists(st.tuples(number, number), max_size=40))
    outside = draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    return size, sorted(references), outside


@given(heaps())
def test_made_graphs_agree_with_plain_reachability(
    heap: tuple[int, list[tuple[int, int]], list[int]],
) -> None:
    size, references, outside = heap
    counts = outside.copy()
    for _, target in references:
        counts[target] += 1
    reached = {number for number in range(size) if outside[number]}
    while more := {t for s, t in references if s in reached} - reached:
        reached |= more
    made = Snapshot(
        ids=np.arange(size, dtype=np.uint64),
        type_names=("made",),
        types=np.zeros(size, dtype=np.int64),
        counts=np.array(counts, dtype=np.int64),
        sources=np.array([source for source, _ in references], dtype=np.int64),
        targets=np.array([target for _, target in references], dtype=np.int64),
    )
    assert set(np.flatnonzero(~find_garbage(made)).tolist()) == reached


def test_an_empty_heap_has_no_garbage() -> None:
    empty = np.zeros(0, dtype=np.int32)
    heap = Snapshot(
        ids=empty.astype(np.uint64),
        type_names=(),
        types=empty,
        counts=empty.astype(np.int64),
        sources=empty,
        targets=empty,
    )
    assert garbage_by_type(heap) == {}


async def leave_generator_in_cycle() -> None:
    owner = Owner()
    owner.generator = tick(owner)
    await anext(owner.generator)


async def leave_generators_in_cycles(count: int) -> tuple[Snapshot, int]:
    """Each cycle is an owner, its dict where it has one, and a suspended async generator."""
    for _ in range(count):
        await leave_generator_in_cycle()
    heap = take()
    return heap, gc.collect()


async def tick(owner: Owner) -> AsyncIterator[int]:
    while True:
        yield 0


def test_async_generators_in_cycles_are_all_found_where_a_collection_finds_few() -> None:
    with collector_off():
        heap, collected = asyncio.run(leave_generators_in_cycles(500))
    found = garbage_by_type(heap)
    assert found[f"{__name__}.Owner"] == 500
    assert found["builtins.async_generator"] == 500
    assert collected < 1000  # their finalizer hook brings them back before they are counted


def test_a_snapshot_finalizes_and_frees_nothing() -> None:
    with collector_off():
        build(10, [(number, number) for number in range(10)], set())
        assert garbage_by_type(take()) == garbage_by_type(take()) == {NODE: 10, "builtins.list": 10}
        assert gc.collect() == 20


def test_what_is_held_by_a_name_is_no_garbage() -> None:
    with collector_off():
        node = Node()
        node.others.append(node)
        assert garbage_by_type(take()) == {}
        del node
        assert garbage_by_type(take()) == {NODE: 1, "builtins.list": 1}


def test_what_hangs_from_a_cycle_is_garbage_too() -> None:
    with collector_off():
        node, leaf = Node(), Node()
        node.others = [node, leaf]
        del leaf, node
        assert garbage_by_type(take())[NODE] == 2


def test_a_thousand_references_to_one_object_are_all_counted() -> None:
    with collector_off():
        node = Node()
        node.others = [node] * 1000
        del node
        assert garbage_by_type(take()) == {NODE: 1, "builtins.list": 1}

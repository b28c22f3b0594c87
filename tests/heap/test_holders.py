"""The chain that holds an object starts where it should and leads to it, reference by reference."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from unknot.agent.census import undisturbed
from unknot.agent.snapshot import snapshot
from unknot.heap import Snapshot
from unknot.heap.holders import find_chains, grown_containers, new_objects

registry: list[object] = []
names: list[str] = []


class Kept:
    pass


def take() -> Snapshot:
    with undisturbed():
        message, arrays = snapshot()
    buffers = [bytes(memoryview(column).cast("B")) for column in arrays]
    return Snapshot.from_raw(json.loads(json.dumps(message)), buffers)


def number_of(heap: Snapshot, thing: object) -> int:
    return int(np.flatnonzero(heap.ids == id(thing))[0])


def types_of(heap: Snapshot, chain: list[int]) -> list[str]:
    return [heap.type_names[heap.types[number]] for number in chain]


def test_what_a_registry_holds_is_reached_from_its_module() -> None:
    registry.append(Kept())
    heap = take()
    (chain,) = find_chains(heap, [number_of(heap, registry[-1])])
    assert types_of(heap, chain)[0] == "builtins.module"
    assert heap.ids[chain[-2]] == id(registry)
    references = set(zip(heap.sources.tolist(), heap.targets.tolist(), strict=True))
    assert all(step in references for step in pairwise(chain))


def test_what_only_a_running_frame_holds_is_reached_all_the_same() -> None:
    kept = [Kept()]
    heap = take()
    (chain,) = find_chains(heap, [number_of(heap, kept[0])])
    assert heap.ids[chain[-1]] == id(kept[0])
    assert heap.ids[chain[-2]] == id(kept)


def test_what_came_later_is_new_and_what_was_there_is_not() -> None:
    before = take()
    registry.append(Kept())
    after = take()
    mask = new_objects(before, after)
    assert mask[number_of(after, registry[-1])]
    assert not mask[number_of(after, registry)]


def test_a_container_that_fills_with_strings_is_found() -> None:
    before = take()
    names.extend(str(number) for number in range(100))
    after = take()
    (number, gained), *_ = grown_containers(before, after, 100).items()
    assert after.ids[number] == id(names)
    assert gained == 100
    assert grown_containers(before, after, 100_000) == {}


@given(st.integers(1, 8), st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_a_chain_in_a_made_graph_is_a_shortest_one(
    size: int, references: list[tuple[int, int]]
) -> None:
    edges = sorted((source % size, target % size) for source, target in references)
    made = Snapshot(
        ids=np.arange(size, dtype=np.uint64),
        type_names=("builtins.module", "made"),
        types=np.array([0] + [1] * (size - 1), dtype=np.int64),
        counts=np.full(size, 99, dtype=np.int64),
        sources=np.array([source for source, _ in edges], dtype=np.int64),
        targets=np.array([target for _, target in edges], dtype=np.int64),
    )
    far = {0: 0}
    for _ in range(size):
        for source, target in edges:
            if source in far:
                far[target] = min(far.get(target, size), far[source] + 1)
    for target, chain in enumerate(find_chains(made, range(size))):
        assert chain[-1] == target
        if target in far:
            assert chain[0] == 0
            assert len(chain) == far[target] + 1
        else:
            assert chain == [target]  # held from outside

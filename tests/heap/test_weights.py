"""Bytes that go with some objects are theirs, and those of all that only they keep."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from unknot.agent.sizes import size_of
from unknot.agent.snapshot import find
from unknot.agent.weights import weigh
from unknot.heap import Snapshot
from unknot.heap.weights import FolderNames, Weights


class Node:
    me: Any = None


class Boastful:
    def __sizeof__(self) -> int:
        raise AssertionError("the agent asked the program")


def weights_of(*things: object) -> Weights:
    """The weights of those things, which are in their order in a heap of no others."""
    return weights_by_id([id(thing) for thing in things])


def weights_by_id(ids: list[int]) -> Weights:
    size = len(ids)
    none = np.zeros(0, dtype=np.int32)
    heap = Snapshot(
        ids=np.array(ids, dtype=np.uint64),
        type_names=("made",),
        types=np.zeros(size, dtype=np.int32),
        counts=np.ones(size, dtype=np.int64),
        sources=none,
        targets=none,
    )
    message, arrays = weigh(list(find(ids).values()))
    return Weights.from_raw(message, [array.tobytes() for array in arrays], heap)


def test_a_buffer_goes_with_what_alone_keeps_it_and_a_shared_one_stays() -> None:
    shared = bytes(50_000)
    owner = [bytearray(1_000_000), shared]
    other = [shared]
    found = weights_of(owner, other)
    assert found.of([0]) == size_of(owner) + size_of(owner[0])
    assert found.of([0, 1]) == found.of([0]) + size_of(other)
    del shared
    assert weights_of(other).of([0]) == size_of(other)  # the other list has it still
    owner.pop()
    assert weights_of(other).of([0]) == size_of(other) + size_of(other[0])


def test_strings_of_a_list_are_weighed_to_the_byte() -> None:
    texts = [f"text {number:>6}" * 3 for number in range(2000)]
    assert weights_of(texts).of([0]) == size_of(texts) + sum(map(sys.getsizeof, texts))


def test_keys_are_weighed_that_the_collector_passes_over() -> None:
    words = {f"key {number:>6}": f"value {number:>6}" for number in range(2000)}
    numbers = {number: f"value {number:>6}" for number in range(2000, 3000)}
    holder = [words, numbers]
    parts = sum(map(size_of, (*words, *words.values(), *numbers, *numbers.values())))
    del words, numbers  # or they would keep what they hold
    ids = [id(holder), *map(id, holder)]  # dicts are tracked from 3.14 on
    assert weights_by_id(ids).of(range(3)) == (
        size_of(holder) + sum(map(sys.getsizeof, holder)) + parts
    )


def test_an_object_that_lies_about_its_size_is_not_asked() -> None:
    things = [Boastful()]
    assert size_of(things[0]) == size_of(Node())
    found = weights_of(things, things[0])
    assert found.of([0, 1]) == size_of(things) + size_of(things[0])


def test_names_of_folders_are_counted_where_only_the_objects_hold_them() -> None:
    folder = sys.base_prefix
    own = f'  File "{folder}/lib/thing.py", line {len(folder)}\n' * 2
    shared = f"{folder}/lib/shared.py: {len(folder)}"
    holder: list[object] = [own, os.fsencode(own), shared, own.replace("/", "-")]
    del own
    found = weights_of(holder).folder_names([0])
    assert found == FolderNames(size=4 * len(folder), strings=2)
    assert shared


def test_nothing_goes_with_objects_that_are_not_there() -> None:
    gone = id(object())
    assert weights_by_id([gone]).of([0]) == 0


@st.composite
def heaps(draw: st.DrawFn) -> tuple[Weights, list[int]]:
    """Tracked objects first; untracked ones refer to later ones alone; some are held elsewhere."""
    size = draw(st.integers(1, 12))
    tracked = draw(st.integers(0, size))
    edges = draw(
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=30)
    )
    kept = sorted((one, other) for one, other in edges if one < tracked or one < other)
    kept = [(one, other) for one, other in kept if other >= tracked]
    inside = np.bincount([other for _, other in kept], minlength=size)
    extra = draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    found = Weights(
        places=np.arange(tracked),
        whole=tracked,
        sizes=np.array(draw(st.lists(st.integers(1, 99), min_size=size, max_size=size))),
        counts=inside + np.array(extra),
        tracked=tracked,
        sources=np.array([one for one, _ in kept], dtype=np.int32),
        targets=np.array([other for _, other in kept], dtype=np.int32),
    )
    seeds = draw(st.lists(st.integers(0, tracked - 1), unique=True) if tracked else st.just([]))
    return found, seeds


def naive(found: Weights, seeds: list[int]) -> int:
    """Drop one object after the other, as reference counting does."""
    counts, waiting, gone = found.counts.tolist(), list(seeds), set(seeds)
    while waiting:
        one = waiting.pop()
        for source, target in zip(found.sources.tolist(), found.targets.tolist(), strict=True):
            if source == one:
                counts[target] -= 1
                if not counts[target] and target not in gone:
                    gone.add(target)
                    waiting.append(target)
    return int(sum(found.sizes[one] for one in gone))


@given(heaps())
def test_it_is_what_reference_counting_would_free(made: tuple[Weights, list[int]]) -> None:
    found, seeds = made
    assert found.of(seeds) == naive(found, seeds)


@given(heaps(), st.data())
def test_the_parts_of_a_split_add_up(made: tuple[Weights, list[int]], data: st.DataObject) -> None:
    found, seeds = made
    groups = {seed: data.draw(st.integers(0, 3)) for seed in seeds}
    parts = found.split(groups, 4)
    assert parts.sum() == found.of(list(groups))
    assert (
        parts >= [sum(found.sizes[s] for s in groups if groups[s] == g) for g in range(4)]
    ).all()

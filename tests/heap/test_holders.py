"""What leaks is told by who holds it, and the chain that leads there is a shortest one."""

from __future__ import annotations

import gc
import json
import logging
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unknot.agent.census import undisturbed
from unknot.agent.snapshot import snapshot
from unknot.heap import Snapshot
from unknot.heap.holders import (
    awaited_by,
    find_chains,
    find_holds,
    grown_containers,
    new_objects,
)

registry: list[object] = []
names: list[str] = []


class Kept:
    pass


def take() -> Snapshot:
    with undisturbed():
        message, arrays = snapshot(gc.get_objects())
    buffers = [bytes(memoryview(column).cast("B")) for column in arrays]
    return Snapshot.from_raw(json.loads(json.dumps(message)), buffers)


def number_of(heap: Snapshot, thing: object) -> int:
    return int(np.flatnonzero(heap.ids == id(thing))[0])


def types_of(heap: Snapshot, chain: list[int]) -> list[str]:
    return [heap.type_names[heap.types[number]] for number in chain]


def make(size: int, edges: list[tuple[int, int]], types: list[int] | None = None) -> Snapshot:
    """A heap whose object 0 is a module, and all others are held from outside, too."""
    return Snapshot(
        ids=np.arange(size, dtype=np.uint64),
        type_names=("builtins.module", "made", "other"),
        types=np.array(types or [0] + [1] * (size - 1), dtype=np.int32),
        counts=np.full(size, 99, dtype=np.int64),
        sources=np.array([source for source, _ in edges], dtype=np.int32),
        targets=np.array([target for _, target in edges], dtype=np.int32),
    )


def test_what_a_registry_holds_is_reached_from_its_module() -> None:
    registry.append(Kept())
    heap = take()
    chain, *_ = find_chains(heap, number_of(heap, registry[-1]))
    assert types_of(heap, chain)[0] == "builtins.module"
    assert heap.ids[chain[-2]] == id(registry)
    references = set(zip(heap.sources.tolist(), heap.targets.tolist(), strict=True))
    assert all(step in references for step in pairwise(chain))


def test_what_only_a_running_frame_holds_is_reached_all_the_same() -> None:
    kept = [Kept()]
    heap = take()
    (chain,) = find_chains(heap, number_of(heap, kept[0]))
    assert heap.ids[chain[-1]] == id(kept[0])
    assert heap.ids[chain[-2]] == id(kept)


def test_no_chain_goes_through_a_second_module() -> None:
    heap = take()
    chains = find_chains(heap, number_of(heap, logging.Logger.manager.loggerDict))
    assert len(chains) > 1
    assert all(Counter(types_of(heap, chain))["builtins.module"] == 1 for chain in chains)


def test_what_came_later_is_new_and_what_was_there_is_not() -> None:
    before = take()
    registry.append(Kept())
    after = take()
    mask = new_objects(before, after)
    assert mask[number_of(after, registry[-1])]
    assert not mask[number_of(after, registry)]


def test_another_type_at_the_address_of_what_went_is_new() -> None:
    before, after = make(3, [], [0, 1, 1]), make(3, [], [0, 1, 2])
    assert new_objects(before, after).tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("type_name", "is_new"), [("builtins.tuple", True), ("builtins.list", False)]
)
def test_what_cannot_change_is_as_new_as_what_it_refers_to(type_name: str, is_new: bool) -> None:
    # 0 leads to 1, and 1 to 2, which alone is at an address of its own.
    before, after = (
        replace(make(size, [(0, 1), (1, 2)][: size - 1], [0] * size), type_names=(type_name,))
        for size in (2, 3)
    )
    assert new_objects(before, after).tolist() == [is_new, is_new, True]


def test_a_container_that_fills_with_strings_is_found() -> None:
    before = take()
    names.extend(str(number) for number in range(100))
    after = take()
    (number, gained), *_ = grown_containers(before, after, 100).items()
    assert after.ids[number] == id(names)
    assert gained == 100
    assert grown_containers(before, after, 100_000) == {}


def test_all_that_one_registry_holds_is_one_hold_with_its_registry() -> None:
    gc.collect()
    before = take()
    registry.extend([Kept()] for _ in range(10))
    after = take()
    new = new_objects(before, after)
    (hold,) = find_holds(after, new, [f"{__name__}.Kept", "builtins.list"])
    assert {held.type: len(held.chain) for held in hold.held} == {
        f"{__name__}.Kept": 2,
        "builtins.list": 1,
    }
    assert all(after.ids[held.holder] == id(registry) for held in hold.held)
    assert all(held.scattered and held.share == 1 for held in hold.held)
    lists = registry[-10:]
    kept = {id(one) for each in lists for one in (each, each[0])}  # type: ignore[index]
    assert set(after.identities(hold.members)) <= kept
    assert len(hold.members) > 10  # an address that another list had before is missed


@given(st.integers(1, 30), st.integers(0, 30))
def test_the_shares_of_two_holders_are_as_what_they_hold(one: int, other: int) -> None:
    # 0 is a module, 1 and 2 its registries, and all that follow are new.
    size = 3 + one + other
    edges = [(0, 1), (0, 2)]
    edges += [(1, 3 + number) for number in range(one)]
    edges += [(2, 3 + one + number) for number in range(other)]
    holds = find_holds(make(size, edges), np.arange(size) >= 3, ["made"])
    found = {hold.held[0].holder: hold.held[0].share for hold in holds}
    if min(one, other) >= 2 and min(one, other) > 0.05 * (one + other):
        assert found == {1: one / (one + other), 2: other / (one + other)}
    assert sum(found.values()) == 1


def test_holders_of_one_object_each_are_told_by_their_type() -> None:
    # 0 is a module, 1 its list of 50 holders, each of which gets one object.
    edges = [(0, 1), *((1, 2 + number) for number in range(50))]
    edges += [(2 + number, 52 + number) for number in range(50)]
    (hold,) = find_holds(make(102, edges), np.arange(102) >= 52, ["made"])
    assert len(hold.members) == 50
    assert [(held.share, held.scattered) for held in hold.held] == [(1, True)]


def test_what_a_coroutine_awaits_is_told_from_what_its_locals_keep() -> None:
    """1 awaits 2, an older one by its address, which awaits 3 and that has 4; 5, a local, has 6."""
    edges = [(0, 1), (1, 2), (1, 5), (2, 3), (3, 4), (5, 6)]
    types = dict.fromkeys([1, 2, 3], 2) | dict.fromkeys([4, 5, 6], 1)
    heap = make(7, edges, [0, *(types[number] for number in range(1, 7))])
    heap = replace(heap, type_names=("builtins.module", "made", "builtins.coroutine"))
    new = np.array([False, False, False, True, True, False, True])
    assert np.flatnonzero(awaited_by(heap, new, np.array([1]))).tolist() == [3, 4]
    assert not awaited_by(heap, new, np.array([], dtype=np.int64)).any()


def test_a_new_module_is_held_by_the_registry_of_modules_and_is_no_root() -> None:
    # 0 is the module sys, 1 its dict of modules, and 2 and 3 are new modules.
    made = make(4, [(0, 1), (1, 2), (1, 3)], [0, 1, 0, 0])
    (hold,) = find_holds(made, np.arange(4) >= 2, ["builtins.module"])
    assert [(held.holder, held.share) for held in hold.held] == [(1, 1)]


def test_the_head_of_a_long_list_stands_for_all_that_hangs_from_it() -> None:
    # A registry, 1, refers to the newest of 1,000 that refer to each other in a row.
    edges = [(number, number + 1) for number in range(1001)]
    (hold,) = find_holds(make(1002, edges), np.arange(1002) >= 2, ["made"])
    (held,) = hold.held
    assert (held.holder, held.chain, len(hold.members)) == (1, (2,), 1000)
    assert not held.scattered


graphs = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20)


@given(st.integers(1, 8), graphs)
def test_a_chain_in_a_made_graph_is_a_shortest_one(
    size: int, references: list[tuple[int, int]]
) -> None:
    edges = sorted((source % size, target % size) for source, target in references)
    made = make(size, edges)
    far = {0: 0}
    for _ in range(size):
        for source, target in edges:
            if source in far:
                far[target] = min(far.get(target, size), far[source] + 1)
    for target in range(size):
        (chain,) = find_chains(made, target)
        assert chain[-1] == target
        if target in far:
            assert chain[0] == 0
            assert len(chain) == far[target] + 1
        else:
            assert chain == [target]  # held from outside


@given(st.integers(1, 8), graphs, st.sets(st.integers(1, 7)))
def test_every_new_object_of_a_made_graph_has_a_holder_that_leads_to_it(
    size: int, references: list[tuple[int, int]], chosen: set[int]
) -> None:
    edges = sorted((source % size, target % size) for source, target in references)
    new = np.isin(np.arange(size), [*chosen])
    holds = find_holds(make(size, edges), new, ["made"])
    for held in (held for hold in holds for held in hold.held):
        assert all(new[list(held.chain)])
        assert all(step in edges for step in pairwise(held.chain))
        if held.holder is not None:
            assert not new[held.holder]
            assert (held.holder, held.chain[0]) in edges

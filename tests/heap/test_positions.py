"""Names by position are those that each object tells: no copy is taken for another."""

from __future__ import annotations

import asyncio
import gc
from array import array
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.heap.made import Heap, make_snapshot
from tests.heap.pairs import PAIRS
from unknot.agent.census import undisturbed
from unknot.agent.grouping import Group, group_by_type, groups_of
from unknot.agent.positions import (
    LEAST,
    find_positions,
    positions_of_items,
    positions_of_slots,
)
from unknot.agent.snapshot import CHUNK, FIELDS, snapshot
from unknot.agent.traits import collect_traits
from unknot.agent.type_layout import TypeLayout
from unknot.errors import UnknotError
from unknot.heap import Snapshot, Traits, connect, find_garbage, group, parse_traits
from unknot.heap.colours import colour_by_traits
from unknot.heap.traits import PositionedNames

MANY = 3 * LEAST


class Pair:
    __slots__ = ("first", "other", "second")

    first: Any
    other: Any
    second: Any


class Said(str):
    """A key that must not be asked for anything."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise AssertionError("the agent asked the program")


def pair(first: Any, second: Any) -> Pair:
    made = Pair()
    made.first, made.second = first, second
    return made


def both_ways(number: int) -> None:
    """In half of the copies, the two slots are the other way round."""
    one: dict[str, Any] = {}
    other: list[Any] = []
    made = pair(one, other) if number % 2 else pair(other, one)
    one["to"] = made
    other.append(made)


def both_late(number: int) -> None:
    """Slots with the same object in the copies that are looked at first."""
    one: list[Any] = []
    other: list[Any] = one if number < 2 * LEAST else []
    made = pair(one, other)
    one.append(made)
    if one is not other:
        other += [made, made]


def other_slot(number: int) -> None:
    """As many slots are filled in each copy, but not the same."""
    made = Pair()
    if number % 2:
        made.first = [made]
    else:
        made.second = [made]


def one_more(number: int) -> None:
    """Only the last copy fills a third slot."""
    made = pair([], {})
    made.first.append(made)
    made.second["to"] = made
    if number == MANY - 1:
        made.other = [made]


def last_far_away(number: int) -> None:
    """Only the last copy fills another slot, and it is in another chunk."""
    made = Pair()
    made.first, made.second = [made], [made]
    if number < MANY - 1:
        return
    for _ in range(2 * CHUNK):
        some: dict[str, Any] = {}
        some["to"] = some
    again = Pair()
    again.first, again.other = [again], [again]


def keys_in_turn(number: int) -> None:
    """Dicts of the same keys, in another order."""
    made: dict[str, Any] = {}
    for key in ("a", "b") if number % 2 else ("b", "a"):
        made[key] = [made] if key == "a" else {"to": made}


def keys_that_differ(number: int) -> None:
    made: dict[str, Any] = {}
    made["a" if number % 2 else "b"] = made


def keys_that_say_so(number: int) -> None:
    made: dict[Any, Any] = {}
    made["a" if number % 2 else Said("a")] = made


def keys_of_all_kinds(number: int) -> None:
    made: dict[Any, Any] = {}
    made["a"] = made
    if number % 3:
        made[7] = [made]


def tasks(number: int) -> None:
    async def work() -> None:
        current.task = asyncio.current_task()  # type: ignore[attr-defined]

    class Current:
        pass

    current = Current()
    asyncio.run(work())


HEAPS: list[Callable[[int], None]] = [
    both_ways,
    both_late,
    other_slot,
    one_more,
    last_far_away,
    keys_in_turn,
    keys_that_differ,
    keys_that_say_so,
    keys_of_all_kinds,
    tasks,
]


def from_pair(name: str) -> Callable[[int], None]:
    def build(number: int) -> None:
        PAIRS[name][number % 2]()

    return build


def told(build: Callable[[int], None]) -> list[tuple[Traits, Any, list[tuple[int, int, int]]]]:
    """By position and without: the traits, the colours, and copies of each kind."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        for number in range(MANY):
            build(number)
        with undisturbed():
            objects = gc.get_objects()
            message, arrays = snapshot(objects)
        heap = Snapshot.from_raw(message, [each.tobytes() for each in arrays])
        graph = connect(heap, find_garbage(heap))
        named = graph.select_named()
        things = [objects[place] for place in named.places.tolist()]
        found = []
        for groups in (groups_of(objects, named.order, named.runs), group_by_type(things)):
            with undisturbed():
                said, columns = collect_traits(groups)
            traits = parse_traits(said, [each.tobytes() for each in columns], graph)
            colours = colour_by_traits(graph, traits, MANY).colours
            kinds = [(kind.copies, kind.size, kind.objects) for kind in group(graph, traits, MANY)]
            found.append((traits, colours, kinds))
        return found
    finally:
        gc.enable()
        gc.unfreeze()


@pytest.mark.parametrize("build", HEAPS, ids=lambda build: str(build.__name__))
def test_names_by_position_are_those_of_every_object(build: Callable[[int], None]) -> None:
    by_position, one_by_one = told(build)
    assert not one_by_one[0].positioned
    assert by_position[1].tolist() == one_by_one[1].tolist()
    assert by_position[2] == one_by_one[2]


@pytest.mark.parametrize("name", PAIRS)
def test_what_other_code_makes_has_the_same_colour_by_position(name: str) -> None:
    by_position, one_by_one = told(from_pair(name))
    assert by_position[1].tolist() == one_by_one[1].tolist()
    assert by_position[2] == one_by_one[2]


def test_objects_that_agree_are_named_by_position_alone() -> None:
    def build(number: int) -> None:
        made = pair([], {})
        made.first.append(made)
        made.second["to"] = made

    by_position, one_by_one = told(build)
    assert len(by_position[0].positioned) == 2
    assert len(by_position[0].sources) == 0
    assert len(one_by_one[0].sources) == 3 * MANY
    assert by_position[1].tolist() == one_by_one[1].tolist()


def test_objects_far_apart_are_named_by_position_too() -> None:
    def build(number: int) -> None:
        made = pair([], ())
        made.first.append(made)
        if number % 16 == 0:
            for _ in range(CHUNK):
                some: dict[str, Any] = {}
                some["to"] = some

    by_position, one_by_one = told(build)
    assert len(by_position[0].positioned) == 2
    assert len(by_position[0].sources) == 0
    assert by_position[1].tolist() == one_by_one[1].tolist()


def test_an_object_with_more_references_than_the_others_has_no_name_by_position() -> None:
    both = Heap()
    for _ in range(2):
        both.add("made.Pair")
    for _ in range(2):
        both.refer(0, 1, "slot")
        both.refer(1, 0, "slot")
    heap = replace(
        both.snapshot(),
        degrees=np.array([2, 3], dtype=np.uint32),
        type_ids=np.array([9], dtype=np.uint64),
        positions=np.array([0, 1, 0, 1], dtype=np.uint8),
    )
    graph = connect(heap, find_garbage(heap))
    texts = [("name", "a", "", 0, 0)]
    none = [array("Q").tobytes()] * 3
    traits = parse_traits({"texts": texts, "positioned": [(9, 2, [(1, 0)])]}, none, graph)
    ids = heap.ids[:2].tolist()
    columns = [array("Q", column).tobytes() for column in ([ids[0]], [ids[1]], [0])]
    colours = colour_by_traits(graph, traits, 1).colours
    one_by_one = parse_traits({"texts": texts}, columns, graph)
    assert colours.tolist() == colour_by_traits(graph, one_by_one, 1).colours.tolist()
    assert colours[0] != colours[1]


def test_a_snapshot_knows_the_position_of_each_reference() -> None:
    with undisturbed():
        message, arrays = snapshot(gc.get_objects())
    columns = dict(zip(FIELDS, arrays, strict=True))
    heap = Snapshot.from_raw(message, [each.tobytes() for each in arrays])
    raw = np.array(columns["referents"], dtype=np.uint64)
    ends = np.flatnonzero(raw == np.uint64(message["fence"]))
    starts = np.concatenate([[0], ends[:-1] + 1])
    near = np.flatnonzero(heap.positions < 255)
    referents = raw[starts[heap.sources[near]] + heap.positions[near]]
    assert (referents == heap.ids[heap.targets[near]]).all()
    assert len(near) > len(heap)
    far = heap.positions == 255
    assert (heap.degrees[heap.sources[far]] > 255).all()


def reads(*names: str) -> list[Callable[[Any], Any]]:
    return [getattr(Pair, name).__get__ for name in names]


SLOTS = ["first", "other", "second"]


def test_a_position_is_compared_in_every_object() -> None:
    many = [pair([], {}) for _ in range(CHUNK)]
    empty, other = pair({}, None), Pair()
    other.first, other.other = {}, []
    assert find_positions([many, many[:LEAST]], reads(*SLOTS)) == (3, [0, None, 1])
    assert find_positions([many, [empty]], reads(*SLOTS)) == (3, [0, None, 1])
    assert find_positions([many, [other]], reads(*SLOTS)) == (3, [0, None, None])
    other.second = ()
    assert find_positions([many, [other]], reads(*SLOTS)) == (-1, [None] * 3)
    less = Pair()
    less.first = other.first = other.other = []
    assert find_positions([[many[0], less, other]], reads("first")) == (-1, [None])


@pytest.mark.parametrize("alone", [True, False])
def test_slots_have_a_position_that_are_filled_alike(alone: bool) -> None:
    def positions(*more: Pair) -> list[int | None]:
        things = [*(pair([], {}) for _ in range(CHUNK)), *more]
        return positions_of_slots(Group(things, degree=3), reads(*SLOTS), alone)

    other, full = Pair(), pair({}, {})
    other.first, other.other = {}, []
    assert positions() == positions(pair({}, None)) == [0, None, 1]
    assert positions(other)[1:] == [None, None]
    full.other = ()
    group = Group([full, full], degree=4)
    assert positions_of_slots(group, reads(*SLOTS), alone) == [0, 1, 2]
    assert positions_of_slots(Group([full], degree=3), reads(*SLOTS), alone) == [None] * 3


def test_slots_that_hold_one_object_are_not_mixed_up() -> None:
    things = [pair(None, None)] * LEAST
    found = positions_of_slots(Group(things, degree=3), reads("second", "first"), alone=True)
    assert found == [0, 1]  # which is which, only others know
    more = Group([*things, pair([], {})], degree=3)
    assert positions_of_slots(more, reads("second", "first"), alone=True) == [None, None]


def test_slots_without_a_descriptor_do_not_count_as_none() -> None:
    class Hidden:
        __slots__ = ("one", "other", "third")

    assert TypeLayout(Hidden).has_slots_alone
    delattr(Hidden, "other")
    assert not TypeLayout(Hidden).has_slots_alone


def test_dicts_have_positions_that_have_the_same_keys_in_the_same_order() -> None:
    def positions(*things: dict[str, Any]) -> list[int | None]:
        return positions_of_items(Group(list(things), degree=len(things[0])), list(things[0]))

    first: dict[str, Any] = {"a": [], "b": ()}
    assert positions(first, {"a": (), "b": []}, {"a": {}, "b": {}}) == [0, 1]
    assert positions(first, {"a": (), "b": []}, {"b": [], "a": ()}) == [None, None]
    assert positions(first, {"a": (), "c": []}) == [None, None]
    assert positions(first, {Said("a"): []}) == [None, None]
    assert positions({"a": []}, {"a": ()}) == [0]
    assert positions(*[first] * CHUNK, {"a": (), "c": []}) == [None, None]


def test_a_dict_that_shares_its_keys_is_named_as_it_is_visited() -> None:
    class Shared:
        pass

    one, other = Shared(), Shared()
    one.__dict__["a"], one.__dict__["b"] = [], {}
    other.__dict__["b"], other.__dict__["a"] = {}, []
    both = [other.__dict__, {"b": {}, "a": []}]
    found = positions_of_items(Group(both, degree=2), ["b", "a"])
    visited = [gc.get_referents(each) for each in both]
    assert all(
        each[position] is values[name]
        for each, values in zip(visited, both, strict=True)
        for name, position in zip(("b", "a"), found, strict=True)
        if position is not None
    )


def test_a_position_that_cannot_be_is_refused() -> None:
    texts = [("name", "a", "", 0, 0)]
    none = [array("Q").tobytes()] * 3
    heap = replace(make_snapshot(["a"], []), type_ids=np.array([9], dtype=np.uint64))
    graph = connect(heap, find_garbage(heap))
    right = parse_traits({"texts": texts, "positioned": [(9, 2, [(1, 0)])]}, none, graph)
    assert right.positioned == (PositionedNames(0, 2, ((1, 0),)),)
    other = parse_traits({"texts": texts, "positioned": [(8, 2, [(1, 0)])]}, none, graph)
    assert other.positioned == ()
    for wrong in ((9, 2, [(2, 0)]), (9, 2, [(-1, 0)]), (9, 2, [(1, 1)]), (9, 999, [(300, 0)])):
        with pytest.raises(UnknotError, match="position"):
            parse_traits({"texts": texts, "positioned": [wrong]}, none, graph)

"""A survey has what is reachable, with sizes, counts and references, and runs no code of it."""

from __future__ import annotations

import asyncio  # noqa: F401 - loads _asyncio
import gc
import sys
from array import array
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unknot.agent.sizes import size_of
from unknot.agent.snapshot import CHUNK, COUNT
from unknot.agent.survey import survey
from unknot.errors import UnknotError
from unknot.heap.survey import Survey

LEAVES = st.text(max_size=9) | st.integers() | st.binary(max_size=9) | st.floats()
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
        | st.dictionaries(st.integers() | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


class Boastful:
    def __sizeof__(self) -> int:
        raise AssertionError("the agent asked the program")


class Mapping(dict[Any, Any]):
    def __len__(self) -> int:
        raise AssertionError("the agent asked the program")

    keys = __iter__ = __len__  # type: ignore[assignment]


def surveyed(objects: list[Any]) -> Survey:
    message, columns = survey(objects, array(COUNT, map(sys.getrefcount, objects)))
    return Survey.from_raw(message, [column.tobytes() for column in columns])


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("cut", [1, 8])
def test_arrays_that_do_not_match_are_refused(number: int, cut: int) -> None:
    objects = [[{"a": 1, 2: "b"}, "c"], {"d": [3.0]}]
    message, columns = survey(objects, array(COUNT, map(sys.getrefcount, objects)))
    sent = [column.tobytes() for column in columns]
    assert len(Survey.from_raw(message, sent)) > len(objects)
    for damaged in (sent[number][:-cut], sent[number] + b"\x01" * cut):
        with pytest.raises(UnknotError, match="survey arrays do not match"):
            Survey.from_raw(message, [*sent[:number], damaged, *sent[number + 1 :]])
    with pytest.raises(UnknotError, match="survey arrays do not match"):
        Survey.from_raw(message, sent[:number])


def referents(thing: Any) -> list[Any]:
    """All that it refers to, keys of dicts as well."""
    found = gc.get_referents(thing)
    if isinstance(thing, dict) and len(found) < 2 * dict.__len__(thing):
        found += dict.keys(thing)
    return found


def below(roots: list[Any]) -> dict[int, Any]:
    """All that is reachable without passing a type, by identity."""
    found = {id(root): root for root in roots}
    waiting = list(roots)
    while waiting:
        for each in referents(waiting.pop()):
            if id(each) not in found and not isinstance(each, type):
                found[id(each)] = each
                waiting.append(each)
    return found


def edges(found: Survey) -> dict[int, Counter[int]]:
    ends = found.ids[found.targets].tolist()
    sources = found.ids[found.sources].tolist()
    return {
        source: Counter(end for at, end in zip(sources, ends, strict=True) if at == source)
        for source in set(sources)
    }


@given(st.lists(VALUES, max_size=5))
def test_it_has_what_is_reachable_with_sizes_and_references(values: list[Any]) -> None:
    known = below([values])
    objects = [each for each in known.values() if gc.is_tracked(each)]
    found = surveyed(objects)
    assert found.tracked == len(objects)
    assert dict(zip(found.ids.tolist(), found.sizes.tolist(), strict=True)) == {
        identity: size_of(each) for identity, each in known.items()
    }
    assert [found.type_names[each] for each in found.types] == [
        f"builtins.{type(known[each]).__name__}" for each in found.ids.tolist()
    ]
    assert edges(found) == {
        identity: Counter(map(id, referents(each)))
        for identity, each in known.items()
        if referents(each)
    }


def test_counts_are_those_before_the_survey() -> None:
    text = bytes(100)
    holders = [[text], [text], {"of": (text,)}]
    others = [holders[0]] * 3
    identity = id(text)
    del text
    found = surveyed(holders)
    counts = dict(zip(found.ids.tolist(), found.counts.tolist(), strict=True))
    assert [counts[id(each)] for each in holders] == [len(others), 0, 0]
    assert counts[identity] == 3


def test_counts_leave_out_what_the_survey_itself_lists() -> None:
    key, value = str(object()), bytes(100)
    things: list[Any] = [[value, (value, number)] for number in range(2 * CHUNK)]
    things += [{key: value}, {key: None, 1: 2}, {key: 1.5}]
    identities = {id(key): 3, id(value): 4 * CHUNK + 1}
    del key, value
    found = surveyed(things)
    counts = dict(zip(found.ids.tolist(), found.counts.tolist(), strict=True))
    assert {identity: counts[identity] for identity in identities} == identities


def test_more_objects_than_are_read_at_a_time() -> None:
    things: list[Any] = [[number, str(number)] for number in range(CHUNK + 5)]
    things[3] = dict.fromkeys(map(str, range(2 * CHUNK)))
    known = below(things)
    found = surveyed(things)
    assert sorted(found.ids.tolist()) == sorted(known)
    assert found.degrees.sum() == sum(len(referents(each)) for each in known.values())


def test_every_object_of_this_process_has_the_size_that_is_asked_for_one_by_one() -> None:
    gc.disable()
    try:
        objects = gc.get_objects()
        found = surveyed(objects)
        sizes = dict(zip(found.ids.tolist(), found.sizes.tolist(), strict=True))
        things = [type, int, type("Made", (), {}), *objects]
        things += [each for thing in objects if type(thing) is tuple for each in thing]
        unlike = [each for each in things if sizes.get(id(each), size_of(each)) != size_of(each)]
        assert {id(type), id(int)} <= sizes.keys()
    finally:
        gc.enable()
    assert not [each for each in unlike if type(each) is not dict]  # some share keys, and shrink


def test_a_class_that_says_its_size_or_keys_is_not_asked() -> None:
    things: list[Any] = [Boastful(), Mapping(one=1)]
    found = surveyed(things)
    assert found.sizes[:2].tolist() == [size_of(each) for each in things]
    assert set(map(id, dict.keys(things[1]))) <= set(found.ids.tolist())


def test_the_asyncio_module_is_a_module_without_references() -> None:
    module = sys.modules["_asyncio"]
    found = surveyed([module, sys, vars(sys)])
    assert [found.type_names[each] for each in found.types[:2]] == ["builtins.module"] * 2
    assert found.sizes[0] == sys.getsizeof(module)
    assert found.degrees[0] == 0 < found.degrees[1]

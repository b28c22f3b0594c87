"""A snapshot's arrays are the heap, and arrays that do not match are refused."""

from __future__ import annotations

import asyncio  # noqa: F401 - so that its module is there to be looked at
import gc
import sys
from array import array
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, sampled_from

from unknot.agent import snapshot as agent_snapshot
from unknot.agent.census import metaclasses_with_a_hash, type_name, undisturbed
from unknot.agent.snapshot import CHUNK, FIELDS, MANY, hold, identities, snapshot
from unknot.errors import UnknotError
from unknot.heap import Snapshot
from unknot.heap.snapshot import Places

FENCE = 7


class Box:
    def __init__(self, *content: object) -> None:
        self.content = content


def raw() -> tuple[dict[str, Any], dict[str, array[Any]]]:
    with undisturbed():
        message, arrays = snapshot(gc.get_objects())
    return message, dict(zip(FIELDS, arrays, strict=True))


def referents(fence: int, column: array[int]) -> Iterator[list[int]]:
    """Of each object."""
    found: list[int] = []
    for identity in column:
        if identity == fence:
            yield found
            found = []
        else:
            found.append(identity)
    assert not found


def test_a_snapshot_knows_the_type_the_count_and_the_references_of_an_object() -> None:
    box = Box([], ())
    holders = [box, box, box]
    message, columns = raw()
    place = list(columns["ids"]).index(id(box))
    assert message["names"][str(columns["types"][place])] == type_name(Box)
    # A list and getrefcount's argument add one each; the snapshot's overhead is in the message.
    (references,) = map(sys.getrefcount, [box])
    assert columns["counts"][place] - message["overhead"] == references - 2
    ends = list(referents(message["fence"], columns["referents"]))[place]
    assert sorted(ends) == sorted(map(id, gc.get_referents(box)))
    assert len(holders) == 3


def test_the_snapshot_does_not_show_itself() -> None:
    gc.disable()
    try:
        before = len(gc.get_objects())
        snapshot(gc.get_objects())
        assert len(gc.get_objects()) == before
    finally:
        gc.enable()


def arrays(**changes: bytes) -> list[bytes]:
    one = array("Q", [1]).tobytes()
    columns = {
        "ids": one,
        "types": one,
        "counts": b"\1",
        "large": b"",
        "referents": array("Q", [FENCE]).tobytes(),
    }
    return list({**columns, **changes}.values())


def test_references_to_what_is_not_tracked_are_left_out() -> None:
    message = {"fields": FIELDS, "fence": FENCE, "overhead": 0, "names": {"1": "made"}}
    buffers = arrays(referents=array("Q", [1, 99, FENCE]).tobytes())
    made = Snapshot.from_raw(message, buffers)
    assert (made.sources.tolist(), made.targets.tolist()) == ([0], [0])
    assert len(made) == 1
    assert made.degrees.tolist() == [2]


@pytest.mark.parametrize(
    ("fields", "buffers"),
    [
        (("ids",), arrays()),
        (FIELDS, arrays()[:3]),
        (FIELDS, arrays(referents=array("Q", [1]).tobytes())),
        (FIELDS, arrays(referents=array("Q", [FENCE, 1]).tobytes())),
        (FIELDS, arrays(referents=array("Q", [1, FENCE, FENCE]).tobytes())),
        (FIELDS, arrays(referents=array("Q", [1, FENCE, 1]).tobytes())),
        (FIELDS, arrays(counts=b"")),
        (FIELDS, arrays(large=array("Q", [MANY]).tobytes())),
        (FIELDS, arrays(counts=bytes([MANY]))),
    ],
)
def test_arrays_that_do_not_match_are_refused(
    fields: tuple[str, ...], buffers: list[bytes]
) -> None:
    message = {"fields": fields, "fence": FENCE, "overhead": 0, "names": {"1": "made"}}
    with pytest.raises(UnknotError, match="snapshot"):
        Snapshot.from_raw(message, buffers)


def test_identities_read_from_memory_are_those_that_python_says() -> None:
    objects = [None, 1, "", *gc.get_objects(), *range(3 * CHUNK)]
    asked = array("Q", map(id, objects))
    for things in (objects, tuple(objects), iter(objects)):
        assert identities(things) == asked
    assert not identities(())
    assert not identities([])


@pytest.mark.parametrize("references", [1, MANY - 3, MANY - 2, MANY - 1, MANY, 70_000])
def test_a_reference_count_is_exact_however_large_it_is(references: int) -> None:
    boxes = [Box() for _ in range(3)]
    holders = [boxes[1]] * (references - 1)
    message, columns = raw()
    heap = Snapshot.from_raw(message, [column.tobytes() for column in columns.values()])
    place = list(columns["ids"]).index(id(boxes[1]))
    assert heap.counts[place] == references == len(holders) + 1
    assert heap.counts[list(columns["ids"]).index(id(boxes[0]))] == 1


@pytest.mark.parametrize("references", [1, MANY - 3, MANY - 2, MANY])
def test_one_reference_more_is_counted_of_what_is_held(references: int) -> None:
    boxes = [Box() for _ in range(3)]
    holders = boxes * (references - 1)
    message, columns = raw()
    hold([*columns.values()], {id(boxes[1])})
    heap = Snapshot.from_raw(message, [column.tobytes() for column in columns.values()])
    ids = list(columns["ids"])
    counts = [int(heap.counts[ids.index(id(box))]) for box in boxes]
    assert counts == [references, references + 1, references]
    assert len(holders) == 3 * (references - 1)


class Equal(type):
    """Its classes are equal to all others, and say so only aloud."""

    def __eq__(cls, other: object) -> bool:
        raise AssertionError("the agent asked the program")

    __hash__ = type.__hash__


def refuse(cls: type) -> int:
    raise AssertionError("the agent asked the program")


@pytest.mark.parametrize("overrides_hash", [False, True])
def test_a_metaclass_that_overrides_equality_is_not_asked(overrides_hash: bool) -> None:
    metaclass = type("Hashed", (Equal,), {"__hash__": refuse}) if overrides_hash else Equal
    assert any(one is metaclass for one in metaclasses_with_a_hash()) == overrides_hash
    one, other = metaclass("One", (), {})(), metaclass("Other", (), {})()
    message, columns = raw()
    for thing in (one, other):
        place = list(columns["ids"]).index(id(thing))
        assert message["names"][str(columns["types"][place])] == type_name(type(thing))


class Refusing(type):
    def __hash__(cls) -> int:
        raise AssertionError("the agent asked the program")


@pytest.mark.parametrize("hashing", [[], [Refusing], [type]])
def test_types_are_the_same_by_hash_and_by_identity(
    hashing: list[type], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = [*range(9), "", (), None, [], {}, gc]
    odd = [Refusing("One", (), {})(), Refusing("Other", (), {})()] * bool(hashing)
    monkeypatch.setattr(agent_snapshot, "metaclasses_with_a_hash", lambda: hashing)
    reader = agent_snapshot.Reader([])
    rows = plain, odd + plain, plain[::2]
    for row in rows:
        reader.read_types(row)
    assert list(reader.types) == [id(type(thing)) for row in rows for thing in row]
    assert sorted(map(id, reader.classes)) == sorted(set(reader.types))


def test_the_asyncio_module_leads_to_nothing_and_others_to_what_they_hold() -> None:
    # Not even here may gc.get_referents be asked of it: on 3.12 the next collection may never end.
    message, columns = raw()
    ids = list(columns["ids"])
    ends = list(referents(message["fence"], columns["referents"]))
    assert ends[ids.index(id(sys.modules["_asyncio"]))] == []
    assert ends[ids.index(id(sys.modules[__name__]))] != []


@given(
    ids=lists(integers(0, 2**64 - 1), unique=True, max_size=40),
    others=lists(integers(0, 2**64 - 1), max_size=10),
    step=sampled_from([1, 16, 2**12, 2**40]),
)
def test_every_identity_is_found_however_many_share_a_hash(
    ids: list[int], others: list[int], step: int
) -> None:
    ids = list({identity * step % 2**64: None for identity in ids})
    wanted = [*reversed(ids), *others, *ids]
    found = Places(np.array(ids, np.uint64)).find(np.array(wanted, np.uint64)).tolist()
    assert found == [ids.index(one) if one in ids else -1 for one in wanted]

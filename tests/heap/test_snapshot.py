"""A snapshot's arrays are the heap, and arrays that do not fit together are refused."""

from __future__ import annotations

import gc
import sys
from array import array
from typing import Any

import pytest

from unknot.agent.census import type_name, undisturbed
from unknot.agent.snapshot import FIELDS, snapshot
from unknot.errors import UnknotError
from unknot.heap import Snapshot


class Box:
    def __init__(self, *content: object) -> None:
        self.content = content


def raw() -> tuple[dict[str, Any], dict[str, array[Any]]]:
    with undisturbed():
        message, arrays = snapshot()
    return message, dict(zip(FIELDS, arrays, strict=True))


def test_a_snapshot_knows_the_type_the_count_and_the_references_of_an_object() -> None:
    box = Box([], ())
    holders = [box, box, box]
    message, columns = raw()
    place = list(columns["ids"]).index(id(box))
    assert message["names"][str(columns["types"][place])] == type_name(Box)
    # getrefcount adds one for its argument; the snapshot's overhead is in the message
    assert columns["counts"][place] - message["overhead"] == sys.getrefcount(box) - 1
    start = sum(columns["degrees"][:place])
    ends = columns["referents"][start : start + columns["degrees"][place]]
    assert sorted(ends) == sorted(map(id, gc.get_referents(box)))
    assert len(holders) == 3


def test_the_snapshot_does_not_show_itself() -> None:
    gc.disable()
    try:
        before = len(gc.get_objects())
        snapshot()
        assert len(gc.get_objects()) == before
    finally:
        gc.enable()


def arrays(**changes: bytes) -> list[bytes]:
    one = array("Q", [1]).tobytes()
    columns = {
        "ids": one,
        "types": one,
        "counts": one,
        "degrees": array("I", [0]).tobytes(),
        "referents": b"",
    }
    return list({**columns, **changes}.values())


def test_references_to_what_is_not_tracked_are_left_out() -> None:
    message = {"fields": FIELDS, "overhead": 0, "names": {"1": "made"}}
    buffers = arrays(degrees=array("I", [2]).tobytes(), referents=array("Q", [1, 99]).tobytes())
    made = Snapshot.from_raw(message, buffers)
    assert (made.sources.tolist(), made.targets.tolist()) == ([0], [0])
    assert len(made) == 1


@pytest.mark.parametrize(
    ("fields", "buffers"),
    [
        (("ids",), arrays()),
        (FIELDS, arrays()[:4]),
        (FIELDS, arrays(degrees=array("I", [3]).tobytes())),
        (FIELDS, arrays(counts=b"")),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(
    fields: tuple[str, ...], buffers: list[bytes]
) -> None:
    message = {"fields": fields, "overhead": 0, "names": {"1": "made"}}
    with pytest.raises(UnknotError, match="a snapshot"):
        Snapshot.from_raw(message, buffers)

"""A chain reads as the references of a cycle do; neither plumbing nor the agent is in it."""

from __future__ import annotations

import numpy as np
import pytest

from unknot.heap import Snapshot
from unknot.heap.chains import Chain, read_chain
from unknot.heap.labels import CodeOrigin, LabelledObject, Reference


def thing(
    type_name: str,
    *references: Reference,
    name: str | None = None,
    origin: CodeOrigin = CodeOrigin.APPLICATION,
    freevars: tuple[str, ...] = (),
) -> LabelledObject:
    return LabelledObject(type_name, origin, None, name, None, freevars, references)


def chain(*links: tuple[LabelledObject, Reference | None]) -> Chain:
    objects = tuple(found for found, _ in links)
    return Chain(objects, tuple(reference for _, reference in links if reference is not None))


MODULE = thing("builtins.module", name="app")
DICT = thing("builtins.dict", origin=CodeOrigin.INTERPRETER)
TO_DICT = Reference(0, "dict")


def texts(found: Chain) -> list[str]:
    return [step.text for step in found.steps]


def test_a_modules_dict_is_folded_and_a_registry_is_not() -> None:
    found = chain(
        (MODULE, TO_DICT),
        (DICT, Reference(0, "item", "REGISTRY")),
        (DICT, Reference(0, "item", "entries")),
        (thing("app.Entry"), None),
    )
    assert texts(found) == ["module app.REGISTRY", "dict['entries']"]


def test_a_closures_tuple_and_cell_are_folded_into_the_variable() -> None:
    function = thing("builtins.function", name="make.<locals>.see", freevars=("other", "seen"))
    found = chain(
        (function, Reference(0, "closure")),
        (thing("builtins.tuple"), Reference(0, "item", None, 1)),
        (thing("builtins.cell"), Reference(0, "cell")),
        (thing("builtins.list"), Reference(0, "item", None, 7)),
        (thing("app.Entry"), None),
    )
    assert texts(found) == ["function make.<locals>.see closure seen", "list[…]"]


def test_plumbing_at_the_end_is_what_it_is_about_and_stays() -> None:
    found = chain(
        (thing("app.Owner"), Reference(0, "attribute", "handler")), (thing("builtins.method"), None)
    )
    assert [(step.text, step.target) for step in found.steps] == [
        ("Owner.handler", "builtins.method")
    ]


def test_one_chain_goes_on_where_another_ends() -> None:
    middle = thing("app.Middle")
    first = chain((MODULE, TO_DICT), (DICT, Reference(0, "item", "middle")), (middle, None))
    second = chain((middle, Reference(0, "attribute", "entry")), (thing("app.Entry"), None))
    assert texts(first + second) == ["module app.middle", "Middle.entry"]


@pytest.mark.parametrize(
    ("last", "tells_more_than"),
    [
        (thing("app.Entry"), thing("builtins.list")),
        (thing("app.Entry"), thing("asyncio.Task", origin=CodeOrigin.STANDARD)),
        (
            thing("lib.Entry", origin=CodeOrigin.LIBRARY),
            thing("builtins.frame", name="f", origin=CodeOrigin.STANDARD),
        ),
    ],
)
def test_somebodys_own_object_tells_most(
    last: LabelledObject, tells_more_than: LabelledObject
) -> None:
    assert chain((last, None)).obscurity < chain((tells_more_than, None)).obscurity


def heap(*types: str) -> Snapshot:
    """Objects in a row, each of which refers to the next."""
    size = len(types)
    places = np.arange(size, dtype=np.int32)
    return Snapshot(
        ids=np.arange(100, 100 + size, dtype=np.uint64),
        type_names=types,
        types=places,
        counts=np.ones(size, dtype=np.int64),
        sources=places[:-1],
        targets=places[1:],
    )


def test_the_agents_own_objects_are_left_out() -> None:
    types = ("unknot_agent.workload.Workload", "builtins.generator", "app.Entry")
    labels = {
        0: thing(types[0], Reference(1, "attribute", "_generator"), origin=CodeOrigin.LIBRARY),
        1: thing(types[1], Reference(2, "local", "entry"), name="workload"),
        2: thing(types[2]),
    }
    assert texts(read_chain(heap(*types), [0, 1, 2], labels)) == ["generator workload local entry"]


def test_a_key_that_is_another_one_each_time_is_not_told() -> None:
    types = ("app.Owner", "builtins.dict", "app.Entry")
    labels = {
        0: thing(types[0], Reference(1, "attribute", "entries")),
        1: thing(types[1], Reference(2, "item", "entry_17")),
        2: thing(types[2]),
    }
    made = heap(*types)
    assert texts(read_chain(made, [0, 1, 2], labels)) == ["Owner.entries", "dict['entry_17']"]
    assert texts(read_chain(made, [0, 1, 2], labels, any_key=1)) == ["Owner.entries", "dict[…]"]


def test_an_object_that_is_gone_has_its_type() -> None:
    types = ("app.Owner", "app.Entry")
    assert texts(read_chain(heap(*types), [0, 1], {})) == ["Owner?"]

"""The measuring tool against things whose leftovers are known."""

import asyncio
import gc
from collections.abc import AsyncGenerator

from tests.runtime.leftovers import Leftovers, Operation, cyclic_garbage, leftovers
from tests.runtime.running import run

hoard: list[object] = []


class Knot:
    def __init__(self) -> None:
        self.itself = self


async def clean() -> None:
    [object() for _ in range(3)]


async def tie_a_knot() -> None:
    Knot()


async def hoard_a_list() -> None:
    hoard.append([])


async def hoard_a_string() -> None:
    hoard.append(f"{len(hoard):40}")


async def tie_an_async_generator() -> None:
    box: list[object] = []
    generator = hold(box)
    box.append(generator)
    await anext(generator)


async def hold(box: list[object]) -> AsyncGenerator[int, None]:
    yield len(box)
    await asyncio.sleep(0)


def measured(operation: Operation, at_most: int = 2) -> Leftovers:
    try:
        return run(leftovers(operation, ops=10, at_most=at_most))
    finally:
        hoard.clear()


def test_a_clean_operation_leaves_nothing() -> None:
    found = measured(clean, at_most=20)
    assert not any(found.cyclic)
    assert not found.growing


def test_a_knot_is_counted_exactly() -> None:
    found = measured(tie_a_knot)
    assert found.cyclic_per_op["Knot"] == 1
    assert not found.leaked_per_op


def test_a_hoarded_object_is_a_leak_and_no_garbage() -> None:
    found = measured(hoard_a_list)
    assert not any(found.cyclic)
    assert found.leaked_per_op == {"list": 1}


def test_a_hoarded_string_shows_in_the_blocks() -> None:
    found = measured(hoard_a_string, at_most=20)
    assert not found.leaked_per_op
    assert found.blocks_per_op == 1


def test_async_generators_in_cycles_are_all_counted() -> None:
    """`gc.collect()` misses most of them: their finalizer hook resurrects them."""
    found = measured(tie_an_async_generator)
    assert found.cyclic_per_op["async_generator"] == 1
    assert found.cyclic_per_op["list"] == 1


def test_trial_deletion_finds_what_collection_does() -> None:
    gc.collect()
    gc.disable()
    gc.freeze()
    try:
        for _ in range(7):
            Knot()
        living = [Knot(), [Knot()], {"x": Knot()}]
        found = cyclic_garbage()
        assert (found["Knot"], found.total()) == (7, gc.collect())
        assert len(living) == 3
    finally:
        gc.unfreeze()
        gc.enable()

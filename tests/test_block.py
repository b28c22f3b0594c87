"""`unknot.no_cycles`: a block may leave no reference cycle behind."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import AsyncGenerator

import pytest

import unknot
from unknot.errors import UnknotError


class Box:
    me: Box


def leave(times: int = 1) -> None:
    for _ in range(times):
        box = Box()
        box.me = box


async def abandoned(box: Box) -> AsyncGenerator[int]:
    box.me = box
    yield 1


async def leave_generator() -> None:
    box = Box()
    box.generator = abandoned(box)  # type: ignore[attr-defined]
    await anext(box.generator)  # type: ignore[attr-defined]


def test_a_cycle_is_named_with_the_cut() -> None:
    text = r"(?s)Box.*\.me .*cut here: frees 2 of 2"
    with pytest.raises(unknot.CyclesLeft, match=text), unknot.no_cycles():
        leave(2)


def test_the_error_fails_a_test_and_holds_the_cycles() -> None:
    with pytest.raises(AssertionError) as caught, unknot.no_cycles():
        leave()
    assert isinstance(caught.value, unknot.CyclesLeft)
    assert [cycle.per_op for cycle in caught.value.cycles] == [1]


def test_a_clean_block_passes() -> None:
    with unknot.no_cycles():
        Box().me = Box()


def test_garbage_from_before_is_not_the_blocks() -> None:
    enabled = gc.isenabled()
    gc.disable()
    leave()
    try:
        with unknot.no_cycles():
            Box()
    finally:
        if enabled:
            gc.enable()


def test_an_inner_block_answers_for_itself() -> None:
    with unknot.no_cycles(ignore=["Box.me"]):
        leave()
        with unknot.no_cycles():
            Box()
        with pytest.raises(unknot.CyclesLeft), unknot.no_cycles():
            leave()


def test_a_signature_can_be_passed_over() -> None:
    with pytest.raises(unknot.CyclesLeft) as caught, unknot.no_cycles():
        leave()
    signature = caught.value.cycles[0].signature
    with unknot.no_cycles(ignore=signature[:6]):
        leave()
    with pytest.raises(unknot.CyclesLeft), unknot.no_cycles(ignore="ffffff"):
        leave()


def test_an_error_in_the_block_goes_through() -> None:
    def fail() -> None:
        leave()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), unknot.no_cycles():
        fail()


def test_the_collector_is_as_it_was() -> None:
    before = gc.isenabled(), gc.get_freeze_count()
    with unknot.no_cycles():
        assert not gc.isenabled()
    assert (gc.isenabled(), gc.get_freeze_count()) == before


def test_an_asynchronous_block_waits_for_what_ends_later() -> None:
    async def main() -> None:
        async with unknot.no_cycles():
            task = asyncio.create_task(asyncio.sleep(0))
            del task
        with pytest.raises(unknot.CyclesLeft):
            async with unknot.no_cycles():
                await leave_generator()

    asyncio.run(main())


def test_the_package_is_light_until_a_block_is_entered() -> None:
    code = (
        "import sys, unknot; print({'numpy', 'rustworkx', 'msgspec', 'asyncio'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "set()"


def test_a_free_threaded_build_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "abiflags", "t")
    with pytest.raises(UnknotError, match="is a free-threaded build"), unknot.no_cycles():
        pass
    assert gc.isenabled()

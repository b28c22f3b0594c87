"""The census names every type, runs none of its code, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import threading
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unknot.agent.census import census, type_name, undisturbed
from unknot.agent.collector import PassLog, normalise


class Counted:
    me: Counted


def leave_cycle() -> None:
    counted = Counted()
    counted.me = counted


class Unhashable(type):
    __hash__ = None  # type: ignore[assignment]


class Raising(type):
    def __hash__(cls) -> int:
        raise RuntimeError


class Same(type):
    def __hash__(cls) -> int:
        return 1

    def __eq__(cls, other: object) -> bool:
        return isinstance(other, Same)


class Liar(type):
    def __getattribute__(cls, name: str) -> object:
        raise AssertionError(f"the census asked a type for {name}")


def test_the_c_and_the_python_half_of_a_type_share_a_name() -> None:
    assert type_name(asyncio.Task) == "asyncio.Task"
    assert type_name(asyncio.Future) == "asyncio.Future"
    assert type_name(asyncio.futures._PyFuture) == "asyncio.Future"  # type: ignore[attr-defined]
    assert type_name(contextvars.Context) == "contextvars.Context"
    assert type_name(dict) == "builtins.dict"


def test_the_name_of_a_type_comes_from_no_code_of_its_own() -> None:
    assert type_name(Liar("Quiet", (), {})).endswith(".Quiet")


def test_a_module_name_that_is_no_string_is_not_formatted() -> None:
    class Hostile:
        def __format__(self, spec: str) -> str:
            raise AssertionError("the census formatted it")

    assert type_name(type("Odd", (), {"__module__": Hostile()})) == "?.Odd"


def test_objects_are_counted_by_type() -> None:
    name = type_name(Counted)
    before = census().get(name, 0)
    kept = [Counted() for _ in range(7)]
    assert census()[name] - before == len(kept)


@given(counts=st.lists(st.integers(0, 40), max_size=300))
@settings(max_examples=30, deadline=None)
def test_the_count_of_every_type_is_exact_for_any_number_of_types(counts: list[int]) -> None:
    kinds = [type(f"Kind{number}", (), {}) for number in range(len(counts))]
    kept = [kind() for kind, count in zip(kinds, counts, strict=True) for _ in range(count)]
    found = census()
    assert [found.get(type_name(kind), 0) for kind in kinds] == counts
    assert len(kept) == sum(counts)


def test_the_census_is_not_in_itself() -> None:
    gc.collect()
    gc.freeze()
    try:
        assert census() == {}
    finally:
        gc.unfreeze()


@pytest.mark.parametrize("metaclass", [Unhashable, Raising, Same])
def test_a_metaclass_with_a_mind_of_its_own_does_not_mix_up_the_census(metaclass: type) -> None:
    one, other = metaclass("One", (), {}), metaclass("Other", (), {})
    gc.collect()
    gc.freeze()
    try:
        kept = one(), one(), other()
        assert census() == {type_name(one): 2, type_name(other): 1, "builtins.tuple": 1}
    finally:
        gc.unfreeze()
    assert len(kept) == 3


def test_a_class_made_per_operation_is_not_kept_by_its_census() -> None:
    gc.collect()
    name = type_name(type("Passing", (), {}))
    passing = [type("Passing", (), {})() for _ in range(3)]
    assert census()[name] == 3
    passing.clear()
    gc.collect()
    assert name not in census()


def test_the_switch_interval_comes_back_also_after_an_error() -> None:
    interval = sys.getswitchinterval()
    seen = []
    with suppress(KeyError), undisturbed():
        seen.append(sys.getswitchinterval())
        raise KeyError
    assert seen[0] > interval
    assert sys.getswitchinterval() == interval


def test_a_thread_that_never_rests_neither_hangs_nor_disturbs_a_count() -> None:
    ends = threading.Event()
    counted = [0]

    def spin() -> None:
        while not ends.is_set():
            counted[0] += 1

    threads = [threading.Thread(target=spin, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        with undisturbed():
            gc.collect()  # so that it is known how long a block may take
            time.sleep(0.1)
        for _ in range(3):
            with undisturbed():
                before = counted[0]
                len(gc.get_objects())
                assert counted[0] == before
    finally:
        ends.set()


def test_the_normal_form_frees_nothing_and_untracks_what_a_collection_would() -> None:
    gc.collect()
    gc.disable()
    try:
        leave_cycle()
        plain = tuple(map(str, range(3)))  # since 3.14, others are not tracked to begin with
        nested = (plain, plain)
        assert gc.is_tracked(plain)
        normalise()
        assert not gc.is_tracked(plain)
        assert not gc.is_tracked(nested)
        assert census()[type_name(Counted)] == 1
        assert gc.collect() >= 1
    finally:
        gc.enable()


def test_the_log_tells_each_pass_and_the_peak_before_it() -> None:
    name = type_name(Counted)
    gc.collect()
    position = 7
    log = PassLog(lambda: position)
    with log:
        for _ in range(5):
            leave_cycle()
        position += 5
        gc.collect()
        gc.collect(0)
    report = log.report()
    assert report["ops"][-2:] == [5, 5]
    assert report["generations"][-2:] == [2, 0]
    assert report["collected"][-2] >= 5
    assert all(pause > 0 for pause in report["pauses"])
    told = sys.version_info >= (3, 15)
    assert all(
        candidates >= 5 if told else candidates == -1 for candidates in report["candidates"][:1]
    )
    assert report["peak"][name] == 5
    log.clear()
    assert log.report()["ops"] == []
    assert log.report()["peak"] == {}
    assert log._note not in gc.callbacks

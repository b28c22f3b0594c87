"""Marked tests; those with `over` in their name have to fail, all others have to pass."""

import asyncio

import pytest

import unknot


class Box:
    pass


class Crate:
    pass


KEPT: list[Box] = []


def leave(cls: type = Box) -> None:
    box = cls()
    box.me = box


@pytest.mark.unknot
def test_clean() -> None:
    Box()


@pytest.mark.unknot
def test_cycle_over() -> None:
    leave()


@pytest.mark.unknot(cyclic=1)
def test_cycle_within() -> None:
    leave()


@pytest.mark.unknot(cyclic=1, ops=8)
def test_two_cycles_over() -> None:
    leave()
    leave()


@pytest.mark.unknot(rounds=5, ops=20)
def test_leak_over() -> None:
    KEPT.append(Box())


@pytest.mark.unknot(leaked=1)
def test_leak_within() -> None:
    KEPT.append(Box())


@pytest.mark.unknot(ignore="Box.me")
def test_ignored() -> None:
    leave()


@pytest.mark.unknot(ignore=["Box.me"])
def test_other_than_ignored_over() -> None:
    leave(Crate)


@pytest.mark.unknot(cycles=1)
def test_misspelt_over() -> None:
    pass


@pytest.mark.unknot(ops=3)
def test_too_few_ops_over() -> None:
    pass


@pytest.mark.unknot
def test_not_repeatable_over() -> None:
    KEPT.append(Box())
    leave.__dict__.setdefault("runs", []).append(1)
    assert len(leave.__dict__["runs"]) == 1


@pytest.mark.unknot
@pytest.mark.asyncio
async def test_asyncio_over() -> None:
    await asyncio.sleep(0)
    leave()


def test_fixture(no_cycles: type[unknot.no_cycles]) -> None:
    with no_cycles():
        Box()


def test_fixture_over(no_cycles: object) -> None:
    leave()


@pytest.mark.asyncio
async def test_asyncio_fixture(no_cycles: object) -> None:
    await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_asyncio_fixture_over(no_cycles: object) -> None:
    await asyncio.sleep(0)
    leave()


def test_not_asked() -> None:
    leave()

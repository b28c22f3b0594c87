"""A suite that knows nothing of unknot. What has `leaves` in its name leaves something behind,
`grows` grows in its own fixture, `once` cannot run again; all the rest is clean. All of it passes.
"""

import asyncio
import logging
import unittest
import warnings
from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest


class Box:
    pass


KEPT: list[Box] = []
SEEN: list[int] = []


def leave() -> None:
    box = Box()
    box.me = box  # type: ignore[attr-defined]


@lru_cache(maxsize=8)
def cached(box: Box) -> Box:
    return box


# Plain.


def test_plain_leaves() -> None:
    leave()


def test_plain() -> None:
    Box()


def test_leak_leaves() -> None:
    KEPT.append(Box())


def test_full_cache() -> None:
    cached(Box())


def test_once() -> None:
    SEEN.append(1)
    assert len(SEEN) == 1


@pytest.mark.parametrize("number", [1, 2])
def test_parameter(number: int) -> None:
    Box()


@pytest.mark.parametrize("number", [1, 2])
def test_parameter_leaves(number: int) -> None:
    leave()


class TestClass:
    def test_method(self) -> None:
        Box()

    def test_method_leaves(self) -> None:
        leave()


class TestCase(unittest.TestCase):
    def setUp(self) -> None:
        self.ready = True

    def test_unit(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            assert 1 / 0

    def test_unit_leaves(self) -> None:
        assert self.ready
        leave()


# Asynchronous.


@pytest.mark.asyncio
async def test_asyncio() -> None:
    await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))


@pytest.mark.asyncio
async def test_asyncio_leaves() -> None:
    await asyncio.sleep(0)
    leave()


@pytest.mark.anyio
async def test_anyio() -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep, 0)


@pytest.mark.anyio
async def test_anyio_leaves() -> None:
    await anyio.lowlevel.checkpoint()
    leave()


# Endings.


def test_raises() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        assert 1 / 0
    assert caught.value.args


def test_raises_leaves() -> None:
    with pytest.raises(ZeroDivisionError):
        leave()
        assert 1 / 0


@pytest.mark.skip
def test_skipped() -> None:
    leave()


@pytest.mark.xfail(strict=True)
def test_expected() -> None:
    leave()
    raise AssertionError


# Fixtures.


@pytest.fixture
def shelf() -> Iterator[list[Box]]:
    yield []


@pytest.fixture(scope="class")
def of_class() -> list[Box]:
    return []


@pytest.fixture(scope="module")
def of_module() -> Box:
    return Box()


@pytest.fixture(scope="session")
def of_session() -> Box:
    leave()
    return Box()


@pytest.fixture
async def asynchronous(anyio_backend: str) -> AsyncIterator[list[Box]]:
    leave()
    yield []


def test_shelf_grows(shelf: list[Box], of_class: list[Box]) -> None:
    shelf.append(Box())
    of_class.append(Box())


def test_scopes(shelf: list[Box], of_class: list[Box], of_module: Box, of_session: Box) -> None:
    Box()


def test_scopes_leaves(shelf: list[Box], of_class: list[Box], of_session: Box) -> None:
    leave()


@pytest.mark.anyio
async def test_asynchronous_fixture(asynchronous: list[Box]) -> None:
    asynchronous.append(Box())


def test_builtin_fixtures(
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    recwarn: pytest.WarningsRecorder,
) -> None:
    logging.getLogger().warning("once")
    print("once")
    warnings.warn("once", UserWarning, stacklevel=1)
    monkeypatch.setenv("UNKNOT_TEST", "set")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    assert [record.message for record in caplog.records] == ["once"]
    assert capsys.readouterr().out == "once\n"
    assert len(recwarn) == 1


def test_warns() -> None:
    with pytest.warns(UserWarning, match="expected"):
        warnings.warn("expected", UserWarning, stacklevel=1)


def test_output() -> None:
    print("printed")
    logging.getLogger().error("logged")
    warnings.warn("warned", UserWarning, stacklevel=1)


@pytest.mark.filterwarnings("ignore")
def test_after_all() -> None:
    assert len(SEEN) <= 3  # again with other fixtures

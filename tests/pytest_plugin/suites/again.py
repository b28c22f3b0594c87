"""Tests that notice when they run again. What has `leaves` in its name leaves something behind,
`differs` cannot run again as it ran first, `fails` has failed by then; all the rest is clean.
"""

import ctypes
import gc
import sys
import unittest
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

RUNS: list[str] = []


class Node:
    colour = "grey"


class Page(Node):
    pass


SHELVES: list[list[Node]] = []
NODES: list[Node] = []


def leave() -> None:
    node = Node()
    node.owner = node  # type: ignore[attr-defined]


def is_first(name: str) -> bool:
    RUNS.append(name)
    return RUNS.count(name) == 1


# Subtests.


def test_subtests(subtests: pytest.Subtests) -> None:
    for number in range(3):
        with subtests.test(number=number):
            assert number < 3


def test_subtests_leaves(subtests: pytest.Subtests) -> None:
    with subtests.test("a cycle"):
        leave()


def test_subtests_differs(subtests: pytest.Subtests) -> None:
    first = is_first("subtests")
    with subtests.test("the first run"):
        assert first


def test_subtests_fails(subtests: pytest.Subtests) -> None:
    with subtests.test("never"):
        raise AssertionError


class TestUnits(unittest.TestCase):
    def setUp(self) -> None:
        if "set_up" in self._testMethodName:
            assert is_first(self._testMethodName)
        if "skipped_early" in self._testMethodName and not is_first(self._testMethodName):
            self.skipTest("again")

    def tearDown(self) -> None:
        if "tear_down" in self._testMethodName:
            assert is_first(self._testMethodName)

    def test_unit_set_up_differs(self) -> None:
        pass

    def test_unit_skipped_early_differs(self) -> None:
        pass

    def test_unit_tear_down_differs(self) -> None:
        pass

    def test_unit_skipped_differs(self) -> None:
        if not is_first("skipped"):
            self.skipTest("again")

    def test_unit_clean_up_differs(self) -> None:
        if not is_first("clean-up"):
            self.addCleanup(self.fail, "again")

    def test_unit_clean_up_fails(self) -> None:
        self.addCleanup(self.fail, "always")

    def test_unit_subtests(self) -> None:
        for number in range(4):
            with self.subTest(number=number):
                assert number < 4

    def test_unit_subtests_leaves(self) -> None:
        with self.subTest("a cycle"):
            leave()

    def test_unit_subtests_differs(self) -> None:
        with self.subTest("the first run"):
            assert is_first("unit")

    def test_unit_without_modules(self) -> None:
        self.addCleanup(sys.modules.update, dict(sys.modules))
        sys.modules.clear()


class TestAsyncUnits(unittest.IsolatedAsyncioTestCase):
    async def test_async_unit(self) -> None:
        Node()

    async def test_async_unit_leaves(self) -> None:
        leave()


# Fixtures that do not bear a second run, or another one than the first.


@pytest.fixture
def pile() -> list[int]:
    return [1, 2, 3]


def test_pile_is_emptied(pile: list[int]) -> None:
    assert [pile.pop() for _ in range(3)] == [3, 2, 1]


def test_pile_is_emptied_leaves(pile: list[int]) -> None:
    assert pile.pop() == 3
    leave()


@pytest.fixture
def untidy(pile: list[int]) -> list[int]:
    leave()
    return pile


def test_untidy_fixture(untidy: list[int]) -> None:
    assert untidy.pop() == 3


def test_untidy_fixture_leaves(untidy: list[int]) -> None:
    assert untidy.pop() == 3
    leave()
    leave()


@pytest.fixture
def latest() -> list[weakref.ref[Node]]:
    return []


def test_linked_runs_leaves(latest: list[weakref.ref[Node]]) -> None:
    page: Any = Page()
    page.owner = page
    before: Any = latest[0]() if latest else None
    if before is not None:
        page.before, before.after = before, page
    latest[:] = [weakref.ref(page)]


@pytest.fixture
def callback() -> Iterator[Mock]:
    mock = Mock()
    yield mock
    mock.assert_called_once()


def test_callback(callback: Mock) -> None:
    callback()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "package").mkdir()
    return tmp_path


def test_folder(folder: Path) -> None:
    (folder / "module.py").touch()
    assert len(list(folder.iterdir())) == 2


def test_pile_beside_a_folder(pile: list[int], tmp_path: Path) -> None:
    assert pile.pop() == 3
    (tmp_path / "file").touch()


def test_bytes_of_the_output() -> None:
    sys.stdout.buffer.write(b"bytes")


class TestInstance:
    def test_instance(self) -> None:
        assert not hasattr(self, "node")
        self.node = Node()


# Growth that a module reaches too.


@pytest.fixture
def shelf() -> Iterator[list[Node]]:
    shelf: list[Node] = []
    SHELVES.append(shelf)
    yield shelf
    SHELVES.remove(shelf)


@pytest.fixture(scope="session")
def long_shelf() -> list[Node]:
    shelf: list[Node] = []
    SHELVES.append(shelf)
    return shelf


def test_shelf(shelf: list[Node]) -> None:
    shelf.append(Node())


def test_long_shelf(long_shelf: list[Node]) -> None:
    long_shelf.append(Node())


@pytest.fixture
def nodes() -> list[Node]:
    return NODES


def test_nodes_of_the_module_leaves(nodes: list[Node]) -> None:
    nodes.append(Node())


def test_reference_lost_in_c_leaves() -> None:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object([Node()]))


def test_reference_borrowed_in_c() -> None:
    row = ctypes.py_object([Node()])
    ctypes.pythonapi.Py_IncRef(row)
    ctypes.pythonapi.Py_DecRef(row)


# What a test does to pytest's own.


def test_no_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "modules", {})


if sys.version_info < (3, 15):  # which then has no sys.modules at all: it is not measured there

    def test_no_modules_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
        for name in list(sys.modules):
            monkeypatch.delitem(sys.modules, name)
        leave()


@pytest.fixture
def patched() -> Iterator[None]:
    yield
    assert Node.colour == "blue"


def test_patch_lasts_until_teardown(monkeypatch: pytest.MonkeyPatch, patched: None) -> None:
    monkeypatch.setattr(Node, "colour", "blue")


def test_properties(
    record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> None:
    record_property("colour", "blue")
    if not is_first("properties"):
        request.node.add_marker(pytest.mark.xfail)


def test_output(capsys: pytest.CaptureFixture[str]) -> None:
    print("heard")
    assert capsys.readouterr().out == "heard\n"
    print("unheard")


class Complaining:
    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        raise ValueError


def test_garbage_differs() -> None:
    if not is_first("garbage"):
        Complaining()
        raise ValueError("again")


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_hears_no_complaint_about_what_another_has_left() -> None:
    gc.collect()

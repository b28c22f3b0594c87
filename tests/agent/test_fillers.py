"""The lines that put something into a container are found by its name, and no others."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from unknot.agent.fillers import find_fillers

SOURCE = """
ROOMS = {}
OTHERS = []
count = 0

class Hall:
    def __init__(self):
        self.guests = []
        self.rooms = {}

    def enter(self, guest):
        self.guests.append(guest)

    def book(self, key, guest):
        self.rooms.setdefault(key, []).append(guest)

    def leave(self, guest):
        self.guests.remove(guest)
        return len(self.guests)

def book(key, guest):
    ROOMS[key] = guest

def many(guests):
    global OTHERS
    OTHERS += guests

def make():
    guests = []
    def add(guest):
        guests.append(guest)
    return add
"""


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "hall_of_guests.py"
    path.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("hall_of_guests", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hall_of_guests"] = module
    spec.loader.exec_module(module)
    yield "hall_of_guests"
    del sys.modules["hall_of_guests"]


def found(name: str, attribute: bool, package: str) -> list[tuple[str, str]]:
    lines = SOURCE.splitlines()
    places = find_fillers(name, attribute, [package])
    return [
        (one["function"], lines[int(one["where"].rpartition(":")[2]) - 1].strip()) for one in places
    ]


def test_an_attribute_is_filled_where_it_is_appended_to_and_not_where_it_is_read(hall: str) -> None:
    assert found("guests", True, hall) == [("Hall.enter", "self.guests.append(guest)")]


def test_a_variable_of_that_name_is_another_container(hall: str) -> None:
    ((function, line),) = found("guests", False, hall)
    assert line == "guests.append(guest)"
    assert function in ("make.<locals>.add", "add")


def test_an_entry_that_is_assigned_and_one_of_an_entry_count_too(hall: str) -> None:
    assert found("ROOMS", False, hall) == [("book", "ROOMS[key] = guest")]
    assert found("rooms", True, hall) == [
        ("Hall.book", "self.rooms.setdefault(key, []).append(guest)")
    ]
    assert found("OTHERS", False, hall) == [("many", "OTHERS += guests")]


def test_what_nothing_fills_and_what_is_elsewhere_has_no_line(hall: str) -> None:
    assert found("count", False, hall) == []
    assert found("guests", True, "another_package") == []

"""Identities are read from memory where that works, and asked for where it does not."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from unknot.agent import memory
from unknot.agent.memory import FEW, read_columns
from unknot.agent.snapshot import identities


def many() -> list[list[Any]]:
    return [[[number] for number in range(FEW + 3)], [], [None, ""], ["of one"] * FEW]


def asked(columns: list[list[Any]]) -> list[list[int]]:
    return [list(map(id, column)) for column in columns]


def test_identities_of_many_objects_in_order() -> None:
    columns = many()
    assert [found.tolist() for found in read_columns(columns)] == asked(columns)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs /proc")
def test_they_are_read_and_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []

    def note(things: list[Any]) -> Any:
        sizes.append(len(things))
        return identities(things)

    monkeypatch.setattr(memory, "identities", note)
    read_columns(many())
    assert max(sizes) < FEW


@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError])
def test_where_there_is_no_such_file_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, error: type[OSError]
) -> None:
    def refuse(name: str) -> Any:
        raise error(name)

    monkeypatch.setattr(memory, "FileIO", refuse)
    columns = many()
    assert [found.tolist() for found in read_columns(columns)] == asked(columns)


def test_a_list_that_is_laid_out_otherwise_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "ITEMS", memory.ITEMS - 8)
    columns = many()
    assert [found.tolist() for found in read_columns(columns)] == asked(columns)


def test_threads_that_never_rest_are_not_waited_for_long() -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            sum(range(1000))

    thread = threading.Thread(target=work)
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(20.0)
    try:
        columns = many()
        assert [found.tolist() for found in read_columns(columns)] == asked(columns)
        assert sys.getswitchinterval() == 20.0
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        thread.join()

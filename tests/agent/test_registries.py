"""What C keeps is known by what it was registered for, with the lines that register it."""

from __future__ import annotations

import gc
import importlib.util
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from unknot.agent.registries import find_registration

SOURCE = """
import atexit
import os
import signal
from atexit import register
from signal import signal as handle

class Registry:
    def register(self, function):
        self.kept = function

def other(registry):
    registry.register(other)

def at_exit(function):
    atexit.register(function)

def by_name():
    @register
    def closes():
        pass

def at_fork(function):
    os.register_at_fork(before=function)

class Server:
    def listen(self):
        handle(signal.SIGUSR1, self.stop)

    def stop(self, number, frame):
        pass
"""
NAME = "what_registers"


@pytest.fixture
def module(tmp_path: Path) -> Iterator[ModuleType]:
    path = tmp_path / f"{NAME}.py"
    path.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location(NAME, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = made
    spec.loader.exec_module(made)
    yield made
    del sys.modules[NAME]


@pytest.fixture
def handled(module: ModuleType) -> Iterator[Callable[..., Any]]:
    before = signal.getsignal(signal.SIGUSR1)
    module.Server().listen()
    yield signal.getsignal(signal.SIGUSR1)  # type: ignore[misc]
    signal.signal(signal.SIGUSR1, before)


def found(thing: object, packages: list[str]) -> tuple[str | None, list[str]]:
    lines = SOURCE.splitlines()
    said = find_registration(thing, packages)
    return said["registry"], [
        f"{one['function']}: {lines[int(one['where'].rpartition(':')[2]) - 1].strip()}"
        for one in said["places"]
    ]


AT_EXIT = [
    "at_exit: atexit.register(function)",
    "by_name: @register",
]


def test_a_handler_of_a_signal_is_known_by_itself(handled: Callable[..., Any]) -> None:
    assert found(handled, [NAME]) == (
        "signal",
        ["Server.listen: handle(signal.SIGUSR1, self.stop)"],
    )
    assert found(handled, []) == ("signal", [])


def test_a_callable_is_registered_at_exit_if_the_program_does_that(module: ModuleType) -> None:
    assert found(module.at_exit, [NAME]) == ("atexit", AT_EXIT)
    assert found(module.at_exit, []) == (None, [])


def test_a_list_of_callables_is_kept_for_forks(module: ModuleType) -> None:
    own: list[object] = [module.at_exit]
    child: list[object] = [threading._after_fork, threading.Event()]  # type: ignore[attr-defined]
    place = ["at_fork: os.register_at_fork(before=function)"]
    assert found(own, [NAME]) == ("fork", place)
    assert found(own, []) == (None, [])
    assert found(child, [NAME]) == ("fork", place)
    assert found(child, []) == ("fork", [])


def test_a_list_of_calls_is_kept_for_the_exit(module: ModuleType) -> None:
    assert found([(module.at_exit, (), {})], [NAME]) == ("atexit", AT_EXIT)


class Contrary:
    """Equal to everything, as far as it is asked."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    def __hash__(self) -> int:
        return 0


@pytest.mark.parametrize("thing", [[], [Contrary()], {}, [[]], [()]])
def test_what_is_neither_is_not_taken_for_it(module: ModuleType, thing: object) -> None:
    gc.collect()
    assert found(thing, [NAME]) == (None, [])


def test_what_is_gone_is_nothing() -> None:
    assert find_registration(None, [NAME]) == {"registry": None, "places": []}

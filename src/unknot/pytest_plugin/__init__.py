"""The pytest plugin: which tests leave reference cycles or leaks, and what to cut.

The way through: ``options`` says what is asked for; ``hooks`` act on it, and are imported only
then. They run a test's body again (``repetition``) with ``instrument`` in its place; ``rewinding``
undoes what a run did to pytest's own fixtures. Another process (``analysis``, ``analyst``)
interprets what the instrument counts, and ``summary`` reports it.

Where nothing is asked for, this module alone is loaded, and one attribute is looked up a test.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest

from unknot.agent.collector import is_free_threaded
from unknot.errors import FreeThreadedBuild
from unknot.pytest_plugin.options import add_options, read_options

__all__: list[str] = []

MARKER = (
    "unknot(*, cyclic=0, leaked=0, ops=100, rounds=4, ignore=()): run the test's body again, and "
    "fail where each run leaves more objects than this to the cyclic collector, or for good"
)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    config = pluginmanager.get_plugin("pytestconfig")
    assert isinstance(config, pytest.Config)
    add_options(parser, config)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    options = read_options(config)
    if options.survey is not None and not config.getoption("collectonly"):
        _load(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if any(item.get_closest_marker("unknot") for item in items) or any(
        "no_cycles" in getattr(item, "fixturenames", ()) for item in items
    ):
        _load(config)


def _load(config: pytest.Config) -> None:
    if is_free_threaded():
        raise pytest.UsageError(str(FreeThreadedBuild(sys.executable)))
    if not config.pluginmanager.has_plugin("unknot-hooks"):
        from unknot.pytest_plugin.hooks import Hooks

        config.pluginmanager.register(Hooks(config), "unknot-hooks")


@pytest.fixture
def no_cycles() -> Any:
    """Fails the test where its body leaves a reference cycle; its value is `unknot.no_cycles`."""
    import unknot

    return unknot.no_cycles

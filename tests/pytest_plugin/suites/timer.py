"""The hooks of pytest-timeout, with a timer that rings as soon as a test's body runs again."""

from collections.abc import Generator
from typing import Any

import pytest

SET: list[str] = []
ENDED: list[int] = []
"""How many timers were set when the fixture of each run was torn down."""


class Hooks:
    @pytest.hookspec(firstresult=True)
    def pytest_timeout_set_timer(self, item: pytest.Item, settings: object) -> object: ...

    @pytest.hookspec(firstresult=True)
    def pytest_timeout_cancel_timer(self, item: pytest.Item) -> object: ...


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


def pytest_timeout_set_timer(item: pytest.Item, settings: object) -> bool:
    assert settings == "20 s"
    SET.append(item.nodeid)
    return True


def pytest_timeout_cancel_timer(item: pytest.Item) -> bool:
    SET.remove(item.nodeid)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    item.ihook.pytest_timeout_set_timer(item=item, settings="20 s")
    result = yield
    item.ihook.pytest_timeout_cancel_timer(item=item)
    assert not SET
    assert ENDED.pop() == 1  # the last is that of the first run
    return result


@pytest.fixture
def timer() -> Generator[list[str]]:
    yield SET
    ENDED.append(len(SET))

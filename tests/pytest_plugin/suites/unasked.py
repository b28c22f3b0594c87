"""A run in which nothing is asked for."""

import sys


def test_nothing_is_loaded() -> None:
    assert "unknot.pytest_plugin" in sys.modules
    heavy = {"numpy", "rustworkx", "msgspec", "rich", "unknot.heap", "unknot.measuring.cell"}
    ours = {"unknot.pytest_plugin.hooks", "unknot.pytest_plugin.instrument"}
    assert not (heavy | ours) & sys.modules.keys()

from __future__ import annotations

import pytest

from tests.attach.debugger import need_gdb


@pytest.fixture
def gdb() -> None:
    """For a test that needs one that works."""
    need_gdb()

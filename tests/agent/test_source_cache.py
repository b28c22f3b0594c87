"""What is kept of source files is what was read, as long as the file is the same."""

from __future__ import annotations

import ast
import gc
import unittest.mock
from pathlib import Path

import pytest

from unknot.agent import source_cache, sources
from unknot.agent.assignments import functions_in
from unknot.agent.origins import Origins

SHORT = """
class Order:
    def pay(self, *, by):
        self.by, self.parent = by, None
        by.order = self
        late = lambda: [each for each in by]
"""


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    monkeypatch.setattr(source_cache, "is_on", True)
    monkeypatch.setattr(source_cache, "FILES", {})
    return source_cache.FILES


@pytest.mark.parametrize("source", [SHORT, Path(unittest.mock.__file__).read_text()])
def test_what_is_kept_is_what_was_read(memory: dict[str, bytes], source: str) -> None:
    functions = functions_in(ast.parse(source))
    source_cache.cache_functions("a file", functions)
    assert source_cache.cached_functions("a file") == functions
    assert all(not gc.is_tracked(kept) for kept in memory.values())


def test_a_file_that_has_changed_is_read_again(memory: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text(SHORT)
    assert sources.Sources(Origins()).assigns_self(str(path), 5, "order")
    assert len(memory) == 1
    path.write_text(SHORT.replace("by.order = self", "by.order = None, 1"))
    assert not sources.Sources(Origins()).assigns_self(str(path), 5, "order")
    assert len(memory) == 2


def test_a_file_is_parsed_once(memory: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text(SHORT)
    assert sources.Sources(Origins()).assigns_self(str(path), 5, "order")
    (version,) = memory
    memory[version] = memory[version].replace(b"order", b"owner")
    assert sources.Sources(Origins()).assigns_self(str(path), 5, "owner")


def test_nothing_is_kept_where_nobody_asked_for_it(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text(SHORT)
    before = dict(source_cache.FILES)
    assert sources.Sources(Origins()).assigns_self(str(path), 5, "order")
    assert before == source_cache.FILES

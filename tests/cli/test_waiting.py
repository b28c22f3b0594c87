"""People are told what takes long, and nothing of what does not."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from unknot.cli import progress as module
from unknot.cli.progress import waiting


def test_what_is_over_at_once_is_not_told() -> None:
    console = Console(file=io.StringIO())
    with waiting(console, "building"):
        pass
    assert console.file.getvalue() == ""  # type: ignore[attr-defined]


@pytest.mark.parametrize("terminal", [True, False])
def test_what_takes_longer_is_told_in_words_that_are_no_markup(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setattr(module, "MOMENT", 0.0)
    stream = io.StringIO()
    with waiting(Console(file=stream, force_terminal=terminal), "building thing[extra]"):
        while "building thing[extra]" not in stream.getvalue():
            pass
    assert stream.getvalue().endswith("\n") or terminal

"""What is said of a page that is too large or too late, and where there is no browser."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from bench.page import ORDINARY, Figures, main


def figures(octets: int, shown: float) -> Figures:
    return Figures(drawn=1.0, written=0.1, octets=octets, elements=500, shown=shown)


def test_a_page_within_its_targets_misses_none() -> None:
    assert figures(2_000_000, 2.0).too_much(ORDINARY) == []


def test_a_page_that_is_too_large_and_too_late_misses_both_targets() -> None:
    assert figures(2_000_001, 2.1).too_much(ORDINARY) == ["more than 2 MB", "more than 2 s"]


def test_without_a_browser_it_says_which_to_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    done = CliRunner().invoke(main, ["small"])
    assert done.exit_code == 2
    assert "chromium" in done.output

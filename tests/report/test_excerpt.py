"""The source lines at a cut, and that they are those that were measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unknot.measuring.source import digest_of, text_of
from unknot.report.sections import AROUND, lines_at

TEXT = "one\n\ttwo\nthree\x1b[31m\nfour\nfive\nsix\n"


def test_the_line_is_marked_among_its_neighbours() -> None:
    assert lines_at("w.py:4", "some/w.py", TEXT).splitlines() == [
        "  2  \ttwo",
        "  3  three\\x1b[31m",
        "→ 4  four",
        "  5  five",
        "  6  six",
    ]


@pytest.mark.parametrize(
    "where", [None, "", "w.py", "w.py:", "w.py:0", "w.py:7", "w.py:²", "v.py:1"]
)
def test_what_is_not_a_line_of_the_file_is_nothing(where: str | None) -> None:
    assert lines_at(where, "w.py", TEXT) == ""


@given(text=st.text(max_size=200), at=st.integers(-2, 60))
def test_it_is_of_bounded_height_whatever_the_file(text: str, at: int) -> None:
    found = lines_at(f"w.py:{at}", "w.py", text)
    marked = [line for line in found.split("\n") if line.startswith("→")]
    assert len(found.split("\n")) <= 2 * AROUND + 1
    assert len(marked) == (0 < at <= len(text.splitlines()))


def test_a_file_that_has_changed_since_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("w.py").write_text("def op(): pass\n")
    digest = digest_of("w.py:op")
    assert text_of("w.py:op", digest) == "def op(): pass\n"
    assert text_of("w.py:op", None) is None
    Path("w.py").write_text("def op(): return 1\n")
    assert text_of("w.py:op", digest) is None

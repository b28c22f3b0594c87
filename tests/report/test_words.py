"""Numbers and names look the same everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unknot.report import name, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (14.0, "14"),
        (1184.0, "1,184"),
        (0.25, "0.25"),
        (22.005, "22.005"),
        (-0.5, "-0.5"),
        (0.0004, "<0.001"),
        (-0.0004, ">-0.001"),
        (21.9999, "22.000"),
    ],
)
def test_a_rate_is_an_integer_only_where_it_is_one(value: float, text: str) -> None:
    assert number.rate(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0 s"), (0.000112, "112 µs"), (0.00123, "1.23 ms"), (2.5, "2.50 s"), (4e-9, "4.00 ns")],
)
def test_a_duration_has_three_significant_digits(seconds: float, text: str) -> None:
    assert number.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(40.0, "40×"), (1.0249, "1.02×"), (40.21, "40.2×"), (1184.3, "1,184×")]
)
def test_a_ratio_has_three_significant_digits(value: float, text: str) -> None:
    assert number.ratio(value) == text


def test_a_share_of_nothing_is_nothing() -> None:
    assert number.share(0.0, 0.0) == "0 %"
    assert number.share(0.02, 0.25) == "8.00 %"


@given(st.text())
def test_a_visible_name_cannot_move_the_cursor_or_turn_the_line(text: str) -> None:
    seen = name.visible(text)
    assert not set(seen) & set("\x1b\r\n\t\x07\x9b\u202e\u2066\u2028")
    seen.encode("utf-8")


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_a_clipped_name_fits_and_keeps_both_ends(text: str, limit: int) -> None:
    short = name.clip(text, limit)
    assert len(short) <= limit
    assert short == text or (short.count("…") >= 1 and text.startswith(short.split("…")[0]))


def test_short_names_are_told_apart_by_as_much_as_it_takes() -> None:
    short = name.short_names(["asyncio.Task", "anyio.Task", "a.b.Context", "int"])
    assert list(short.values()) == ["asyncio.Task", "anyio.Task", "Context", "int"]


@given(st.lists(st.text(alphabet="ab.", max_size=6), unique=True))
def test_different_types_never_share_a_short_name(types: list[str]) -> None:
    short = name.short_names(types)
    assert len(set(short.values())) == len(types)

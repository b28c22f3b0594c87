"""Numbers and names look the same everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.shown import magnitude
from unknot import text as number
from unknot.report.document import left_out


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
    ("value", "text"),
    [(0, "0 types"), (1, "1 type"), (1.0, "1 type"), (0.25, "0.25 types"), (1184, "1,184 types")],
)
def test_one_of_a_thing_is_singular(value: float, text: str) -> None:
    assert number.amount(value, "type") == text


@pytest.mark.parametrize(
    ("values", "text"),
    [([1, 1], "1 object"), ([11, 23, 18], "11 to 23 objects"), ([0.5, 1], "0.5 to 1 objects")],
)
def test_several_figures_of_a_thing_are_the_least_and_the_greatest(
    values: list[float], text: str
) -> None:
    assert number.amounts(values, "object") == text


@pytest.mark.parametrize(
    ("others", "note"),
    [(0, ""), (1, "1 more row is in result.json."), (2, "2 more rows are in result.json.")],
)
def test_what_a_table_leaves_out_is_said_below_it(others: int, note: str) -> None:
    assert left_out(others, "row") == note


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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,001", 1001.0),
        ("3.9×", 3.9),
        ("~ 1.1×", 1.1),
        ("2.4 ms", 0.0024),
        ("34.5 MiB", 34.5 * 2**20),
        ("<0.001", 0.001),
        (">-0.001", -0.001),
        ("+3.20 %", 3.2),
        ("5 → 1,005", 1005.0),
        ("40 MiB → 44 MiB", 44.0 * 2**20),
        ("16–17", 17.0),
        ("∞", float("inf")),
        ("–", None),
        ("new", None),
        ("", None),
    ],
)
def test_what_is_shown_can_be_sorted_by(text: str, value: float | None) -> None:
    assert magnitude(text) == (pytest.approx(value) if value is not None else None)


@given(st.floats(-1e12, 1e12))
def test_a_shown_rate_has_the_magnitude_of_the_rate(value: float) -> None:
    assert magnitude(number.rate(value)) == pytest.approx(value, abs=0.0011)


@given(st.floats(1e-8, 1e5))
def test_a_shown_duration_has_the_magnitude_of_the_duration(seconds: float) -> None:
    assert magnitude(number.duration(seconds)) == pytest.approx(seconds, rel=0.006)


@given(st.integers(0, 2**50))
def test_a_shown_size_has_the_magnitude_of_the_size(octets: int) -> None:
    assert magnitude(number.size(octets)) == pytest.approx(octets, rel=0.006)


def test_a_share_of_nothing_is_nothing() -> None:
    assert number.share(0.0, 0.0) == "0 %"
    assert number.share(0.02, 0.25) == "8.00 %"

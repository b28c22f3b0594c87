"""Growth that goes on is told from growth that stops, by the series METHOD.md has seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unknot.measuring.growth import (
    is_flat,
    is_suspect,
    rate,
    rate_above_noise,
    recurrence,
    typical_rate,
    verdict,
)

OPS = [200] * 8


@pytest.mark.parametrize(
    ("growths", "suspect", "flat"),
    [
        ([3, 0, 0, 0], False, False),
        ([5, 5, 6, 5], True, True),
        ([400, 400, 400, 400, 400, 38, 0, 0], False, False),
        ([400, 400, 400, 400, 38], True, False),
        ([34, 29, 34, 26], True, True),
        ([34, 29, 34, 26, 0, 0], False, False),
        ([1, 1, 1, 1], True, True),
        ([1, 2, 1, 2], True, True),
        ([4, 6, 4, 6], True, True),
        ([-3, 2, 2, 2], False, False),
        ([200, 200, 200], True, False),
        ([], False, False),
    ],
)
def test_the_known_series(growths: list[int], suspect: bool, flat: bool) -> None:
    ops = OPS[: len(growths)]
    assert is_suspect(growths) == suspect
    assert len(growths) < 4 or is_flat(growths, ops) == flat


def test_a_rate_is_exact_where_every_window_is_equal() -> None:
    assert rate([2500, 2500, 2500, 2500], [250] * 4) == 10
    assert rate([1, 1, 1, 1], [1000] * 4) == 0.001


def test_one_odd_window_does_not_move_a_rate() -> None:
    assert rate([2516, 2500, 2500, 2500], [250] * 4) == 10


def test_a_rate_that_windows_do_not_agree_on_is_the_mean() -> None:
    assert rate([2, 3, 2, 3], [250] * 4) == 0.01


@pytest.mark.parametrize(
    ("counts", "found"),
    [([0, 1, 0, 1], 0.002), ([0, 1, 0, 0], 0), ([5, 5, 5, 5], 0.02), ([0, 0], 0), ([-1, 2, 2], 0)],
)
def test_garbage_recurs_when_two_windows_show_it(counts: list[int], found: float) -> None:
    assert recurrence(counts, [250] * len(counts)) == found


def test_windows_of_different_length_count_by_the_operation() -> None:
    assert rate([250, 250, 250, 250, 5000], [250, 250, 250, 250, 5000]) == 1
    assert is_flat([250, 250, 250, 250, 5000], [250, 250, 250, 250, 5000])
    assert not is_flat([250, 250, 250, 250, 500], [250, 250, 250, 250, 5000])


@given(st.lists(st.integers(-5, 50), min_size=4, max_size=12))
def test_a_rate_is_never_more_than_the_fastest_window_nor_less_than_none(
    growths: list[int],
) -> None:
    found = rate(growths, [10] * len(growths))
    assert 0 <= found <= max(0, max(growths) / 10)
    assert (found > 0) == (min(growths) > 0)


@pytest.mark.parametrize(
    ("cyclic", "leaks", "growing", "word"),
    [
        ({}, {}, False, "clean"),
        ({"A": 1.0}, {"A": [0, 0, 0, 0]}, False, "cyclic"),
        ({}, {"A": [9, 9, 9, 9]}, False, "leaking"),
        ({"B": 0.5}, {"A": [9, 9, 9, 9]}, False, "cyclic+leaking"),
        ({}, {"A": [90, 50, 30, 9]}, False, "undecided"),
        # What is certain is said all the same.
        ({"B": 0.5}, {"A": [90, 50, 30, 9]}, False, "cyclic"),
        ({}, {"A": [90, 50, 30, 9], "C": [100, 100, 100, 100]}, False, "leaking"),
        ({}, {"A": [90, 50, 30, 9], "C": [9, 9, 9, 9]}, False, "undecided"),
        ({"B": 0.5}, {}, None, "cyclic"),
        ({}, {}, None, "undecided"),
        ({}, {"A": [9, 0, 0, 0]}, False, "clean"),
        ({}, {"A": [9, 0, 0, 0]}, True, "growing"),
        ({"B": 0.5}, {}, True, "cyclic+growing"),
        ({}, {"A": [9, 9, 9, 9]}, True, "leaking"),
        ({}, {"A": [90, 50, 30, 9]}, True, "undecided"),
    ],
)
def test_the_verdicts(
    cyclic: dict[str, float], leaks: dict[str, list[int]], growing: bool | None, word: str
) -> None:
    assert verdict(cyclic, leaks, growing, [100] * 4) == word


def test_bytes_count_where_each_window_gains_more_than_windows_are_apart() -> None:
    assert rate_above_noise([4000, 4016, 4000, 4000], [10] * 4) == 400
    assert rate_above_noise([16, 0, 16, 16], [10] * 4) == 0
    assert rate_above_noise([16, 48, 16, 32], [10] * 4) == 0
    assert rate_above_noise([-16, -32, -16, -16], [10] * 4) == 0
    assert rate_above_noise([4000, 9000, 4000, 4000], [10] * 4) == 0
    assert rate_above_noise([], []) == 0


def test_a_table_that_doubles_in_one_window_does_not_change_what_an_operation_keeps() -> None:
    assert typical_rate([4000, 9000, 4000, 4000, 40_000], [10] * 4 + [100]) == 400
    assert typical_rate([4000, 4016, -300, 4000], [10] * 4) == 400
    assert typical_rate([-16, -32, -16, -16], [10] * 4) == 0
    assert typical_rate([], []) == 0

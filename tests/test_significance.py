"""Student's test agrees with scipy's."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import t as students_t
from scipy.stats import ttest_ind

from unknot.significance import Statistics, differ, summarize, two_sided_p

times = st.lists(st.floats(0.5, 1.5), min_size=3, max_size=30)


@given(st.integers(1, 100_000), st.floats(1e-8, 1e6))
def test_the_probability_is_that_of_the_distribution(freedom: int, t: float) -> None:
    expected = 2 * students_t.sf(t, freedom)
    if expected > 1e-30:
        assert two_sided_p(t, freedom) == pytest.approx(expected, rel=1e-8)


@given(times, times, st.floats(0, 2))
def test_means_differ_as_scipy_finds(one: list[float], other: list[float], more: float) -> None:
    other = [more + value for value in other]
    assume(min(summarize(one).stdev, summarize(other).stdev) > 1e-6)
    expected = ttest_ind(one, other).pvalue
    assume(abs(expected - 0.05) > 1e-9)
    assert differ(summarize(one), summarize(other)) == (expected < 0.05)


def test_the_ends_of_the_range() -> None:
    assert two_sided_p(0.0, 3) == 1.0
    assert two_sided_p(inf, 3) == 0.0
    assert two_sided_p(12.706204736174707, 1) == pytest.approx(0.05)


def test_values_without_spread_differ_if_their_means_do() -> None:
    one, same, other = (Statistics(3, mean, 0.0) for mean in (1.0, 1.0, 1.5))
    assert not differ(one, same)
    assert differ(one, other)

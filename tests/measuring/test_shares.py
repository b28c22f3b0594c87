"""Of a whole number per operation, a share is whole where no more than a few objects are missed."""

from __future__ import annotations

import pytest

from unknot.measuring.running import share_of


@pytest.mark.parametrize(
    ("rate", "part", "whole", "share"),
    [
        (1.0, 250, 251, 1.0),
        (4.0, 998, 1001, 4.0),
        (3.0, 500, 750, 2.0),
        (3.0, 249, 748, 1.0),
        (2.0, 40, 41, 2.0),
        # Those are no misses: other holders have the rest, or the rate itself is no whole number.
        (1.0, 200, 250, 0.8),
        (1.0, 8, 10, 0.8),
        (3.0, 375, 750, 1.5),
        (0.5, 125, 126, 0.5 * 125 / 126),
        (1.0, 1, 250, 1 / 250),
    ],
)
def test_a_share_is_whole_only_where_a_few_objects_make_the_difference(
    rate: float, part: int, whole: int, share: float
) -> None:
    assert share_of(rate, part, whole) == share

"""The table of sizes: what unknot weighs is what tracemalloc counts."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from bench.sizes import OPERATIONS, PEERS, Row, answer, main, measure, table_of

pytestmark = pytest.mark.once


@pytest.mark.parametrize("name", OPERATIONS)
def test_unknot_is_within_one_per_cent_of_tracemalloc_and_of_memray(name: str) -> None:
    row = measure(name)
    assert row.apart < 0.01
    assert row.unknot == pytest.approx(row.peers["memray"], rel=0.01)
    assert row.allocated is not None
    # Blocks are rounded up to 16 bytes: the strings of the table, by up to a quarter.
    assert row.unknot <= row.allocated <= 1.25 * row.unknot


def test_a_figure_that_is_far_off_is_told_and_one_that_is_missing_is_a_dash() -> None:
    row = Row("a buffer", 1_100.0, None, {**dict.fromkeys(PEERS), "tracemalloc": 1_000.0})
    assert row.apart == pytest.approx(0.1)
    assert table_of([row]).splitlines()[-1] == "| a buffer | 1,100 | 1,000 | – | – | – | 10.00 % |"


def test_a_peer_answers_with_one_number() -> None:
    done = CliRunner().invoke(main, ["--ask", "tracemalloc", "unheard_of"])
    assert done.exit_code == 2
    assert callable(answer)

"""Every machine computes the same shares; together they are the plan, and each about as long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.gate.made import cell, failed, result
from unknot.errors import UsageError
from unknot.measuring.shards import Share, choose_portion, digest_of_plan, divide
from unknot.measuring.spec import CellSpec, Effort
from unknot.records import Cell, Plan, Result

VARIANTS = ("a", "b", "c", "d")
SPECS = [CellSpec(workload="w.py", variant=variant) for variant in VARIANTS]
VERSIONS = ["3.13.0"] * len(SPECS)
DIGEST = digest_of_plan(SPECS, VERSIONS)
SECONDS = st.floats(min_value=0.01, max_value=1000.0)


def measured(*cells: Cell, places: list[int], digest: str = DIGEST) -> Result:
    plan = Plan(digest=digest, cells=len(SPECS), places=places)
    return structs.replace(result(*cells), plan=plan)


def cell_of(variant: str, seconds: float = 0.0) -> Cell:
    made = cell(variant=variant, python="3.13.0")
    return structs.replace(made, workload="w.py", shape=None, ending=None, seconds=seconds)


@given(st.lists(SECONDS, max_size=40), st.integers(min_value=1, max_value=9))
def test_the_shares_are_the_plan(seconds: list[float], shares: int) -> None:
    divided = divide(seconds, shares)
    assert len(divided) == shares
    assert sorted(place for share in divided for place in share) == list(range(len(seconds)))


@given(st.lists(SECONDS, min_size=1, max_size=40), st.integers(min_value=1, max_value=9))
def test_no_share_takes_more_than_its_part_and_one_cell(seconds: list[float], shares: int) -> None:
    for share in divide(seconds, shares):
        mean = sum(seconds) / shares
        assert sum(seconds[place] for place in share) <= mean + max(seconds) + 1e-6


def test_cells_that_take_equally_long_are_dealt_evenly() -> None:
    assert sorted(map(len, divide([1.0] * 10, 4))) == [2, 2, 3, 3]


def test_a_share_is_balanced_by_how_long_cells_took() -> None:
    before = result(*(cell_of(one, took) for one, took in zip(VARIANTS, (9, 3, 3, 3), strict=True)))
    first = choose_portion(SPECS, VERSIONS, Share(1, 2), before)
    second = choose_portion(SPECS, VERSIONS, Share(2, 2), before)
    assert (first.places, second.places) == ((0,), (1, 2, 3))
    assert first.plan.shard == "1/2"


@pytest.mark.parametrize(
    "text", ["0/2", "3/2", "1", "1/", "/2", "-1/2", "1/2/3", "a/b", "1/0", "1/10001"]
)
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--shard"):
        Share.parse(text)


def test_the_digest_is_of_all_that_is_measured_and_not_of_where() -> None:
    other = [CellSpec(workload="w.py", variant=one, python="/elsewhere") for one in VARIANTS]
    assert digest_of_plan(other, VERSIONS) == DIGEST
    more = [CellSpec(workload="w.py", variant=one, effort=Effort(ops=2000)) for one in VARIANTS]
    assert digest_of_plan(more, VERSIONS) != DIGEST
    assert digest_of_plan(SPECS, ["3.12.1"] * len(SPECS)) != DIGEST


def test_what_is_measured_is_kept_and_what_failed_is_not() -> None:
    ended = structs.replace(failed(), variant="b")
    resumed = measured(cell_of("a"), ended, places=[0, 1])
    portion = choose_portion(SPECS, VERSIONS, resumed=resumed)
    assert portion.places == (1, 2, 3)
    assert {place: one.variant for place, one in portion.kept.items()} == {0: "a"}


def test_a_result_of_another_plan_is_not_gone_on_with() -> None:
    with pytest.raises(UsageError, match="another plan"):
        choose_portion(SPECS, VERSIONS, resumed=measured(digest="0" * 16, places=[]))
    with pytest.raises(UsageError, match="does not say"):
        choose_portion(SPECS, VERSIONS, resumed=result())

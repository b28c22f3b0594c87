"""Parts of one plan are one result; what does not belong together is refused."""

from __future__ import annotations

import pytest
from msgspec import structs

from tests.gate.made import cell, counts, cycle, failed, result
from unknot.errors import UsageError
from unknot.measuring.merging import merge
from unknot.records import Cell, Plan, Result


def one(variant: str, cyclic: float = 1.0) -> Cell:
    return cell({"w.Thing": counts(cyclic)}, [cycle()], variant=variant)


def part(
    places: list[int], *cells: Cell, shard: str | None = None, cells_in_all: int = 3
) -> Result:
    plan = Plan(
        digest="d", cells=cells_in_all, places=places, shard=shard, candidate="b", types=["w.Thing"]
    )
    return structs.replace(result(*cells), plan=plan)


def test_the_cells_are_in_the_order_of_the_plan() -> None:
    parts = [("one", part([0, 2], one("a"), one("c"), shard="1/2")), ("two", part([1], one("b")))]
    merged = merge(parts)
    assert [each.variant for each in merged.result.cells] == ["a", "b", "c"]
    assert (merged.missing, merged.contradictions) == ([], [])
    assert not merged.result.interrupted
    assert merged.result.plan is not None
    assert merged.result.plan.places == [0, 1, 2]
    assert [(each.shard, each.places) for each in merged.result.parts] == [
        ("1/2", [0, 2]),
        (None, [1]),
    ]


def test_variants_that_were_measured_apart_are_compared() -> None:
    alone = part([0], one("a"))
    assert alone.comparisons == []
    [compared] = merge([("one", alone), ("two", part([1], one("b")))]).result.comparisons
    assert (compared.baseline, compared.candidate, compared.type) == ("a", "b", "w.Thing")


def test_joining_twice_is_joining_once() -> None:
    whole = merge([("one", part([0], one("a"))), ("two", part([1], one("b")))]).result
    again = merge([("whole", whole), ("three", part([2], one("c")))]).result
    at_once = merge(
        [("one", part([0], one("a"))), ("two", part([1], one("b"))), ("three", part([2], one("c")))]
    ).result
    assert again == at_once


def test_what_is_missing_is_told_and_the_result_is_not_whole() -> None:
    merged = merge([("one", part([1], one("b")))])
    assert merged.missing == [0, 2]
    assert merged.result.interrupted


def test_a_cell_that_was_measured_twice_counts_once() -> None:
    merged = merge([("one", part([0], one("a"))), ("two", part([0], one("a")))])
    assert len(merged.result.cells) == 1
    assert merged.contradictions == []


def test_a_cell_with_two_counts_is_a_finding() -> None:
    merged = merge([("one", part([0], one("a"))), ("two", part([0], one("a", cyclic=2.0)))])
    [said] = merged.contradictions
    assert "a" in said
    assert "measured twice" in said


def test_bytes_of_another_folder_are_no_finding() -> None:
    here = one("a")
    assert here.per_op is not None
    there = structs.replace(here, per_op=structs.replace(here.per_op, bytes=2336.0))
    assert merge([("one", part([0], here)), ("two", part([0], there))]).contradictions == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_cell_that_failed_gives_way_to_one_that_did_not(order: tuple[int, int]) -> None:
    parts = [("bad", part([0], failed())), ("good", part([0], one("a")))]
    [kept] = merge([parts[place] for place in order]).result.cells
    assert kept.error is None


def test_strangers_are_refused() -> None:
    ours = part([0], one("a"))
    assert ours.plan is not None
    other = structs.replace(ours, plan=structs.replace(ours.plan, digest="e"))
    with pytest.raises(UsageError, match="two: of another plan than one"):
        merge([("one", ours), ("two", other)])
    with pytest.raises(UsageError, match=r"two: measured by unknot 0\.0"):
        merge([("one", ours), ("two", structs.replace(ours, unknot="0.0"))])
    with pytest.raises(UsageError, match="two: does not say which part"):
        merge([("one", ours), ("two", result(one("a")))])
    with pytest.raises(UsageError, match="no place for"):
        merge([("one", part([7], one("a")))])


def test_other_versions_of_what_was_installed_are_refused() -> None:
    def having(variant: str, version: str) -> Cell:
        made = one(variant)
        return structs.replace(made, requirements=["httpx"], packages={"httpx": version})

    parts = [("one", part([0], having("a", "1.0"))), ("two", part([1], having("b", "1.1")))]
    with pytest.raises(UsageError, match=r"httpx 1\.0 was installed for one part and 1\.1"):
        merge(parts)

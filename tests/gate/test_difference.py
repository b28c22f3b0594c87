"""What counts as a change, and what the rounds themselves explain."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gate.made import cell, counts, cycle, failed, result
from unknot.errors import UsageError
from unknot.gate import compare, pair_by_name, pair_by_order
from unknot.records import Cell, Difference

RATES = st.sampled_from((0.0, 0.001, 0.004, 0.25, 0.296, 0.304, 1.0, 2.0, 12.0))
SPREADS = st.sampled_from((0.0, 0.002, 0.01, 0.5))
COUNTS = st.builds(counts, cyclic=RATES, leaked=RATES, cyclic_spread=SPREADS, leaked_spread=SPREADS)
CYCLES = st.lists(
    st.builds(cycle, signature=st.sampled_from(("aaaaaa01", "bbbbbb02")), per_op=RATES),
    max_size=2,
    unique_by=lambda one: one.signature,
)
CELLS = st.builds(
    cell,
    types=st.dictionaries(st.sampled_from(("w.Thing", "builtins.dict")), COUNTS, max_size=2),
    cycles=CYCLES,
    blocks_leaked=RATES,
)


def one_type(**rates: float) -> Cell:
    return cell({"w.Thing": counts(**rates)})


def of_type(before: Cell, after: Cell, measure: str) -> list[Difference]:
    found = compare([before], [after])
    return [one for one in found if one.subject == "type" and one.measure == measure]


@given(CELLS)
def test_a_cell_compared_with_itself_has_no_differences(measured: Cell) -> None:
    assert compare([measured], [measured]) == []


@given(CELLS, CELLS)
def test_what_is_gone_one_way_is_new_the_other(one: Cell, other: Cell) -> None:
    there, back = compare([one], [other]), compare([other], [one])
    turned = {"gone": "new", "new": "gone", "less": "more", "more": "less"}

    def key(difference: Difference) -> tuple[str, str, str]:
        return difference.subject, difference.name, difference.measure

    assert {(key(d), d.change) for d in there} == {(key(d), turned[d.change]) for d in back}
    assert {(key(d), d.before, d.after) for d in there} == {
        (key(d), d.after, d.before) for d in back
    }


@given(CELLS, CELLS)
def test_a_change_is_worse_one_way_at_most(one: Cell, other: Cell) -> None:
    worse = {(d.name, d.measure) for d in compare([one], [other]) if d.worse}
    assert not worse & {(d.name, d.measure) for d in compare([other], [one]) if d.worse}


def test_one_object_in_a_thousand_operations_is_a_change_where_rounds_agree() -> None:
    (found,) = of_type(one_type(cyclic=1.0), one_type(cyclic=1.001), "cyclic")
    assert (found.change, found.worse) == ("more", True)
    assert found.ratio == pytest.approx(1.001)


def test_rounds_that_differ_by_one_object_agree() -> None:
    once_in_a_while = one_type(cyclic=0.002, cyclic_spread=1 / 250)
    assert of_type(one_type(), once_in_a_while, "cyclic")[0].change == "new"


def test_noise_in_either_cell_is_no_change_and_more_than_both_is_one() -> None:
    before = one_type(cyclic=0.296, cyclic_spread=0.02)
    assert not of_type(before, one_type(cyclic=0.304), "cyclic")
    assert not of_type(before, one_type(cyclic=0.33, cyclic_spread=0.02), "cyclic")
    assert of_type(before, one_type(cyclic=0.34, cyclic_spread=0.02), "cyclic")


def test_rounds_of_a_cache_that_filled_do_not_hide_a_leak() -> None:
    before = one_type(leaked=0.0, leaked_spread=1.0)
    assert of_type(before, one_type(leaked=0.5), "leaked")[0].worse


def test_more_retained_alone_is_told_and_not_worse() -> None:
    before = cell({"w.Thing": msgspec.structs.replace(counts(), retained_per_op=1.0)})
    after = cell({"w.Thing": msgspec.structs.replace(counts(), retained_per_op=2.0)})
    (found,) = of_type(before, after, "retained")
    assert not found.worse


def test_a_leak_that_becomes_a_cycle_is_both_gone_and_new() -> None:
    found = compare([one_type(leaked=1.0)], [one_type(cyclic=1.0)])
    assert {(d.measure, d.change, d.worse) for d in found if d.subject == "type"} == {
        ("leaked", "gone", False),
        ("cyclic", "new", True),
    }


def test_a_new_signature_and_more_copies_of_one_are_worse() -> None:
    before = cell(cycles=[cycle("aaaaaa01")])
    after = cell(cycles=[cycle("aaaaaa01", per_op=2.0), cycle("bbbbbb02")])
    found = {d.name: d for d in compare([before], [after])}
    assert found["aaaaaa01"].change == "more"
    assert found["bbbbbb02"].change == "new"
    assert all(d.worse for d in found.values())


def test_cells_are_compared_with_those_of_the_same_minor_version() -> None:
    before = [
        cell({"w.Thing": counts(cyclic=cyclic)}, python=python)
        for python, cyclic in (("3.11.7", 1.0), ("3.12.1", 2.0))
    ]
    after = [
        cell({"w.Thing": counts(cyclic=cyclic)}, python=python)
        for python, cyclic in (("3.12.4", 2.0), ("3.11.9", 1.0))
    ]
    assert compare(result(*before), result(*after)) == []


def test_without_that_version_the_nearest_is_taken_and_said() -> None:
    before = [cell(python="3.9.1"), cell(python="3.12.1")]
    pairing = pair_by_name(before, [cell(python="3.13.0")])
    assert [(one.python, other.python) for one, other in pairing.across] == [("3.12.1", "3.13.0")]
    assert pairing.gone == []


def test_what_was_measured_and_is_not_any_more_is_not_passed_over() -> None:
    before = [cell(), cell(shape="stream"), cell(shape="coroutine")]
    pairing = pair_by_name(before, [cell(), failed(shape="stream"), cell(shape="new")])
    assert [one.shape for one in pairing.gone] == ["coroutine"]
    assert [other.shape for _, other in pairing.failed] == ["stream"]
    assert [one.shape for one in pairing.added] == ["new"]


def test_what_only_another_version_has_in_the_baseline_is_no_loss() -> None:
    before = [cell(), cell(python="3.12.1"), cell(python="3.12.1", shape="stream")]
    pairing = pair_by_name(before, [cell()])
    assert (pairing.gone, pairing.skipped) == ([], ["3.12"])
    (gone,) = pair_by_name(before, [cell(python="3.12.4")]).gone
    assert (gone.python, gone.shape) == ("3.12.1", "stream")
    (gone,) = pair_by_name(before, [cell(python="3.13.0")]).gone
    assert gone.shape == "stream"


def test_variants_of_other_names_are_compared_by_order_or_refused() -> None:
    before, after = cell(variant="a==1"), cell({"w.Thing": counts(cyclic=1.0)}, variant="a==2")
    found = compare([before], [after], pair_by_order)
    assert {(d.baseline, d.candidate) for d in found} == {("a==1", "a==2")}
    with pytest.raises(UsageError, match="one by one"):
        pair_by_order([before], [])


def test_cells_that_differ_in_their_load_are_not_compared() -> None:
    before = [cell(), cell({"w.Thing": counts(1.0)}, in_flight=8), cell(backend="trio")]
    assert compare(before, before[::-1]) == []
    pairing = pair_by_name(before[:1], before[1:])
    assert (pairing.pairs, len(pairing.gone), len(pairing.added)) == ([], 1, 2)

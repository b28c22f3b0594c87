"""Bytes per operation are judged by what rounds differ by, and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tests.gate.made import ROUND, cell, counts, result
from tests.gate.test_judgement import NO_BUDGETS, budgets, judged, kinds, limit
from unknot.gate import judge
from unknot.records import Cell


def keeping(octets: float, rounds: Sequence[int] = (), objects: float = 1.0) -> Cell:
    """A cyclic cell whose operations keep so many bytes."""
    made = cell({"w.Thing": counts(objects)})
    assert made.per_op is not None
    gained = rounds or [round(ROUND * octets)] * 4
    return msgspec.structs.replace(
        made,
        per_op=msgspec.structs.replace(made.per_op, bytes=octets, bytes_leaked=0.0),
        windows=[
            msgspec.structs.replace(window, bytes=each, bytes_survived=0)
            for window, each in zip(made.windows, gained, strict=True)
        ],
    )


def test_more_bytes_fail_though_no_object_is_more() -> None:
    found = judged(keeping(100), keeping(1_000_100))
    assert [one.text for one in found.of("failure")] == ["bytes per op: 100 → 1,000,100"]


def test_bytes_are_not_told_where_objects_say_it() -> None:
    found = judged(keeping(100, objects=1), keeping(5_000, objects=2))
    assert ["cyclic" in one.text for one in found.of("failure")] == [True]


def test_rounds_that_are_apart_excuse_as_much_and_no_more() -> None:
    apart = [ROUND * 90, ROUND * 110, ROUND * 110, ROUND * 100]
    assert judged(keeping(100, apart), keeping(115)).passed
    assert not judged(keeping(100, apart), keeping(125)).passed


def test_a_block_is_forgiven_for_each_that_malloc_may_have_handed_out_larger() -> None:
    assert judged(keeping(2735.84), keeping(2742.72)).passed
    assert judged(keeping(2736), keeping(2736 + 5 * 16)).passed
    assert not judged(keeping(2736), keeping(2736 + 5 * 16 + 1)).passed


def test_one_round_in_which_a_table_doubled_excuses_nothing() -> None:
    doubled = [ROUND * 500, ROUND * 100, ROUND * 100, ROUND * 100]
    assert judged(keeping(100, doubled), keeping(100)).passed
    assert not judged(keeping(100, doubled), keeping(125)).passed


def test_one_block_more_in_a_round_is_no_change_and_one_byte_an_operation_is() -> None:
    assert judged(keeping(100), keeping(100 + 16 / ROUND)).passed
    assert not judged(keeping(100), keeping(101)).passed


def with_folders(octets: float, of_folders: float, strings: float) -> Cell:
    made = keeping(octets)
    assert made.per_op is not None
    per_op = msgspec.structs.replace(
        made.per_op, bytes_of_folders=of_folders, strings_with_folders=strings
    )
    return msgspec.structs.replace(made, per_op=per_op)


def test_names_of_folders_are_left_out_and_a_block_is_forgiven_for_each_string_with_some() -> None:
    here = with_folders(500, 100, 2)
    assert judged(here, with_folders(700 + 64, 300, 2)).passed
    found = judged(here, with_folders(700 + 65, 300, 2))
    assert [one.text for one in found.of("failure")] == ["bytes per op: 400 → 465"]
    assert not judged(keeping(400), keeping(433)).passed


def test_bytes_of_another_version_or_of_none_are_not_compared() -> None:
    assert judged(msgspec.structs.replace(keeping(100), python="3.11.6"), keeping(900)).passed
    assert judged(cell({"w.Thing": counts(1)}), keeping(900)).passed


def test_a_budget_of_bytes_holds_and_is_told_where_it_could_be_tighter() -> None:
    assert kinds(judge(result(keeping(2_000)), None, limit(bytes=1_000))) == {"budget"}
    assert judge(result(keeping(1_000.05)), None, limit(bytes=1_000)).passed
    loose = judge(result(keeping(500)), None, limit(bytes=1_000))
    assert loose.passed
    assert kinds(loose, "warning") == {"improved"}


def test_a_budget_of_bytes_that_were_not_measured_is_a_note() -> None:
    judgement = judge(result(cell()), None, limit(bytes=1_000))
    assert judgement.passed
    assert kinds(judgement, "note") == {"not judged"}


def test_a_type_may_have_a_budget_of_bytes() -> None:
    made = keeping(2_000)
    types = {"w.Thing": msgspec.structs.replace(made.types["w.Thing"], bytes_per_op=2_000.0)}
    allowance = budgets('[tool.unknot.budgets."w.py".types."w.Thing"]\nbytes = 1_500')
    heavy = msgspec.structs.replace(made, types=types)
    assert kinds(judge(result(heavy), None, allowance)) == {"budget"}
    assert judge(result(made), None, allowance).passed


def test_nothing_kept_is_held_to_nothing() -> None:
    assert judge(result(keeping(0.0)), None, limit(bytes=0)).passed
    assert judged(keeping(0.0), keeping(0.0), NO_BUDGETS).passed
    assert not judged(keeping(0.0), keeping(1.0), NO_BUDGETS).passed

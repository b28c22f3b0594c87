"""The verdict of a variant is a sentence that agrees in number. All of it is made up."""

from __future__ import annotations

import msgspec
import pytest

from tests.gate import made
from tests.report.conftest import cell, of_cells
from unknot.gate import compare, pair_by_order
from unknot.records import CellError, PerOp, Verdict
from unknot.report.tables.run import notes
from unknot.report.verdict import overall, verdict_lines


@pytest.mark.parametrize(
    ("verdict", "cyclic", "leaked", "blocks", "said"),
    [
        ("cyclic", 1, 0, 0, "1 object per op waits for the collector"),
        ("cyclic", 0.5, 0, 0, "0.5 objects per op wait for the collector"),
        ("leaking", 0, 1, 2, "1 object per op is leaked"),
        ("leaking", 0, 0, 1, "1 block per op is leaked"),
        (
            "cyclic+leaking",
            3,
            0,
            2,
            "3 objects per op wait for the collector and 2 blocks per op are leaked",
        ),
    ],
)
def test_a_verdict_agrees_with_its_number(
    verdict: Verdict, cyclic: float, leaked: float, blocks: float, said: str
) -> None:
    per_op = PerOp(
        retained=cyclic + leaked,
        cyclic=cyclic,
        leaked=leaked,
        garbage=cyclic,
        blocks=blocks,
        blocks_leaked=blocks,
        asyncgen_finalizers=0,
    )
    one = msgspec.structs.replace(cell("cyclic"), verdict=verdict, per_op=per_op)
    assert [line.text for line in verdict_lines(of_cells(one))] == [said]


def test_one_of_several_variants_leaves_something_behind() -> None:
    line = overall(of_cells(cell("severed"), cell("cyclic")))
    assert line is not None
    assert line.text == "1 of 2 variants leaves something behind"


def test_what_is_unconfirmed_is_said_and_is_never_green() -> None:
    sure, unsure = made.cell(), made.cell(unconfirmed="the time limit came first")
    (line,) = verdict_lines(made.result(sure))
    assert (line.text, line.tone) == ("clean", "good")
    (line,) = verdict_lines(made.result(unsure))
    assert (line.text, line.tone) == ("clean; unconfirmed", "warn")
    assert notes(made.result(unsure)) == ["w gc off: unconfirmed: the time limit came first"]


def test_what_was_measured_before_an_error_is_shown_beside_it() -> None:
    error = CellError(kind="timeout", message="no answer within 120 s")
    partly = made.cell({"w.T": made.counts(leaked=1.0)}, error=error, unconfirmed="too slow")
    failed, verdict = verdict_lines(made.result(partly))
    assert failed.text == "1 of 1 cell failed"
    assert verdict.text == "1 object per op is leaked; unconfirmed"
    assert verdict.tone == "bad"


def test_a_comparison_of_what_leaks_as_before_is_not_green() -> None:
    before = made.cell({"w.T": made.counts(leaked=2.0)}, variant="old")
    for left, tone in ((1.0, ""), (0.0, "good")):
        after = made.cell({"w.T": made.counts(leaked=left)}, variant="new")
        differences = compare([before], [after], pair_by_order)
        line = overall(made.result(before, after, differences=differences))
        assert line is not None
        assert line.tone == tone

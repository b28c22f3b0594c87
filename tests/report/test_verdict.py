"""The verdict of a variant is a sentence that agrees in number. All of it is made up."""

from __future__ import annotations

import msgspec
import pytest

from tests.report.conftest import cell, of_cells
from unknot.records import PerOp, Verdict
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

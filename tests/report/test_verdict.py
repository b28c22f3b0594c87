"""The verdict of a variant is a sentence that agrees in number. All of it is made up."""

from __future__ import annotations

import io

import msgspec
import pytest
from rich.console import Console

from tests.gate import made
from tests.report.conftest import cell, of_cells
from unknot.gate import compare, pair_by_order
from unknot.records import Cell, CellError, Leak, PerOp, Process, Verdict
from unknot.report.document import Entry, Tone
from unknot.report.findings import findings
from unknot.report.tables.left import per_op_table
from unknot.report.tables.run import errors_table, notes
from unknot.report.terminal import print_cell
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
    assert failed.text == "1 of 1 cell ended early"
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


CODES = {"green": "\x1b[32m", "yellow": "\x1b[33m"}
LEAKS = made.counts(leaked=1.0)
LOST = Process(
    number=1,
    role="child",
    command="a worker",
    python="3.11.7",
    started="spawn",
    rounds=2,
    ended="killed",
)
CUT_SHORT = CellError(kind="timeout", message="no answer within 6 s")


def said_of(*cells: Cell) -> list[tuple[str, str, str]]:
    return [(line.subject, line.text, line.tone) for line in verdict_lines(made.result(*cells))]


def test_where_the_curve_is_all_there_is_the_verdict_is_said() -> None:
    curve = made.cell(per_op=None, verdict="undecided", error=CUT_SHORT, unconfirmed="too early")
    assert said_of(curve) == [
        ("", "1 of 1 cell ended early", "warn"),
        ("w", "undecided; unconfirmed", "warn"),
    ]


def test_what_failed_is_told_from_what_ended_early() -> None:
    partly = made.cell({"w.T": LEAKS}, error=CUT_SHORT, unconfirmed="too slow")
    lines = said_of(partly, made.failed(variant="other"))
    assert lines[:2] == [
        ("", "1 of 2 cells failed", "bad"),
        ("", "1 of 2 cells ended early", "warn"),
    ]
    table = errors_table(made.result(partly, made.failed(variant="other")), 80)
    assert table is not None
    assert table.caption == "Cells that failed or ended early"


def test_a_mode_of_the_collector_with_another_verdict_is_told_and_shown() -> None:
    leak = Leak(type="w.T", per_op=1.0, path=["module w.KEPT"], steps=[])
    calm, leaking = made.cell(), made.cell({"w.T": LEAKS}, gc="auto", leaks=[leak])
    assert said_of(calm, leaking) == [
        ("w", "clean", "good"),
        ("w, collector auto", "1 object per op is leaked", "bad"),
    ]
    (finding,) = findings(made.result(calm, leaking))
    assert (finding.what, finding.where) == (leak, "collector auto")
    assert said_of(calm, made.cell(gc="auto")) == [("w", "clean", "good")]
    (once,) = findings(made.result(made.cell({"w.T": LEAKS}, leaks=[leak]), leaking))
    assert once.where == ""


@pytest.mark.parametrize(
    "doubtful",
    [
        made.failed(variant="third"),
        made.cell(variant="third", per_op=None, verdict="undecided", error=CUT_SHORT),
        made.cell(variant="third", unconfirmed="the time limit came first"),
        made.cell(variant="third", processes=[LOST]),
    ],
)
def test_not_all_variants_are_clean_where_one_was_not_measured_to_the_end(doubtful: Cell) -> None:
    clean = [made.cell(), made.cell(variant="other")]
    for cells, text, tone in (
        ((*clean, doubtful), "Not decided for all 3 variants", "warn"),
        (clean, "All 2 variants are clean", "good"),
    ):
        line = overall(made.result(*cells))
        assert line is not None
        assert (line.text, line.tone) == (text, tone)
    line = overall(made.result(*clean, interrupted=True))
    assert line is not None
    assert line.tone == "warn"


@pytest.mark.parametrize(
    "doubtful",
    [
        made.cell(unconfirmed="the time limit came first"),
        made.cell(processes=[LOST]),
    ],
)
def test_no_place_is_green_where_a_clean_verdict_is_in_doubt(doubtful: Cell) -> None:
    pairs: list[tuple[Cell, str, Tone]] = [
        (doubtful, "yellow", "warn"),
        (made.cell(), "green", "good"),
    ]
    for one, style, tone in pairs:
        table = per_op_table(made.result(one), merged=True)
        assert table is not None
        assert table.rows[0][-1] == Entry("clean", tone=tone)
        assert verdict_lines(made.result(one))[0].tone == tone
        shown = io.StringIO()
        print_cell(one, Console(file=shown, force_terminal=True, color_system="standard"))
        assert f"{CODES[style]}clean" in shown.getvalue()

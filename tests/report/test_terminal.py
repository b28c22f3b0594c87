"""The terminal's text answers in one look."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from unknot.records import Result
from unknot.report.terminal import print_summary

ODD = ("stream", "raised")


def text_of(result: Result, claims: Mapping[str, float], encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    print_summary(result, Console(file=stream, width=80, highlight=False), claims)
    stream.seek(0)
    return "\n".join(stream.read().splitlines())


def rows_of(text: str, caption: str) -> list[list[str]]:
    """The rows of the table under ``caption``; columns are two spaces apart."""
    block = text[text.index(caption) :].split("\n\n")[0].splitlines()[3:]
    return [re.split(r"\s{2,}", line.strip()) for line in block]


def test_live_objects_are_shown_before_and_after_or_at_the_peak(
    result: Result, claims: dict[str, float]
) -> None:
    rows = rows_of(text_of(result, claims), "Live objects, before")
    assert rows[0] == ["off", "severed", "4 → 4", "11 → 11", "0 → 0"]
    assert rows[1] == ["cyclic", "4 → 1,004", "11 → 1,011", "0 → 1,000"]
    assert rows[4] == ["cyclic", "4 → 295", "11 → 302", "0 → 291"]
    assert len(rows) == 9


def test_cases_that_agree_share_a_row(result: Result, claims: dict[str, float]) -> None:
    text = text_of(result, claims)
    rows = rows_of(text, "Left behind by one operation")
    assert rows[0] == ["severed", "all 8 cases", "0", "0", "0", "0–0.005", "clean"]
    assert ["raised", "21", "0", "15.75", "52.5–52.505", "cyclic"] in rows


def test_one_case_that_differs_is_named_and_the_others_counted(
    result: Result, claims: dict[str, float]
) -> None:
    cells = list(result.cells)
    place = next(i for i, cell in enumerate(cells) if (cell.shape, cell.ending) == ODD)
    per_op = cells[place].per_op
    assert per_op is not None
    odd = msgspec.structs.replace(per_op, blocks_leaked=0.5, blocks=0.5)
    cells[place] = msgspec.structs.replace(cells[place], verdict="leaking", per_op=odd)
    text = text_of(msgspec.structs.replace(result, cells=cells), claims)
    rows = rows_of(text, "Left behind by one operation")
    assert rows[0][:2] == ["severed", "the other 7 cases"]
    assert rows[1] == ["stream raised", "0", "0", "0", "0.5", "leaking"]
    assert "severed: clean in 7 of 8 cases; 0.5 blocks per op are leaked in 1 of 8 cases" in text


def test_the_reduction_stands_beside_the_claim(result: Result, claims: dict[str, float]) -> None:
    rows = rows_of(text_of(result, claims), "The reduction")
    assert rows[0] == ["off", "Task", "1,004 / 4 = 251×", "1,004 / 4 = 251×", "40×"]
    assert rows[1] == ["Context", "1,011 / 11 = 91.9×", "1,011 / 11 = 91.9×", "14×"]
    assert rows[2] == ["DispatchSession", "1,000 / 0 = ∞", "1,000 / 0 = ∞"]


def test_a_claim_is_shown_for_the_collector_off_alone(
    result: Result, claims: dict[str, float]
) -> None:
    rows = rows_of(text_of(result, claims), "The reduction")
    assert [row[-1] for row in rows[3:]].count("40×") == 0


def test_passes_and_pauses_are_counted(result: Result, claims: dict[str, float]) -> None:
    rows = rows_of(text_of(result, claims), "What the collector did")
    assert rows[0] == ["auto", "severed", "34", "28/3/3", "21.3 ms", "4.00 ms", "8.52 %"]


def test_a_difference_that_is_not_significant_is_marked(
    result: Result, claims: dict[str, float]
) -> None:
    rows = rows_of(text_of(result, claims), "Mean time of one operation")
    assert rows[0] == ["severed", "112 µs", "112 µs", "112 µs"]
    assert rows[1] == ["cyclic", "123 µs", "~ 1.10×", "123 µs", "1.10×", "123 µs", "1.10×"]


def test_benchmarks_are_named_where_variant_and_mode_do_not_tell_them_apart(
    result: Result, claims: dict[str, float]
) -> None:
    assert "Benchmark" not in text_of(result, claims)
    more = [msgspec.structs.replace(one, name="stream") for one in result.latencies]
    both = msgspec.structs.replace(result, latencies=[*result.latencies, *more])
    rows = rows_of(text_of(both, claims), "Mean time of one operation")
    assert [row[:2] for row in rows[2:4]] == [["pinned", "134 µs"], ["stream", "severed"]]


def test_without_latencies_there_is_no_table_of_them(
    result: Result, claims: dict[str, float]
) -> None:
    text = text_of(msgspec.structs.replace(result, latencies=[]), claims)
    assert "Mean time" not in text


def test_errors_come_first(result: Result, any_result: Result, claims: dict[str, float]) -> None:
    failed = any(cell.error is not None for cell in any_result.cells)
    text = text_of(any_result, claims)
    assert text.startswith("Cells that failed") == failed
    assert "Cells that failed" not in text_of(result, claims)


def test_every_result_fits_in_80_columns_without_colour(
    any_result: Result, claims: dict[str, float]
) -> None:
    text = text_of(any_result, claims)
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_every_result_prints_where_there_is_only_ascii(
    any_result: Result, claims: dict[str, float]
) -> None:
    assert text_of(any_result, claims, encoding="ascii").isascii()


def test_names_are_not_markup(any_result: Result, claims: dict[str, float]) -> None:
    before = "[bold]" in msgspec.json.encode(any_result).decode()
    assert ("[/bold]" in text_of(any_result, claims)) <= before


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_is_for_terminals_that_want_it(
    result: Result, environment: dict[str, str], coloured: bool
) -> None:
    stream = io.StringIO()
    environment = {"TERM": "xterm-256color", **environment}
    console = Console(file=stream, width=80, force_terminal=True, _environ=environment)
    print_summary(result, console)
    assert ("\x1b[32m" in stream.getvalue()) == coloured


def test_nothing_measured_is_said(claims: dict[str, float], result: Result) -> None:
    nothing = msgspec.structs.replace(result, cells=[], comparisons=[], latencies=[])
    assert text_of(nothing, claims).strip() == "Nothing was measured"


@pytest.mark.parametrize("width", [80, 40])
def test_no_line_ends_in_spaces_is_too_long_or_moves_the_cursor(
    any_result: Result, claims: dict[str, float], width: int
) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False)
    print_summary(any_result, console, claims)
    for line in out.getvalue().split("\n"):
        assert line == line.rstrip()
        assert cell_len(line) <= max(width, 80)
        assert line.isprintable()


@pytest.mark.parametrize("unlike", ["NO_COLOR", "TERM"])
def test_a_terminal_without_colours_gets_none(
    result: Result, monkeypatch: pytest.MonkeyPatch, unlike: str
) -> None:
    def shown() -> str:
        out = io.StringIO()
        print_summary(result, Console(file=out, width=80, force_terminal=True, highlight=False))
        return out.getvalue()

    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[32m" in shown()
    monkeypatch.setenv(unlike, "dumb")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown())


def test_bytes_have_a_column_where_they_are_known_and_one_unit_for_a_range(
    result: Result, claims: dict[str, float]
) -> None:
    cells = [
        msgspec.structs.replace(
            cell,
            per_op=msgspec.structs.replace(
                cell.per_op, bytes=120.0 * cell.per_op.cyclic + (200.0 if number % 2 else 0.0)
            ),
        )
        if cell.per_op is not None
        else cell
        for number, cell in enumerate(result.cells)
    ]
    text = text_of(msgspec.structs.replace(result, cells=cells), claims)
    rows = rows_of(text, "Left behind by one operation")
    assert any(
        re.fullmatch(r"[\d.]+–[\d.]+ KB|0–200 bytes", text) for row in rows for text in row
    ), rows
    assert all(len(line) <= 80 for line in text.splitlines())

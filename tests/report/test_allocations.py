"""Where memory comes from, as tables, as text and as a picture; what was not traced says why."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from tests.report.conftest import HOSTILE
from tests.report.figures import outside, texts
from unknot.records import Allocations, Result, Site
from unknot.report.document import Table
from unknot.report.figures import missing_pictures, write_pictures
from unknot.report.figures.canvas import styled
from unknot.report.figures.dots import draw_allocations
from unknot.report.tables.allocations import allocations_tables
from unknot.report.terminal import print_allocations


def site(number: int, file: str = "/home/me/project/app/pool.py", function: str = "keep") -> Site:
    return Site(
        function=function,
        file=file,
        line=10 + number,
        bytes_per_op=1024.0 / (number + 1),
        allocations_per_op=2.0,
    )


def allocations(
    variant: str, *left: Site, error: str | None = None, python: str = "3"
) -> Allocations:
    return Allocations(
        workload="w.py", variant=variant, shape=None, ending=None, python=python, gc="off",
        ops=100, high_water_bytes=204_800, left_bytes=102_400 if left else 0,
        left_allocations=200 if left else 0, left=list(left), high_water=list(left), error=error,
    )  # fmt: skip


def rows(table: Table) -> list[tuple[str, ...]]:
    return [tuple(entry.text for entry in row) for row in table.rows]


def printed(one: Allocations, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    print_allocations(one, Console(file=stream, width=80, highlight=False))
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode(encoding)


def test_totals_come_first_then_places_per_operation(result: Result) -> None:
    traced = replace(result, allocations=[allocations("cyclic", site(0)), allocations("severed")])
    totals, left, high_water = allocations_tables(traced)
    assert rows(totals) == [
        ("cyclic", "100", "1 KiB", "2", "200 KiB"),
        ("severed", "100", "0 B", "0", "200 KiB"),
    ]
    assert rows(left) == [("cyclic", "1,024", "2", "app/pool.py:10", "keep")]
    assert rows(high_water) == rows(left)
    assert left.rows[0][3].title == "/home/me/project/app/pool.py:10"


def test_places_beyond_the_first_are_counted(result: Result) -> None:
    traced = replace(result, allocations=[allocations("cyclic", *map(site, range(20)))])
    left = allocations_tables(traced, most=12)[1]
    assert len(left.rows) == 12
    assert left.note == "8 more places are in result.json."


def test_a_result_without_allocations_has_no_table(result: Result) -> None:
    assert allocations_tables(result) == []
    assert missing_pictures(result)["allocations.png"]


def test_what_was_not_traced_says_why(result: Result) -> None:
    failed = allocations("cyclic", error="killed by SIGKILL\nand more")
    (table,) = allocations_tables(replace(result, allocations=[failed]))
    assert rows(table) == [("cyclic", "killed by SIGKILL")]
    assert "killed by SIGKILL" in printed(failed)
    assert "allocations.png" in missing_pictures(replace(result, allocations=[failed]))


def test_interpreters_are_told_apart_where_there_are_several(result: Result) -> None:
    several = [allocations("w", site(0), python=python) for python in ("3.11.7", "3.13.0")]
    totals = allocations_tables(replace(result, allocations=several))[0]
    assert [row[0] for row in rows(totals)] == ["w, Python 3.11.7", "w, Python 3.13.0"]


def test_memory_from_outside_of_python_has_no_line(result: Result) -> None:
    nowhere = replace(site(0), file="", function="", line=0)
    left = allocations_tables(replace(result, allocations=[allocations("w", nowhere)]))[1]
    assert rows(left)[0][3] == "outside of Python"
    unknown = replace(site(0), line=0)
    left = allocations_tables(replace(result, allocations=[allocations("w", unknown)]))[1]
    assert rows(left)[0][3] == "app/pool.py"


def test_the_terminal_shows_five_places_in_80_columns() -> None:
    text = printed(allocations("w.py", *(site(i, "/a/" + "b" * 90 + ".py") for i in range(9))))
    assert "1 KiB per operation" in text
    assert text.count(".py:") == 5
    assert text.splitlines()[0].endswith("; most at")
    assert max(map(len, text.splitlines())) <= 80
    assert "operations leave none" in printed(allocations("w.py"))


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_in_the_terminal(name: str, encoding: str) -> None:
    hostile = replace(allocations(name, site(0, name, name)), flame_graph=name)
    for one in (hostile, replace(hostile, error=name)):
        text = printed(one, encoding)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\x07" not in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_clipped_in_tables_and_stay_on_the_picture(
    result: Result, name: str
) -> None:
    hostile = allocations(name, *(site(i, name, name) for i in range(12)))
    traced = replace(result, allocations=[hostile, allocations("severed", site(1))])
    for table in allocations_tables(traced):
        for row in table.rows:
            assert all(len(entry.text) <= 60 for entry in row)
            assert all("\u202e" not in entry.text + entry.title for entry in row)
    with styled():
        assert outside(draw_allocations(traced)) == []


def test_the_picture_has_every_variant_in_every_row(result: Result, tmp_path: Path) -> None:
    traced = replace(
        result,
        allocations=[
            allocations("severed"),
            allocations("cyclic", site(0), site(1)),
            allocations("pinned", error="no"),
        ],
    )
    with styled():
        words = texts(draw_allocations(traced))
    assert words.count("0") >= 2
    assert {"1,024", "512", "keep  app/pool.py:10", "severed: 0 B per operation"} <= set(words)
    assert "cyclic: 1 KiB per operation" in words
    assert not any("pinned" in word for word in words)
    assert tmp_path / "allocations.png" in write_pictures(traced, tmp_path)


def test_a_variant_without_a_cell_is_drawn_too(result: Result) -> None:
    with styled():
        words = texts(draw_allocations(replace(result, allocations=[allocations("x", site(0))])))
    assert "x: 1 KiB per operation" in words

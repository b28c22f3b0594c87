"""The history of a package in a table and a picture, from made-up results."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from matplotlib.image import imread
from matplotlib.text import Text
from rich.console import Console

from tests.report.conftest import TASK, cell, failed_cell, of_cells
from unknot.records import Cell, Process, Result
from unknot.report.figures import write_pictures
from unknot.report.figures.canvas import styled
from unknot.report.figures.releases import draw_releases
from unknot.report.tables.releases import OBJECTS, Left, history_of
from unknot.report.terminal import print_releases

CHANGES = {"1.2": "cuts what was knotted"}


def release(version: str, like: str) -> Cell:
    """A made-up cell of that release; ``like`` is the variant that it measures as."""
    return msgspec.structs.replace(cell(like), variant=f"thing=={version}")


def made() -> Result:
    """Leaking, not measured, cyclic, clean. Made up."""
    return of_cells(
        release("1.0", "pinned"),
        failed_cell("thing==1.1", message="no wheel for this Python"),
        release("1.1.1", "cyclic"),
        release("1.2", "severed"),
    )


def texts(result: Result) -> list[str]:
    with styled():
        figure = draw_releases(result, CHANGES)
    found: list[Text] = figure.findobj(Text)
    return [text.get_text() for text in found]


def drawn(result: Result, folder: Path) -> Path:
    [picture] = write_pictures(result, folder, names=["releases.png"])
    return picture


def said(result: Result) -> str:
    stream = io.StringIO()
    print_releases(result, CHANGES, Console(file=stream, width=80))
    return stream.getvalue()


def test_releases_are_in_the_order_measured_with_what_each_leaves() -> None:
    history = history_of(made(), CHANGES)
    assert [one.name for one in history.releases] == ["1.0", "1.1", "1.1.1", "1.2"]
    first, second, third, last = history.releases
    assert first.left["Task"] == Left(1, 0, 1)
    assert (second.left, second.error) == ({}, "no wheel for this Python")
    assert third.left["Task"] == Left(1, 1, 0)
    assert last.left[OBJECTS] == Left(0, 0, 0)
    assert (last.change, third.change) == ("cuts what was knotted", "")


def test_where_there_are_children_they_are_counted_and_the_caller_is_not() -> None:
    whole = release("1.0", "cyclic")
    roles: tuple[Literal["main", "child"], ...] = ("main", "child", "child")
    children = [
        Process(
            number=number,
            role=role,
            command="made up",
            python="3.11.7",
            started="spawn",
            rounds=4,
            verdict="cyclic",
            per_op=whole.per_op,
            types=whole.types,
        )
        for number, role in enumerate(roles)
    ]
    history = history_of(of_cells(msgspec.structs.replace(whole, processes=children)), {})
    assert history.releases[0].left["Task"] == Left(2, 2, 0)
    assert whole.per_op is not None
    assert history.releases[0].left[OBJECTS].cyclic == 2 * whole.per_op.cyclic
    assert "started" in history.place


def test_the_table_says_each_release_the_failure_and_the_change_in_80_columns() -> None:
    lines = said(made()).splitlines()
    assert max(map(len, lines)) <= 80
    whole = "\n".join(lines)
    for text in ("1.1.1", "not measured", "no wheel for this Python", "cuts what was knotted"):
        assert text in whole
    retained = next(line.split() for line in lines if line.startswith("1.0"))
    assert retained == ["1.0", "retained", "1", "1", "1", "12", "leaking"]


def test_the_picture_names_every_release_and_marks_the_change() -> None:
    words = texts(made())
    assert {"1.0", "1.1", "1.1.1", "1.2", "A", "not\nmeasured", "0 + 1"} <= set(words)
    assert "A  1.2: cuts what was knotted" in words


def test_no_text_leaves_the_picture() -> None:
    with styled():
        figure = draw_releases(made(), CHANGES)
        figure.draw_without_rendering()
    for text in figure.findobj(Text):
        if text.get_text() and text.get_visible():
            box = text.get_window_extent()
            assert box.x0 >= 0, text
            assert box.x1 <= figure.bbox.x1, text
            assert box.y0 >= 0, text
            assert box.y1 <= figure.bbox.y1, text


def test_leaked_and_cyclic_differ_in_black_and_white(tmp_path: Path) -> None:
    """The bar of the leak is darker than that of the cycle by far."""
    grey = []
    for number, like in enumerate(("pinned", "cyclic")):
        folder = tmp_path / str(number)
        pixels = imread(drawn(of_cells(release("1.0", like)), folder))
        middle = pixels[pixels.shape[0] // 2 :, pixels.shape[1] // 2 - 60 : pixels.shape[1] // 2]
        grey.append(float(np.min(middle[..., :3].mean(axis=(0, 2)))))
    assert grey[0] < grey[1] - 0.1


def test_an_empty_or_failed_history_is_said_too(tmp_path: Path) -> None:
    nothing = of_cells(failed_cell("thing==1.0"))
    assert "not measured" in said(nothing)
    assert drawn(nothing, tmp_path).exists()
    assert TASK not in said(of_cells())

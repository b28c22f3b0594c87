"""Reference cycles drawn as rings: the names, the cut, and how many there is room for."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import matplotlib.image
import msgspec
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch

from tests.report.figures import outside, texts
from tests.report.made_cycles import HOSTILE_NAMES, made_cycle
from unknot.records import Cycle, Result, Step
from unknot.report import write_pictures
from unknot.report.figures.canvas import styled
from unknot.report.figures.captions import captions
from unknot.report.figures.cycles import CUT, draw_cycles
from unknot.report.palette import MUTED


def with_cycles(result: Result, *cycles: Cycle) -> Result:
    """All cycles in the first cell of ``result``."""
    cells = [msgspec.structs.replace(cell, cycles=[]) for cell in result.cells]
    cells[0] = msgspec.structs.replace(cells[0], cycles=list(cycles))
    return msgspec.structs.replace(result, cells=cells)


def numbered(number: int, origin: Literal["application", "library"] = "application") -> Cycle:
    """One of several cycles: the higher the number, the more objects."""
    here, there = f"app.Owner{number}", f"app.Owned{number}"
    steps = [
        Step(source=here, label=".made", target=there, cut=True),
        Step(source=there, label=".owner", target=here),
    ]
    found = made_cycle(*steps)
    changes = {"signature": f"{number:016x}", "objects_per_op": 10 + number, "origin": origin}
    return msgspec.structs.replace(found, **changes)


def test_one_cycle_is_a_ring_with_its_text_beside_it(result: Result) -> None:
    with styled():
        figure = draw_cycles(with_cycles(result, numbered(1)))
    words = texts(figure)
    assert {"clear Owner1.made", "frees 14 of 14 objects per operation"} <= set(words)
    assert {"app.Owner1", "app.Owned1", ".owner", ".made", "+ 6 objects hang from it"} <= set(words)
    assert any("cut here: frees 14 of 14" in text for text in words)
    assert outside(figure) == []


def test_of_many_cycles_six_are_drawn_the_applications_and_largest_first(result: Result) -> None:
    found = [numbered(9, "library"), *map(numbered, range(7))]
    changed = with_cycles(result, *found)
    with styled():
        figure = draw_cycles(changed)
    tasks = [text for text in texts(figure) if text.startswith("clear ")]
    assert tasks == [f"clear Owner{number}.made" for number in (6, 5, 4, 3, 2, 1)]
    assert any("Shown: 6 of 8." in text for text in texts(figure))
    assert outside(figure) == []


def test_the_cut_is_dashed_and_no_other_reference_is(result: Result) -> None:
    with styled():
        figure = draw_cycles(with_cycles(result, numbered(1)))
    lines: list[PathPatch] = figure.findobj(PathPatch)
    colours: dict[str, set[str]] = {to_hex(line.get_edgecolor()): set() for line in lines}
    for line in lines:
        colours[to_hex(line.get_edgecolor())].add(str(line.get_linestyle()))
    assert set(colours) == {CUT, MUTED}
    assert colours[MUTED] == {"solid"}
    assert len(colours[CUT] - {"solid"}) == 1


def test_hostile_names_stay_inside_their_ring(result: Result) -> None:
    steps = [Step(source=name, label=name, target=name, cut=True) for name in HOSTILE_NAMES]
    hostile = msgspec.structs.replace(made_cycle(*steps), signature="f")
    with styled():
        figure = draw_cycles(with_cycles(result, hostile, numbered(1)))
    assert outside(figure) == []


def test_cycles_are_told_in_words_with_the_cut_of_each(result: Result) -> None:
    found = {one.name: one for one in captions(with_cycles(result, numbered(1)), {})}
    assert found["cycles.png"].alternative == (
        "Rings: reference cycles, each with its cut. severed: coroutine returned: Cycle: "
        "clear Owner1.made, frees 14 of 14 objects per operation."
    )


def test_cycles_are_drawn_where_there_are_some(result: Result, tmp_path: Path) -> None:
    written = write_pictures(with_cycles(result, numbered(1)), tmp_path)
    assert "cycles.png" in [path.name for path in written]
    assert matplotlib.image.imread(tmp_path / "cycles.png").shape[1] == 1760

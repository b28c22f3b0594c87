"""Reference cycles drawn as rings: the names, the cut, and how many there is room for."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import matplotlib.image
import msgspec
import numpy as np
from PIL import ImageColor
from PIL.Image import Image

from tests.report.made_cycles import HOSTILE_NAMES, made_cycle
from unknot.records import Cycle, Result, Step
from unknot.report.figures import captions, write_pictures
from unknot.report.figures.cycles import cycles_svg, draw_cycles
from unknot.report.palette import BAD, MUTED
from unknot.report.rings import ring_of

SVG = "{http://www.w3.org/2000/svg}"


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


def texts(result: Result) -> list[str]:
    """What is written on the picture, a line each; what a pointer would show is not drawn."""
    svg = ElementTree.fromstring(cycles_svg(result))
    return ["".join(one.itertext()).strip() for one in svg.iter(f"{SVG}text")]


def edges_are_white(image: Image) -> bool:
    """Whether nothing reaches the picture's edge."""
    pixels = np.asarray(image.convert("RGB"))
    edges = (pixels[:4], pixels[-4:], pixels[:, :8], pixels[:, -8:])
    return all(bool((edge == 255).all()) for edge in edges)


def test_one_cycle_is_a_ring_with_its_text_beside_it(result: Result) -> None:
    found = with_cycles(result, numbered(1))
    words = texts(found)
    assert {"clear Owner1.made", "frees 14 of 14 objects per operation"} <= set(words)
    assert {"app.Owner1", "app.Owned1", ".owner", ".made", "+ 6 objects hang from it"} <= set(words)
    assert any("cut here: frees 14 of 14" in text for text in words)
    assert edges_are_white(draw_cycles(found))


def test_of_many_cycles_six_are_drawn_the_applications_and_largest_first(result: Result) -> None:
    found = [numbered(9, "library"), *map(numbered, range(7))]
    changed = with_cycles(result, *found)
    tasks = [text for text in texts(changed) if text.startswith("clear ")]
    assert tasks == [f"clear Owner{number}.made" for number in (6, 5, 4, 3, 2, 1)]
    assert any("Shown: 6 of 8 cycles." in text for text in texts(changed))
    assert edges_are_white(draw_cycles(changed))


def test_the_picture_is_the_pages_ring_in_colours_of_its_own(result: Result) -> None:
    found = with_cycles(result, numbered(1))
    svg = cycles_svg(found)
    assert "var(" not in svg
    curves = [curve.d for arc in ring_of(numbered(1)).arcs for curve in arc.lines]
    assert all(curve in svg for curve in curves)
    colours = {colour for _, colour in draw_cycles(found).convert("RGB").getcolors(1 << 24) or ()}
    assert {ImageColor.getrgb(BAD), ImageColor.getrgb(MUTED)} <= colours


def test_the_cut_is_dashed_and_no_other_reference_is(result: Result) -> None:
    svg = ElementTree.fromstring(cycles_svg(with_cycles(result, numbered(1))))
    [style] = [one.text or "" for one in svg.iter(f"{SVG}style") if "drawn" in (one.text or "")]
    dashed = [line for line in style.splitlines() if "stroke-dasharray" in line]
    assert [line.split(" {")[0] for line in dashed] == [
        ".drawn .arc.more path",
        ".drawn .arc.cut path.line",
    ]
    arcs = [one.get("class") for one in svg.iter(f"{SVG}g") if "arc" in (one.get("class") or "")]
    assert arcs == ["arc cut", "arc"]


def test_hostile_names_stay_inside_their_ring(result: Result) -> None:
    steps = [Step(source=name, label=name, target=name, cut=True) for name in HOSTILE_NAMES]
    hostile = msgspec.structs.replace(made_cycle(*steps), signature="f")
    assert edges_are_white(draw_cycles(with_cycles(result, hostile, numbered(1))))


def test_cycles_are_told_in_words_with_the_cut_of_each(result: Result) -> None:
    assert captions(with_cycles(result, numbered(1)), {})["cycles.png"] == (
        "Rings: reference cycles, each with its cut. severed: coroutine returned: Cycle: "
        "clear Owner1.made, frees 14 of 14 objects per operation."
    )


def test_cycles_are_drawn_where_there_are_some(result: Result, tmp_path: Path) -> None:
    written = write_pictures(with_cycles(result, numbered(1)), tmp_path)
    assert "cycles.png" in [path.name for path in written]
    assert matplotlib.image.imread(tmp_path / "cycles.png").shape[1] == 1760

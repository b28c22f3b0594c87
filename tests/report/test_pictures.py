"""Pictures show what was measured, and are not drawn where nothing was."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

import matplotlib.image
import msgspec
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.text import Text

from tests.report.made_cycles import HOSTILE_NAMES, made_cycle
from unknot.records import Cycle, Result, Step
from unknot.report import missing_pictures, write_pictures
from unknot.report.palette import MUTED
from unknot.report.pictures import captions
from unknot.report.pictures.canvas import png, spread, styled
from unknot.report.pictures.cycles import CUT, draw_cycles
from unknot.report.pictures.live import draw_live
from unknot.report.pictures.pauses import draw_pauses
from unknot.report.pictures.reduction import draw_reduction


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in shown(figure)]


def shown(figure: Figure) -> list[Text]:
    found: list[Text] = figure.findobj(Text)
    return [text for text in found if text.get_text() and text.get_visible()]


def outside(figure: Figure) -> list[str]:
    """Texts that reach over the figure's edge."""
    figure.draw_without_rendering()
    box = figure.bbox
    extents = {text.get_text(): text.get_window_extent() for text in shown(figure)}
    return [
        text
        for text, extent in extents.items()
        if extent.x0 < box.x0 or extent.x1 > box.x1 or extent.y0 < box.y0 or extent.y1 > box.y1
    ]


def test_every_result_gets_the_pictures_it_has_data_for(
    drawable: Result, claims: dict[str, float], tmp_path: Path
) -> None:
    missing = missing_pictures(drawable)
    pictures = write_pictures(drawable, tmp_path, claims)
    assert sorted(path.name for path in pictures) == sorted(
        {"cycles.png", "live.png", "reduction.png", "pauses.png"} - set(missing)
    )
    for path in pictures:
        pixels = matplotlib.image.imread(path)
        assert pixels.shape[1] == 1760
        assert 500 < pixels.shape[0] < 2000
        assert pixels.min() < 0.3
        assert pixels.max() == 1


def test_the_reason_for_a_missing_picture_is_said(result: Result) -> None:
    off = [cell for cell in result.cells if cell.gc == "off"]
    only_off = msgspec.structs.replace(result, cells=off, comparisons=[])
    assert missing_pictures(only_off) == {
        "cycles.png": "no reference cycle was found",
        "reduction.png": "no two variants were compared",
        "pauses.png": "no collector pass was recorded",
        "allocations.png": "no allocations were traced, or none was left",
    }


def test_an_older_picture_does_not_stay_beside_a_result_without_it(
    result: Result, tmp_path: Path
) -> None:
    (tmp_path / "live.png").write_bytes(b"old")
    nothing = msgspec.structs.replace(result, cells=[], comparisons=[])
    assert write_pictures(nothing, tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_lines_are_named_and_panels_labelled(result: Result) -> None:
    with styled():
        figure = draw_live(result)
    words = texts(figure)
    assert {"Task", "Context", "DispatchSession"} <= set(words)
    assert {"1,004 cyclic", "4 severed", "295 cyclic", "105 cyclic"} <= set(words)
    assert "collector off\nlive objects" in words
    assert "collector forced\nlive objects, log scale" in words


def test_a_line_holds_the_samples(result: Result) -> None:
    with styled():
        figure = draw_live(result)
    cyclic = figure.axes[0].get_lines()[1]
    assert np.asarray(cyclic.get_xydata()).tolist()[-1] == [1000, 1004]


def test_the_reduction_states_ratio_and_claim(result: Result, claims: dict[str, float]) -> None:
    with styled():
        words = texts(draw_reduction(result, claims))
    assert {"251×", "91.9×", "claimed 40×", "claimed 14×", "cyclic over severed"} <= set(words)
    assert words.count("claimed 40×") == 1


def test_pauses_state_their_total(result: Result) -> None:
    with styled():
        figure = draw_pauses(result)
    words = texts(figure)
    assert "34 passes, 63.9 ms in all\nlongest 12.0 ms" in words
    assert len(figure.axes) == 6


def test_a_variant_without_passes_is_told_from_one_not_measured(result: Result) -> None:
    cells = [cell for cell in result.cells if (cell.variant, cell.gc) != ("severed", "auto")]
    with styled():
        words = texts(draw_pauses(msgspec.structs.replace(result, cells=cells)))
    assert words.count("not measured") == 1


def test_no_text_leaves_the_picture(drawable: Result, claims: dict[str, float]) -> None:
    missing = missing_pictures(drawable)
    with styled():
        if "live.png" not in missing:
            assert outside(draw_live(drawable)) == []
        if "reduction.png" not in missing:
            assert outside(draw_reduction(drawable, claims)) == []
        if "pauses.png" not in missing:
            assert outside(draw_pauses(drawable)) == []


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


def test_equal_results_give_equal_bytes(result: Result) -> None:
    assert png(partial(draw_pauses, result)) == png(partial(draw_pauses, result))


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ([], []),
        ([0.5], [0.5]),
        ([0.0, 0.0, 1.0], [0.0, 0.1, 1.0]),
        ([1.0, 1.0], [0.9, 1.0]),
        ([0.4, 0.35], [0.45, 0.35]),
    ],
)
def test_names_are_moved_apart_and_stay_near(wanted: list[float], places: list[float]) -> None:
    assert spread(wanted, 0.1, 0.0, 1.0) == pytest.approx(places)

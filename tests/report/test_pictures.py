"""Pictures show what was measured, and are not drawn where nothing was."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib.image
import msgspec
import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.report.conftest import CLAIMS
from tests.report.figures import outside, overlapping, texts
from unknot.records import Result
from unknot.report.figures import FIGURES, NAMES, captions, missing_pictures, write_pictures
from unknot.report.figures.canvas import png, spread, styled
from unknot.report.figures.dots import (
    draw_reduction,
)
from unknot.report.figures.live import draw_live, draw_pauses


def test_every_result_gets_the_pictures_it_has_data_for(
    drawable: Result, claims: dict[str, float], tmp_path: Path
) -> None:
    missing = missing_pictures(drawable)
    pictures = write_pictures(drawable, tmp_path, claims)
    assert sorted(path.name for path in pictures) == sorted(set(NAMES) - set(missing))
    for path in pictures:
        pixels = matplotlib.image.imread(path)
        assert pixels.shape[1] == 1760
        assert 250 < pixels.shape[0] < 2000
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
        "differences.png": "nothing was compared, or no count of objects changed",
        "releases.png": "the variants are not releases of one package",
    }


def test_an_older_picture_does_not_stay_beside_a_result_without_it(
    result: Result, tmp_path: Path
) -> None:
    (tmp_path / "live.png").write_bytes(b"old")
    nothing = msgspec.structs.replace(result, cells=[], comparisons=[], latencies=[])
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


DRAWINGS: dict[str, Callable[[Result], Any]] = {
    one.name: partial(one.draw, claims=CLAIMS, changes={"0.2": "what changed"}) for one in FIGURES
}


@pytest.mark.parametrize("name", NAMES[1:])  # cycles.png is no figure, and has its own tests
def test_no_text_leaves_the_picture_or_lies_on_another(drawable: Result, name: str) -> None:
    if name in missing_pictures(drawable):
        return
    with styled():
        figure = DRAWINGS[name](drawable)
    assert outside(figure) == []
    assert overlapping(figure) == []


def test_texts_on_each_other_are_found() -> None:
    figure = Figure()
    figure.text(0.5, 0.5, "one")
    figure.text(0.5, 0.5, "other")
    figure.text(0.99, 0.9, "too long for what is left")
    assert overlapping(figure) == [("one", "other")]
    assert outside(figure) == ["too long for what is left"]


@pytest.mark.parametrize("name", NAMES)
def test_equal_results_give_equal_bytes(whole_or_compared: Result, name: str) -> None:
    if name in missing_pictures(whole_or_compared):
        return
    draw = partial(DRAWINGS[name], whole_or_compared)
    assert png(draw) == png(draw)


def test_every_picture_is_said_in_words(whole_or_compared: Result) -> None:
    words = captions(whole_or_compared, CLAIMS)
    assert list(words) == list(NAMES)
    for name in set(NAMES) - set(missing_pictures(whole_or_compared)):
        assert len(words[name]) > 80, name


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

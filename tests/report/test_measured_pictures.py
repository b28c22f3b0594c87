"""Times, memory, changes and passes are drawn as they were measured, and said in words."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.report.conftest import MODES, cell, compared, of_cells, ten_variants
from tests.report.figures import texts
from unknot.records import Latency, Result, Series
from unknot.report.figures import captions, missing_pictures
from unknot.report.figures.canvas import scale_of, styled
from unknot.report.figures.dots import draw_differences, draw_memory
from unknot.report.figures.latency import draw_latency
from unknot.report.figures.live import draw_live
from unknot.report.palette import styles
from unknot.report.tables.times import processes, speed

SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def timed(**changes: object) -> Latency:
    one = Latency(
        name="made up",
        variant="cyclic",
        gc="auto",
        values=4,
        mean_s=0.00118,
        stdev_s=0.00002,
        reference="severed",
        ratio=1.18,
        significant=True,
        process_means_s=[0.00116, 0.0012],
        values_s=[0.00115, 0.00117, 0.00119, 0.00121],
    )
    return msgspec.structs.replace(one, **changes)


def marks(axes: Axes, mark: str) -> list[float]:
    """Where there are marks of that kind, left to right."""
    found = [line for line in axes.get_lines() if line.get_marker() == mark]
    return sorted(float(x) for line in found for x in np.asarray(line.get_xdata()))


def latency_of(result: Result) -> Figure:
    with styled():
        return draw_latency(result)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "1.18× slower than severed, significant"),
        ({"ratio": 0.5}, "2× faster than severed, significant"),
        ({"significant": False}, "1.18×, no significant difference"),
        ({"significant": None}, "1.18×, too few processes to tell"),
        ({"reference": None, "ratio": None, "significant": None}, ""),
    ],
)
def test_a_difference_is_said_with_its_significance(changes: dict[str, object], words: str) -> None:
    assert speed(timed(**changes), 20) == words


def test_values_are_shared_out_to_their_processes() -> None:
    assert processes(timed()) == [[0.00115, 0.00117], [0.00119, 0.00121]]


@pytest.mark.parametrize(
    "changes", [{"process_means_s": [0.001, 0.002]}, {"process_means_s": []}, {"values_s": [1.0]}]
)
def test_values_that_are_not_of_those_processes_are_not_given_to_them(
    changes: dict[str, list[float]],
) -> None:
    latency = timed(**changes)
    assert processes(latency) == [latency.values_s]


def test_every_value_is_a_dot_and_every_process_a_mark(result: Result) -> None:
    figure = latency_of(result)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        f"collector {mode}" for mode in MODES
    ]
    cyclic = next(one for one in result.latencies if (one.variant, one.gc) == ("cyclic", "auto"))
    auto = figure.axes[1]
    every = marks(auto, "o")
    for value in cyclic.values_s:
        assert any(abs(1e6 * value - place) < 1e-6 for place in every)
    means = marks(auto, styles(["cyclic"])["cyclic"].mark)
    assert means == pytest.approx(sorted(1e6 * mean for mean in cyclic.process_means_s))


def test_the_picture_says_mean_spread_ratio_and_where_its_axis_begins(result: Result) -> None:
    words = texts(latency_of(result))
    assert words.count("1.10× slower than severed, significant") == 2
    assert words.count("1.10×, no significant difference") == 1
    assert words.count("123 µs ± 4.00 µs") == 3
    assert any("the axis begins at 102 µs, not at 0" in text for text in words)


def test_an_older_result_without_values_says_so_and_draws_its_means(result: Result) -> None:
    older = [
        msgspec.structs.replace(one, values_s=[], process_means_s=[]) for one in result.latencies
    ]
    figure = latency_of(msgspec.structs.replace(result, latencies=older))
    assert any("Single values were not kept." in text for text in texts(figure))
    assert marks(figure.axes[0], "o") == []


def test_a_result_of_times_alone_is_drawn(result: Result) -> None:
    alone = msgspec.structs.replace(result, cells=[], comparisons=[])
    assert "latency.png" not in missing_pictures(alone)
    assert "123 µs ± 4.00 µs" in texts(latency_of(alone))


def test_a_variant_not_timed_in_a_mode_is_said(result: Result) -> None:
    some = [one for one in result.latencies if (one.variant, one.gc) != ("pinned", "off")]
    words = texts(latency_of(msgspec.structs.replace(result, latencies=some)))
    assert words.count("not timed") == 1


def test_without_times_there_is_no_picture_of_them() -> None:
    assert missing_pictures(compared())["latency.png"] == "no operation was timed"


@pytest.mark.parametrize(
    ("values", "begins"),
    [
        ([0.0001, 0.00012], "the axis begins at 96 µs, not at 0"),
        ([0.0001, 0.0009], "the axis begins at 0"),
        ([0.0001, 0.9], "logarithmic scale"),
        ([0.0], "the axis begins at 0"),
        ([], "the axis begins at 0"),
    ],
)
def test_an_axis_says_where_it_begins_and_holds_every_value(
    values: list[float], begins: str
) -> None:
    scale = scale_of(values, SECONDS)
    assert scale.words == f"{scale.words.partition(';')[0]}; {begins}"
    assert all(scale.low <= value / scale.size <= scale.high for value in values)


def test_equal_values_have_an_axis_around_them() -> None:
    scale = scale_of([0.5, 0.5], SECONDS)
    assert scale.low < 500 < scale.high


def test_memory_says_the_growth_of_each_variant(result: Result) -> None:
    with styled():
        figure = draw_memory(result)
    words = texts(figure)
    assert words.count("+4 MiB") == 9
    assert words.count("Resident") == 1
    assert not any(text.startswith("Unique") for text in words)
    assert any("the axis begins at 39 MiB, not at 0" in text for text in words)


def test_unknown_memory_of_one_cell_is_said(result: Result) -> None:
    first, *rest = result.cells
    assert first.memory is not None
    known = msgspec.structs.replace(first.memory, uss_after=25 << 20)
    cells = [msgspec.structs.replace(first, memory=known), *rest]
    with styled():
        words = texts(draw_memory(msgspec.structs.replace(result, cells=cells)))
    assert "−5 MiB" in words
    assert words.count("not known") == 8


def test_without_memory_there_is_no_picture_of_it() -> None:
    without = msgspec.structs.replace(cell("severed"), memory=None)
    assert missing_pictures(of_cells(without))["memory.png"] == "no cell measured its memory"


def test_a_change_is_drawn_from_before_to_after_totals_first() -> None:
    with styled():
        figure = draw_differences(compared())
    [axes] = figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[0] == "all objects, waiting for the collector"
    assert names[2] == "Task, waiting for the collector"
    assert {"12 → 0", "2.5 → 0", "1 → 0", "before: made==1", "after: made==2"} <= set(texts(figure))
    first, second = styles(["made==1", "made==2"]).values()
    assert marks(axes, first.mark) == [1, 2.5, 12]
    assert marks(axes, second.mark) == [0, 0, 0]


def test_of_many_cells_that_changed_the_headlines_is_drawn_and_said() -> None:
    result = compared()
    other = [
        msgspec.structs.replace(one, ending="raised", before=99.0) for one in result.differences
    ]
    both = msgspec.structs.replace(result, differences=[*other, *result.differences])
    with styled():
        words = texts(draw_differences(both))
    assert any("coroutine returned, collector off. 6 cells changed" in text for text in words)
    assert not any("99" in text for text in words)


def test_passes_of_the_collector_are_marked_above_the_lines(result: Result) -> None:
    with styled():
        figure = draw_live(result)
    off, auto, forced = (figure.axes[3 * row] for row in range(3))
    assert marks(off, "|") == []
    logged = {
        mode: sorted(
            one.ops
            for each in result.cells
            if each.gc == mode and each.collections is not None
            for one in each.collections.log
        )
        for mode in MODES
    }
    assert marks(auto, "|") == logged["auto"]
    assert marks(forced, "|") == logged["forced"]
    assert texts(figure).count("passes") == 2


def test_a_peak_that_no_sample_reached_has_a_bar_at_its_height(result: Result) -> None:
    with styled():
        figure = draw_live(result)
    auto = figure.axes[3]
    cyclic = next(one for one in result.cells if (one.variant, one.gc) == ("cyclic", "auto"))
    assert cyclic.series is not None
    peak = cyclic.types["asyncio.Task"].peak
    assert peak > max(cyclic.series.types["asyncio.Task"])
    heights = [np.asarray(line.get_ydata()).tolist() for line in auto.get_lines()]
    assert [peak, peak] in heights


def test_where_no_watched_type_changes_all_objects_are_drawn() -> None:
    still = cell("cyclic")
    kept = Series(ops=[0, 10, 20], total=[500, 540, 580], types={"asyncio.Task": [3, 3, 3]})
    with styled():
        figure = draw_live(of_cells(msgspec.structs.replace(still, series=kept)))
    [axes] = figure.axes
    assert axes.get_title(loc="left") == "all objects, gained since the start"
    assert np.asarray(axes.get_lines()[0].get_ydata()).tolist() == [0, 40, 80]
    words = texts(figure)
    assert "80 cyclic" in words
    assert any("No change of: Task." in text for text in words)


def test_fewer_objects_than_at_the_start_are_drawn_below_0() -> None:
    kept = Series(ops=[0, 10, 20], total=[500, 400, 450], types={"asyncio.Task": [3, 3, 3]})
    with styled():
        figure = draw_live(of_cells(msgspec.structs.replace(cell("cyclic"), series=kept)))
    assert figure.axes[0].get_ylim()[0] <= -100


def test_of_ten_variants_seven_are_drawn_and_that_is_said() -> None:
    for draw in (draw_live, draw_latency, draw_memory):
        with styled():
            words = texts(draw(ten_variants()))
        assert any("Shown: 7 of 10 variants" in text for text in words), draw


def test_words_beside_the_pictures_state_their_numbers(result: Result) -> None:
    words = captions(result, {})
    assert (
        "collector auto, cyclic: 123 µs ± 4.00 µs, 1.10× slower than severed, significant"
        in words["latency.png"]
    )
    assert "40 MiB → 44 MiB" in words["memory.png"]
    changes = captions(compared(), {})["differences.png"]
    assert "all objects, waiting for the collector: 12 → 0" in changes

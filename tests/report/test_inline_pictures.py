"""Pictures as elements of the page: its colours, ids of their own, the same each time."""

from __future__ import annotations

import re

from unknot.records import Result
from unknot.report.figures.canvas import svg
from unknot.report.figures.live import draw_live


def test_a_picture_follows_the_theme_and_is_the_same_each_time(result: Result) -> None:
    drawn = svg(lambda: draw_live(result), "live")
    assert drawn == svg(lambda: draw_live(result), "live")
    assert drawn.startswith("<svg")
    assert {"var(--text)", "var(--muted)", "var(--line)"} <= set(re.findall(r"var\(--\w+\)", drawn))
    assert re.findall("#(?:1a1a1a|595959|d9d9d9|ffffff)", drawn) == []
    assert re.findall("<(?:metadata|style|script|image)|http", drawn) == []


def test_ids_are_those_that_are_used_and_differ_between_pictures(result: Result) -> None:
    one, other = (svg(lambda: draw_live(result), key) for key in ("one", "other"))
    ids, others = (re.findall(r' id="([^"]+)"', drawn) for drawn in (one, other))
    used = re.findall(r"(?:url\(#|href=\"#)([^\")]+)", one)
    assert set(ids) == set(used)
    assert len(ids) == len(set(ids)) > 0
    assert not set(ids) & set(others)

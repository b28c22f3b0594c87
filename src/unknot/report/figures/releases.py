"""Draws the history of releases: a panel for each type, a bar for each release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from unknot.records import Result
from unknot.report.figures.canvas import frame, label, legend, note, panels, thousands
from unknot.report.palette import FOREGROUND, MUTED
from unknot.report.tables.releases import OBJECTS, Left, Release, history_of
from unknot.text import rate

_MOST_TYPES = 3
_CYCLIC: dict[str, Any] = {"facecolor": "#9ecae1", "edgecolor": FOREGROUND, "linewidth": 0.7}
_LEAKED: dict[str, Any] = {
    "facecolor": "#4b5d94",
    "edgecolor": FOREGROUND,
    "linewidth": 0.7,
    "hatch": "////",
}
"""Light, and dark and hatched, so that they differ in black and white."""
_SEEN = 0.05
"""Minimum change, as a share of the axis, that is labelled."""
_WIDTH = 0.62


def draw_releases(result: Result, changes: Mapping[str, str]) -> Figure:
    """Objects per operation by release, cyclic below and leaked on top."""
    history = history_of(result, changes)
    subjects = [*history.subjects[:-1][:_MOST_TYPES], OBJECTS]
    changed = [release for release in history.releases if release.change]
    names = [label(subject, 20) for subject in subjects]
    left = 0.75 + 0.085 * max(map(len, names))
    top = 1.25 + 0.19 * len(changed)
    figure = frame(
        result,
        result.title,
        f"Objects that one operation leaves behind, counted in {history.place}.",
        height=top + 0.75 + 1.2 * len(subjects),
    )
    cyclic = Patch(**_CYCLIC, label="cyclic: waits for the collector")
    legend(figure, [cyclic, Patch(**_LEAKED, label="leaked: stays for ever")], fontsize=8.5)
    _list_changes(figure, changed)
    grid = panels(figure, len(subjects), 1, gap=(0.0, 0.16), left=left, right=0.4, top=top)
    for row, (subject, [axes]) in enumerate(zip(subjects, grid, strict=True)):
        _bars(axes, history.releases, subject)
        _mark_changes(axes, history.releases, named=row == 0)
        beside = ("axes fraction", "axes fraction")
        note(axes, names[row], (0, 0.5), (-40, 0), beside, ha="right", va="center", weight="bold")
        last = row == len(subjects) - 1
        ticks = [label(release.name, 14) if last else "" for release in history.releases]
        axes.set_xticks(range(len(ticks)), ticks)
        axes.tick_params(axis="x", length=0, labelsize=min(9.0, 150 / max(len(ticks), 1)))
    return figure


def _list_changes(figure: Figure, changed: list[Release]) -> None:
    """Lists what changed below the legend, by the letter above the release's bar."""
    width, height = figure.get_size_inches()
    for line, release in enumerate(changed):
        text = f"{chr(ord('A') + line)}  {label(release.name, 14)}: {label(release.change, 110)}"
        place = 1 - (0.95 + 0.19 * line) / height
        figure.text(0.3 / width, place, text, fontsize=8.5, va="top")


def _mark_changes(axes: Axes, releases: list[Release], named: bool) -> None:
    letters = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for place, release in enumerate(releases):
        letter = next(letters, "") if release.change else ""
        if letter:
            axes.axvline(place - 0.5, color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
        if letter and named:
            beside = ("data", "axes fraction")
            note(axes, letter, (place - 0.5, 1), (0, 3), beside, ha="center", fontweight="bold")


def _bars(axes: Axes, releases: list[Release], subject: str) -> None:
    there = [(place, one.left[subject]) for place, one in enumerate(releases) if one.left]
    places = [place for place, _ in there]
    cyclic = [max(left.cyclic, 0.0) for _, left in there]
    leaked = [max(left.leaked, 0.0) for _, left in there]
    axes.bar(places, cyclic, _WIDTH, zorder=2, **_CYCLIC)
    axes.bar(places, leaked, _WIDTH, bottom=cyclic, zorder=2, **_LEAKED)
    high = max([*(below + above for below, above in zip(cyclic, leaked, strict=True)), 1.0])
    axes.set_ylim(0, 1.32 * high)
    axes.set_xlim(-0.6, len(releases) - 0.4)
    thousands(axes, most=3)
    before: Left | None = None
    few = len(releases) <= 10
    for place, release in enumerate(releases):
        if not release.left:
            note(axes, "not\nmeasured", (place, 0), (0, 3), ha="center", fontsize=7, color=MUTED)
            continue
        left = release.left[subject]
        if few or before is None or _differs(before, left, high):
            place_of_text = max(left.cyclic, 0.0) + max(left.leaked, 0.0)
            note(axes, _says(left), (place, place_of_text), (0, 2), ha="center", fontsize=7.5)
        before = left


def _differs(before: Left, left: Left, high: float) -> bool:
    return any(
        abs(one - other) > _SEEN * high
        for one, other in ((before.cyclic, left.cyclic), (before.leaked, left.leaked))
    )


def _says(left: Left) -> str:
    """``1``, or ``1 + 0.98`` with leaked objects after the plus."""
    cyclic, leaked = (rate(_rounded(value)) for value in (left.cyclic, left.leaked))
    return cyclic if leaked == "0" else f"{cyclic} + {leaked}"


def _rounded(value: float) -> float:
    return round(value, 2 if value < 10 else 1)

"""The pictures of a result; each is one entry of :data:`FIGURES`.

matplotlib belongs to the ``report`` extra and takes half a second to import, so it is imported
when a picture is drawn: an entry names its drawing as ``module:function``.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from html import escape
from pathlib import Path
from pkgutil import resolve_name
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from unknot.errors import UsageError
from unknot.files import remove, replace
from unknot.records import Cell, Result
from unknot.report.cases import case_words, headline_cells, headline_comparisons, is_history
from unknot.report.document import Picture, Table
from unknot.report.findings import worst_cycles
from unknot.report.rings.ring import ring_of
from unknot.report.tables.allocations import left_table
from unknot.report.tables.differences import OBJECTS, object_changes
from unknot.report.tables.live import NO_CLAIMS, live_table, memory_table, reduction_table
from unknot.report.tables.releases import history_of, releases_table
from unknot.report.tables.times import collector_table, headline_latencies, speed
from unknot.text import clip, duration, rate, visible

Claims: TypeAlias = Mapping[str, float]
Changes: TypeAlias = Mapping[str, str]

NO_CHANGES: Changes = MappingProxyType({})
"""No changes are known, by release."""
_LONGEST = 4_000


class Figure(NamedTuple):
    """A picture: its section, the data it needs, its drawing and its alternative text."""

    name: str
    section: str
    """The section of the page that shows it."""
    has_data: Callable[[Result], object]
    otherwise: str
    """Why it is not drawn if :attr:`has_data` is false."""
    drawing: str
    """The function, which takes the result, and the arguments in :attr:`takes` by name."""
    caption: Callable[[Result, Claims], str]
    """Alternative text, which states the numbers."""
    takes: tuple[str, ...] = ()

    def draw(
        self, result: Result, claims: Claims = NO_CLAIMS, changes: Changes = NO_CHANGES
    ) -> Any:
        """A matplotlib figure or a PIL image. Imports matplotlib."""
        said = {"claims": claims, "changes": changes}
        function = resolve_name(f"unknot.report.figures.{self.drawing}")
        return function(result, **{name: said[name] for name in self.takes})


def write_pictures(
    result: Result,
    folder: Path,
    claims: Claims = NO_CLAIMS,
    changes: Changes = NO_CHANGES,
    names: Collection[str] | None = None,
) -> list[Path]:
    """Writes the pictures that the result has data for to ``folder``; with ``names``, only these.

    An older picture without data is removed; :func:`missing_pictures` says why. Raises
    :class:`~unknot.errors.UsageError` if matplotlib is missing or the folder cannot be written.
    """
    missing = missing_pictures(result)
    written = []
    for figure in FIGURES:
        if figure.name not in (NAMES if names is None else names):
            continue
        if names is None and figure.name in missing:
            remove(folder / figure.name)
        else:
            draw = partial(figure.draw, result, claims, changes)
            written.append(replace(folder / figure.name, _drawn(draw)))
    return written


def missing_pictures(result: Result) -> dict[str, str]:
    """Why each picture without data is not drawn, by name."""
    return {one.name: one.otherwise for one in FIGURES if not one.has_data(result)}


LARGEST_INLINE = 200_000
"""Maximum length of an inline SVG; a larger picture is shown as PNG."""


def captions(result: Result, claims: Claims) -> dict[str, str]:
    """The alternative text of each picture, by name."""
    return {one.name: clip(one.caption(result, claims), _LONGEST) for one in FIGURES}


def pictures(
    result: Result, files: Sequence[Path], claims: Claims
) -> dict[str, tuple[Picture, ...]]:
    """The pictures by section, inline or as data URIs, so that the page fetches nothing."""
    found = {path.name: path for path in files}
    missing, words = missing_pictures(result), captions(result, claims)
    shown: dict[str, tuple[Picture, ...]] = {}
    for figure in FIGURES:
        picture = Picture(words[figure.name])
        inline = ""
        if figure.name in found and figure.section and "changes" not in figure.takes:
            draw = partial(figure.draw, result, claims, NO_CHANGES)
            inline = _inline(draw, figure.name, words[figure.name])
        if inline and len(inline) <= LARGEST_INLINE:
            picture = picture._replace(svg=inline)
        elif figure.name in found:
            data = b64encode(found[figure.name].read_bytes()).decode("ascii")
            picture = picture._replace(source=f"data:image/png;base64,{data}")
        else:
            reason = missing.get(figure.name, "pictures were not asked for")
            picture = picture._replace(absent=reason)
        shown[figure.section] = (*shown.get(figure.section, ()), picture)
    return shown


def sampled(cell: Cell) -> bool:
    """Whether ``cell`` has samples over operations."""
    return cell.series is not None and len(cell.series.ops) > 1 and bool(cell.series.types)


def collected(cell: Cell) -> bool:
    """Whether ``cell`` logged a pass of the collector."""
    return cell.collections is not None and bool(cell.collections.log)


def _inline(draw: Callable[[], Any], name: str, words: str) -> str:
    """The picture as an inline SVG, which follows the page's theme."""
    from unknot.report.figures.canvas import svg

    drawn = svg(draw, name.partition(".")[0])
    return drawn.replace("<svg", f'<svg role="img" aria-label="{escape(words)}"', 1)


def _drawn(draw: Callable[[], Any]) -> bytes:
    try:
        from unknot.report.figures.canvas import png

        return png(draw)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"pictures need {error.name}: python -m pip install 'unknot[report]'"
        ) from error


def _any_cell(has: Callable[[Cell], bool]) -> Callable[[Result], bool]:
    """A test whether one of the headline's cells has data."""
    return lambda result: any(map(has, headline_cells(result).values()))


def _rows(
    what: str, table: Callable[[Result, Claims], Table | None]
) -> Callable[[Result, Claims], str]:
    """``what``, followed by a table's rows as sentences."""
    return lambda result, claims: _sentences(what, table(result, claims))


def _sentences(what: str, table: Table | None) -> str:
    if table is None:
        return f"{what}."
    heads = sum(column.heads for column in table.columns)
    sentences = []
    for row in table.rows:
        subject = " ".join(entry.text for entry in row[:heads])
        facts = [
            f"{column.text} {entry.text}"
            for column, entry in zip(table.columns[heads:], row[heads:], strict=True)
            if entry.text
        ]
        sentences.append(f"{subject}: {', '.join(facts)}")
    return f"{what}. {'. '.join(sentences)}."


def _rings(result: Result, _claims: Claims) -> str:
    """The variants with each cycle, and its title."""
    said = [
        f"{'; '.join(filter(None, (one.subject, one.shown)))}: {ring_of(one.cycle).title}"
        for one in worst_cycles(result)[:6]
    ]
    return f"Rings: reference cycles, each with its cut. {'. '.join(said)}."


def _changes(result: Result, _claims: Claims) -> str:
    """The changes as sentences."""
    changes = object_changes(result).found
    sentences = [
        f"{'all objects' if one.subject == 'total' else visible(one.name)}, "
        f"{OBJECTS[one.measure]}: {rate(one.before)} → {rate(one.after)}"
        for one in changes
    ]
    of = f", {case_words(changes[0])}, collector {changes[0].gc}" if changes else ""
    return f"Dumbbells: objects per operation before and after{of}. {'. '.join(sentences)}."


def _times(result: Result, _claims: Claims) -> str:
    """The means with their spread, and whether they differ."""
    sentences = []
    for one in headline_latencies(result):
        words = speed(one, 40)
        said = f"{duration(one.mean_s)} ± {duration(one.stdev_s)}{f', {words}' if words else ''}"
        sentences.append(f"collector {one.gc}, {visible(one.variant)}: {said}")
    what = "Dots: the time of one operation, every value, by process"
    return f"{what}. {'. '.join(sentences)}."


FIGURES = (
    Figure(
        name="cycles.png",
        section="",  # there the page has the rings themselves
        has_data=worst_cycles,
        otherwise="no reference cycle was found",
        drawing="cycles:draw_cycles",
        caption=_rings,
    ),
    Figure(
        name="differences.png",
        section="differences",
        has_data=lambda result: object_changes(result).found,
        otherwise="nothing was compared, or no count of objects changed",
        drawing="dots:draw_differences",
        caption=_changes,
    ),
    Figure(
        name="live.png",
        section="live",
        has_data=_any_cell(sampled),
        otherwise="no cell sampled live objects",
        drawing="live:draw_live",
        caption=_rows("Lines: live objects over operations", lambda one, _: live_table(one, 3)),
    ),
    Figure(
        name="reduction.png",
        section="reduction",
        has_data=headline_comparisons,
        otherwise="no two variants were compared",
        drawing="dots:draw_reduction",
        caption=_rows(
            "Live objects of baseline and candidate",
            lambda one, claims: reduction_table(one, claims, 40),
        ),
        takes=("claims",),
    ),
    Figure(
        name="pauses.png",
        section="collector",
        has_data=_any_cell(collected),
        otherwise="no collector pass was recorded",
        drawing="live:draw_pauses",
        caption=_rows(
            "Stems: the pause of each collector pass", lambda one, _: collector_table(one)
        ),
    ),
    Figure(
        name="latency.png",
        section="latency",
        has_data=lambda result: result.latencies,
        otherwise="no operation was timed",
        drawing="latency:draw_latency",
        caption=_times,
    ),
    Figure(
        name="memory.png",
        section="memory",
        has_data=_any_cell(lambda cell: cell.memory is not None),
        otherwise="no cell measured its memory",
        drawing="dots:draw_memory",
        caption=_rows(
            "Dumbbells: memory before and after the operations", lambda one, _: memory_table(one)
        ),
    ),
    Figure(
        name="allocations.png",
        section="allocations",
        has_data=lambda result: any(one.left for one in result.allocations),
        otherwise="no allocations were traced, or none was left",
        drawing="dots:draw_allocations",
        caption=_rows(
            "Bars: bytes left by one operation, by place", lambda one, _: left_table(one, 10)
        ),
    ),
    Figure(
        name="releases.png",
        section="releases",
        has_data=is_history,
        otherwise="the variants are not releases of one package",
        drawing="releases:draw_releases",
        caption=_rows(
            "Objects that one operation leaves, by release",
            lambda one, _: releases_table(history_of(one, {})),
        ),
        takes=("changes",),
    ),
)
NAMES = tuple(figure.name for figure in FIGURES)

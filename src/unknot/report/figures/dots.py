"""Dot plots: rows with values as marks on a line, and words beside them.

Draws the reduction, differences, memory and allocations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from unknot.records import Allocations, Comparison, Difference, Result, Site
from unknot.report.cases import case_words, headline_cells, headline_comparisons, variants
from unknot.report.figures.canvas import (
    Scale,
    beside,
    frame,
    label,
    legend,
    marks,
    note,
    panels,
    scale_from_zero,
    scale_of,
    scale_of_powers,
    short,
    shown,
)
from unknot.report.palette import FOREGROUND, MUTED, Style, styles
from unknot.report.tables.allocations import place
from unknot.report.tables.differences import OBJECTS, object_changes
from unknot.report.tables.live import claim_for, ratio_entry
from unknot.text import count, rate, ratio, short_names, size

_MOST_PAIRS = 2
_MOST_COMPARED = 24
_MOST_CHANGES = 16
_MOST_VARIANTS = 7
_MOST_TRACED, _MOST_PLACES = 4, 10
_APART = 0.2
"""Distance between variants in a row, whose height is 1."""
_WIDE = 30.0
"""Objects per operation above which the axis is logarithmic."""
_BYTES = ((float(2**30), "GiB"), (float(2**20), "MiB"), (float(2**10), "KiB"), (1.0, "B"))


class Dot(NamedTuple):
    """A mark at ``value``, with ``text`` on the side away from the other mark."""

    value: float
    style: Style
    filled: bool = True
    text: str = ""


class Row(NamedTuple):
    """Dots on a line, which begins at 0 for a single dot, with words right of the panel."""

    at: float
    dots: tuple[Dot, ...]
    beside: str = ""
    below: str = ""
    """Smaller words below these."""
    bold: bool = False


class Panel(NamedTuple):
    """Rows on one scale."""

    scale: Scale
    rows: list[Row]
    title: str = ""


def draw_reduction(result: Result, claims: Mapping[str, float]) -> Figure:
    """A panel for each pair of variants, a row for each mode and type, logarithmic."""
    comparisons = headline_comparisons(result)
    pairs = list(dict.fromkeys(map(_pair, comparisons)))[:_MOST_PAIRS]
    keys = list(dict.fromkeys((one.gc, one.type) for one in comparisons))[:_MOST_COMPARED]
    names = short_names(dict.fromkeys(name for _, name in keys))
    counts = [live for one in comparisons for live in (one.baseline_live, one.candidate_live)]
    scale = scale_of_powers(min(counts), max(counts), "live objects, logarithmic scale", 0.5)
    table = styles(variants(result))
    panels_of = [
        Panel(
            scale,
            [
                _comparison(
                    keys.index((one.gc, one.type)), one, table, claim_for(one, result, claims)
                )
                for one in comparisons
                if _pair(one) == pair and (one.gc, one.type) in keys
            ],
            f"{label(pair[0], 18)} over {label(pair[1], 18)}",
        )
        for pair in pairs
    ]
    figure = frame(
        result,
        "The reduction",
        "Live objects after the same work: at the end with the collector off, at the peak with it "
        "on. Equal distance is equal ratio.",
        height=1.85 + 0.36 * len(keys),
    )
    rows = [f"{gc} · {label(names[name], 18)}" for gc, name in keys]
    _plot(figure, panels_of, rows, rules=_rules(keys))
    return figure


def draw_differences(result: Result) -> Figure:
    """Objects per operation before and after, the 16 largest changes."""
    every, cells = object_changes(result)
    rows = every[:_MOST_CHANGES]
    one = rows[0]
    table = styles(list(dict.fromkeys([*variants(result), one.baseline, one.candidate])))
    names = short_names(row.name for row in rows if row.subject == "type")
    left_out = shown(len(rows), len(every), "changes")
    left_out += f" {cells} cells changed, this is one of them." * (cells > 1)
    figure = frame(
        result,
        "What changed",
        f"Objects that one operation leaves behind: {label(case_words(one), 40)}, "
        f"collector {one.gc}.{left_out}",
        height=1.9 + 0.32 * len(rows),
    )
    longest = max(max(row.before, row.after) for row in rows)
    words = "objects per operation"
    scale = (
        scale_of_powers(0, longest, f"{words}, logarithmic above 1")
        if longest * 1.1 > _WIDE
        else scale_from_zero(max(longest, 1.0), words)
    )
    panel = Panel(scale, [_difference(at, row, table) for at, row in enumerate(rows)])
    _plot(figure, [panel], [_changed(row, names) for row in rows], room=1.35, top=1.1)
    before = _marked(table[one.baseline], f"before: {label(one.baseline, 48)}", filled=False)
    after = _marked(table[one.candidate], f"after: {label(one.candidate, 48)}")
    legend(figure, [before, after])
    return figure


def draw_memory(result: Result) -> Figure:
    """Resident and, if known, unique memory before and after the operations."""
    names = variants(result)
    cells = {
        key: cell.memory
        for key, cell in headline_cells(result).items()
        if cell.memory is not None and key[1] in names[:_MOST_VARIANTS]
    }
    table = styles(names)
    resident, unique = [], []
    for at, ((_, variant), memory) in enumerate(cells.items()):
        resident.append(_grown(at, memory.rss_before, memory.rss_after, table[variant]))
        unique.append(_grown(at, memory.uss_before, memory.uss_after, table[variant]))
    titles = {"Resident": resident, "Unique: shared with no other process": unique}
    panels_of = [
        Panel(scale_of([dot.value for row in rows for dot in row.dots], _BYTES), rows, title)
        for title, rows in titles.items()
        if any(row.dots for row in rows)
    ]
    figure = frame(
        result,
        "Memory of the measured process",
        "Hollow: before the operations. Filled: after them. Beside: the growth."
        + shown(_MOST_VARIANTS, len(names), "variants"),
        height=1.75 + 0.27 * len(cells),
    )
    keys = list(cells)
    rows = [f"{gc} · {short(variant, 11)}" for gc, variant in keys]
    glyphs = [table[variant] for _, variant in keys]
    _plot(figure, panels_of, rows, glyphs, _rules(keys), room=1.15)
    return figure


def draw_allocations(result: Result) -> Figure:
    """Bytes left by one operation, with a row for each place and at most four variants."""
    traced = [one for one in result.allocations if one.error is None]
    drawn = traced[:_MOST_TRACED]
    table = styles(list(dict.fromkeys([*variants(result), *(one.variant for one in traced)])))
    left = [{_key(site): site.bytes_per_op for site in one.left} for one in drawn]
    most = {key: max(sites.get(key, 0.0) for sites in left) for sites in left for key in sites}
    keys = sorted(most, key=lambda key: (-most[key], key))[:_MOST_PLACES]
    names = {_key(site): _site(site) for one in drawn for site in one.left}
    rows = []
    for number, (one, sites) in enumerate(zip(drawn, left, strict=True)):
        shift = (number - (len(drawn) - 1) / 2) * _APART
        for at, key in enumerate(keys):
            octets = sites.get(key, 0.0)
            text = rate(round(octets) if octets >= 1 else octets)
            rows.append(Row(at + shift, (Dot(octets, table[one.variant], text=text),)))
    figure = frame(
        result,
        "Allocations",
        "What one operation allocates and leaves behind, collector off, by place (memray)."
        + shown(len(drawn), len(traced), "variants"),
        height=2.0 + (0.16 + 0.14 * len(drawn)) * len(keys),
    )
    scale = scale_from_zero(max(most[key] for key in keys), "bytes per operation")
    _plot(figure, [Panel(scale, rows)], [names[key] for key in keys], top=1.2)
    legend(figure, [_marked(table[one.variant], _total(one)) for one in drawn])
    return figure


def _plot(
    figure: Figure,
    drawn: Sequence[Panel],
    names: Sequence[str],
    glyphs: Sequence[Style] = (),
    rules: Sequence[int] = (),
    room: float = 1.0,
    top: float = 0.95,
) -> None:
    """Draws panels side by side, ``room`` or more right of each, and lines above ``rules``."""
    left = 0.35 + 0.078 * max(map(len, names)) + (0.2 if glyphs else 0.0)
    longest = max((len(row.beside) for panel in drawn for row in panel.rows), default=0)
    room = max(room, 0.15 + 0.08 * longest)
    grid = panels(figure, 1, len(drawn), gap=(room + 0.12, 0.0), left=left, right=room, top=top)[0]
    for axes, panel in zip(grid, drawn, strict=True):
        panel.scale.apply(axes)
        axes.set_title(panel.title, pad=8)
        axes.set_yticks(range(len(names)), names if axes is grid[0] else [""] * len(names))
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0, pad=20 if glyphs else 9)
        for at in rules:
            axes.axhline(at - 0.5, color=MUTED, linewidth=0.8)
        for row in panel.rows:
            _row(axes, row, panel.scale)
    for at, style in enumerate(glyphs):
        beside(grid[0], style.glyph, at, (-9, 0), color=style.colour)


def _row(axes: Axes, row: Row, scale: Scale) -> None:
    values = [dot.value / scale.size for dot in row.dots]
    if values:
        ends = values if len(values) > 1 else [0.0, *values]
        colour = MUTED if len({dot.style for dot in row.dots}) > 1 else row.dots[0].style.colour
        axes.plot(ends, [row.at] * 2, color=colour, linewidth=1.6, zorder=2)
    for dot, value in zip(row.dots, values, strict=True):
        big = 6.5 if len(values) > 1 else 5
        marks(axes, ([value], [row.at]), dot.style.colour, dot.style.mark, big, dot.filled)
        left = len(values) > 1 and (
            value < max(values) or (dot is row.dots[-1] and len({*values}) == 1)
        )
        offset, side = (-7, "right") if left else (7, "left")
        note(axes, dot.text, (value, row.at), (offset, 0), ha=side, va="center", fontsize=8)
    words = {
        "color": FOREGROUND if row.dots else MUTED,
        "fontweight": "bold" if row.bold else "normal",
    }
    beside(axes, row.beside, row.at, (8, 4 if row.below else 0), fontsize=8.5, **words)
    beside(axes, row.below, row.at, (8, -8), fontsize=7.5, color=MUTED)


def _marked(style: Style, text: str, filled: bool = True) -> Line2D:
    """A handle of the legend."""
    handle = Line2D([], [], linestyle="none", color=style.colour, marker=style.mark, label=text)
    handle.set_markerfacecolor(style.colour if filled else "white")
    return handle


def _rules(keys: Sequence[tuple[str, str]]) -> list[int]:
    """The rows above which the first part of the key changes."""
    return [at for at in range(1, len(keys)) if keys[at][0] != keys[at - 1][0]]


def _pair(comparison: Comparison) -> tuple[str, str]:
    return comparison.baseline, comparison.candidate


def _comparison(at: int, one: Comparison, table: dict[str, Style], claim: float | None) -> Row:
    dots = (
        Dot(one.baseline_live, table[one.baseline], text=count(one.baseline_live)),
        Dot(one.candidate_live, table[one.candidate], text=count(one.candidate_live)),
    )
    said = f"claimed {ratio(claim)}" if claim is not None else ""
    return Row(at, dots, ratio_entry(one).text, said, bold=True)


def _changed(one: Difference, short: dict[str, str]) -> str:
    what = "all objects" if one.subject == "total" else label(short[one.name], 30)
    return f"{what}, {OBJECTS[one.measure]}"


def _difference(at: int, one: Difference, table: dict[str, Style]) -> Row:
    dots = (
        Dot(max(one.before, 0.0), table[one.baseline], filled=False),
        Dot(max(one.after, 0.0), table[one.candidate]),
    )
    change = f" = {ratio(one.ratio)}" if one.ratio and one.change in ("less", "more") else ""
    return Row(at, dots, f"{rate(one.before)} → {rate(one.after)}{change}", bold=one.worse)


def _grown(at: int, before: int | None, after: int | None, style: Style) -> Row:
    if before is None or after is None:
        return Row(at, (), "not known")
    more = after - before
    said = f"+{size(more)}" if more > 0 else f"−{size(-more)}" if more < 0 else "±0"
    return Row(at, (Dot(before, style, filled=False), Dot(after, style)), said)


def _key(site: Site) -> tuple[str, int, str]:
    return site.file, site.line, site.function


def _site(site: Site) -> str:
    return f"{label(site.function, 20)}  {label(place(site, 34).text, 34)}"


def _total(one: Allocations) -> str:
    """A variant and the bytes that it leaves in total."""
    left = size(round(one.left_bytes / max(one.ops, 1)))
    return f"{label(one.variant, 24)}: {left} per operation"

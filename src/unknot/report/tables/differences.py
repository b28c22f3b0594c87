"""The changes between two measurements; equal changes of several cells share a row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from math import exp, log
from typing import NamedTuple

from unknot.records import Case, Difference, Result
from unknot.records.judgement import Figure
from unknot.report.cases import MODES, headline, is_of, subject, where
from unknot.report.document import NOTHING, Entry, Table, Tone, figures, heads, number, table, texts
from unknot.text import amount, clip, duration, memory, rate, ratio, span

_MEASURES = {"blocks_leaked": "blocks leaked", "cyclic": "cyclic", "leaked": "leaked"}


def differences_table(
    differences: Sequence[Difference],
    most: int,
    one_cell: bool = False,
    among: Collection[Case] = (),
) -> Table | None:
    """The first ``most`` changes in the given order; ``None`` if nothing changed.

    With ``one_cell`` the column that names the cell is omitted.
    """
    groups: dict[tuple[object, ...], list[Difference]] = {}
    for one in differences:
        key = (one.subject, one.name, one.measure, one.before, one.after)
        groups.setdefault(key, []).append(one)
    rows = [_difference_row(equal, one_cell, among) for equal in groups.values()]
    others = len(rows) - most
    note = f"{amount(others, 'more change')}." if others > 0 else ""
    columns = heads(*([] if one_cell else ["Where"]), "What") + texts("Measure")
    columns += figures("Old", "New", "Ratio") + texts("Change")
    caption = "Changed per operation: totals, types, cycles by signature"
    return table("differences", caption, columns, rows[:most], note=note)


def figures_table(found: Iterable[Figure], among: Collection[Case] = ()) -> Table | None:
    """Old, new and delta in benchstat's style: ``~`` if the difference is not significant."""
    groups: dict[tuple[object, ...], list[Figure]] = {}
    for one in found:
        key: tuple[object, ...] = (one.case.variant, one.measure, one.unit, one.significant)
        if one.significant or one.unit == "seconds":
            key = (*key, one.before, one.after)
        groups.setdefault(key, []).append(one)
    order = sorted(groups.values(), key=lambda equal: not equal[0].significant)
    rows = [_figure_row(equal, among) for equal in order]
    rows += _means([one for equal in groups.values() for one in equal])
    columns = heads("Where") + texts("Measure") + figures("Old", "New", "Delta")
    caption = "Per operation: objects, blocks of memory, time"
    note = "~: no difference beyond what repeating the measurement gives."
    return table("figures", caption, columns, rows, grouped=True, note=note)


OBJECTS = {"cyclic": "waiting for the collector", "leaked": "leaked"}
"""The measures that count objects, in words; retained objects are their sum."""


class Changes(NamedTuple):
    """The changes of one cell, totals first, then by size; ``cells`` is how many cells changed."""

    found: list[Difference]
    cells: int


def object_changes(result: Result) -> Changes:
    """The changes of one cell, if possible the headline's with the collector off."""
    cells: dict[Case, list[Difference]] = {}
    for one in result.differences:
        if one.subject in ("total", "type") and one.measure in OBJECTS:
            cells.setdefault(one.case, []).append(one)
    shown = headline(result)
    chosen = min(
        cells.values(),
        key=lambda found: (
            shown is None or not is_of(found[0], shown),
            MODES.index(found[0].gc),
        ),
        default=[],
    )
    ordered = sorted(
        chosen,
        key=lambda one: (one.subject != "total", -abs(one.after - one.before), one.name),
    )
    return Changes(ordered, len(cells))


def _difference_row(
    equal: Sequence[Difference], one_cell: bool, among: Collection[Case]
) -> tuple[Entry, ...]:
    one = equal[0]
    tone: Tone = "bad" if one.worse else "good" if one.change == "gone" else ""
    return (
        *([] if one_cell else [Entry(where([each.case for each in equal], among))]),
        Entry(clip(subject(one.name, one.subject) if one.subject != "total" else "total", 40)),
        Entry(_MEASURES.get(one.measure, one.measure)),
        number(one.before),
        number(one.after),
        number(one.ratio, ratio),
        Entry(one.change, tone=tone),
    )


def _figure_row(equal: Sequence[Figure], among: Collection[Case]) -> tuple[Entry, ...]:
    one = equal[0]
    return (
        Entry(where([each.case for each in equal], among)),
        Entry(_MEASURES.get(one.measure, one.measure)),
        _range(one, [each.before for each in equal]),
        _range(one, [each.after for each in equal]),
        _delta(one),
    )


def _delta(figure: Figure) -> Entry:
    if not figure.significant or figure.before is None:
        return Entry("~")
    tone: Tone = "bad" if figure.after > figure.before else "good"
    if not figure.judged or (tone == "good" and figure.unit != "seconds" and figure.after > 0):
        tone = ""
    if figure.before <= 0:
        return Entry("new", tone=tone)
    return _change(figure.after / figure.before, tone)


def _change(factor: float, tone: Tone = "") -> Entry:
    return number(100 * (factor - 1), "{:+.2f} %".format, tone)


def _means(found: Sequence[Figure]) -> list[tuple[Entry, ...]]:
    """The geometric mean of the ratios of each measure that has several."""
    rows = []
    for measure in dict.fromkeys(one.measure for one in found):
        logs = [
            log(one.after) - log(one.before)
            for one in found
            if one.measure == measure and one.before and one.before > 0 and one.after > 0
        ]
        if len(logs) > 1 and any(logs):
            mean = exp(min(sum(logs) / len(logs), 700.0))
            words = (f"geometric mean of {len(logs)}", _MEASURES.get(measure, measure), "", "")
            rows.append((*map(Entry, words), _change(mean)))
    return rows


def _range(figure: Figure, values: Sequence[float | None]) -> Entry:
    known = [value for value in values if value is not None]
    if not known:
        return Entry(NOTHING)
    shows = {"seconds": duration, "bytes": lambda octets: memory(octets) if octets else "0"}
    return Entry(span(known, "–", shows.get(figure.unit, rate)), max(known))

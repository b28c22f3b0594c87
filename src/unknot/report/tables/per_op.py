"""What one operation leaves behind, by variant and case."""

from __future__ import annotations

from collections.abc import Sequence

from unknot.records import Case, Cell, PerOp, Result
from unknot.report.cases import differing
from unknot.report.number import span
from unknot.report.scenario import cases, counted
from unknot.report.table import NOTHING, Column, Entry, Table, named
from unknot.report.verdict import VERDICT_TONES

__all__ = ["per_op_table"]

_BRIEF = (("cyclic", "Cyclic"), ("leaked", "Leaked"), ("garbage", "Garbage"), ("blocks", "Blocks"))
_FULL = (
    ("retained", "Retained"),
    *_BRIEF,
    ("blocks_leaked", "Blocks leaked"),
    ("asyncgen_finalizers", "Generator finalizers"),
)
_NOTE = (
    "Cyclic: only the collector can free it; garbage is its heart, found before any collection, "
    "and the rest goes with it. Leaked: stays reachable."
)


def per_op_table(result: Result, merged: bool) -> Table | None:
    """Per-op counts: a row for each case, or, ``merged``, one for the cases that agree.

    Cases agree when their objects and verdict are equal; their blocks then show as a range.
    """
    cells = counted(result)
    if not cells:
        return None
    fields = _BRIEF if merged else _FULL
    columns = (
        Column("Variant", heads=True),
        Column("Case", heads=True),
        *(Column(title, numeric=True) for _, title in fields),
        Column("Verdict"),
    )
    rows = []
    for variant, groups in _groups(cells, merged).items():
        every = [case for group in groups for case, _ in group]
        for group in groups:
            label = _label([case for case, _ in group], every, cases(result))
            rows.append(_row(variant, label, [cell for _, cell in group], fields))
    if not merged:
        return Table("cases", "Every case, every count", columns, tuple(rows), grouped=True)
    caption = "Left behind by one operation: objects, and blocks of memory"
    return Table("per-op", caption, columns, tuple(rows), grouped=True, note=_NOTE)


_LONG = 40
"""A label longer than this gives way to a count where most cases agree."""

Group = list[tuple[Case, Cell]]


def _groups(cells: dict[tuple[str, Case], Cell], merged: bool) -> dict[str, list[Group]]:
    """For each variant its cases, equal ones together."""
    found: dict[str, dict[object, Group]] = {}
    for (variant, case), cell in cells.items():
        key = _likeness(cell) if merged else case
        found.setdefault(variant, {}).setdefault(key, []).append((case, cell))
    return {variant: list(groups.values()) for variant, groups in found.items()}


def _likeness(cell: Cell) -> object:
    assert cell.per_op is not None
    return cell.verdict, cell.per_op.cyclic, cell.per_op.leaked, cell.per_op.garbage


def _row(
    variant: str, label: str, cells: Sequence[Cell], fields: Sequence[tuple[str, str]]
) -> tuple[Entry, ...]:
    counts = [cell.per_op for cell in cells if cell.per_op is not None]
    verdict = cells[0].verdict
    return (
        named(variant, 24, variant=True),
        named(label, 90),
        *(Entry(_range(counts, field)) for field, _ in fields),
        Entry(verdict or NOTHING, tone=VERDICT_TONES[verdict]),
    )


def _range(counts: Sequence[PerOp], field: str) -> str:
    return span([getattr(per_op, field) for per_op in counts], "–")


def _label(group: Sequence[Case], every: Sequence[Case], known: Sequence[Case]) -> str:
    """``all 8 cases``, or the endings of each shape; parts that never vary are left out."""
    if len(group) > 1 and len(group) == len(every):
        return f"all {len(group)} cases"
    by_endings: dict[str, list[str]] = {}
    for stem, endings in _endings(group, known).items():
        by_endings.setdefault(endings, []).append(stem)
    stems = list(_endings(every, known))
    parts = [
        endings if stems == shared and len(stems) > 1 else f"{' and '.join(shared)} {endings}"
        for endings, shared in by_endings.items()
    ]
    label = "; ".join(filter(None, map(str.strip, parts))) or group[0].workload
    if len(label) > _LONG and len(group) > len(every) / 2:
        return f"the other {len(group)} cases"
    return label


def _endings(group: Sequence[Case], known: Sequence[Case]) -> dict[str, str]:
    """The endings for each stem: the shape, and what else is not the same in all."""
    found: dict[str, list[str]] = {}
    for case in group:
        stem = differing(case.without("ending"), known)
        found.setdefault(stem, []).append(case.ending)
    return {stem: ", ".join(endings) for stem, endings in found.items()}
